// Digests of files at both ends: HASH (draft-bryan-ftpext-hash), XSHA512, XSHA256, XSHA1, XMD5, XCRC.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/session.hpp"
#include "storage/storage.hpp"

namespace ferry::client {

struct digest {
  std::string algorithm;  // SHA-512, SHA-256, SHA-1, MD5, CRC32
  std::string value;      // hexadecimal, lower case

  friend bool operator==(const digest&, const digest&) = default;
};

// Takes bytes in order and gives their digest.
class digester {
 public:
  virtual ~digester() = default;
  virtual void add(std::span<const char> bytes) = 0;
  virtual digest finish() = 0;
};
std::unique_ptr<digester> make_digester(std::string_view algorithm);  // null: not known here

// The algorithm this server gives digests by, the strongest that both know; nothing when it has none.
std::optional<std::string> digest_offered(const session& s);

// The command that gives it: HASH or the algorithm's own.
std::string_view digest_verb(const session& s, std::string_view algorithm);

// Of a whole file of the server; the wait grows with `size`. Errors: digest.unsupported, digest.malformed
net::task<result<digest>> digest_of(session& s, std::string path, std::string algorithm, std::uint64_t size = 0);

// Of the first `length` bytes of a file of this machine, computed on a worker where the storage allows it.
net::task<result<digest>> digest_of(net::loop& on, storage::source& file, std::string algorithm, std::uint64_t length);

}  // namespace ferry::client
