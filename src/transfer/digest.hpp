// Digests of files: what HASH (draft-bryan-ftpext-hash), XSHA512, XSHA256, XSHA1, XMD5 and XCRC speak of, at both ends.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/loop.hpp"
#include "storage/storage.hpp"

namespace ferry::transfer {

struct digest_algorithm {
  std::string_view name;  // of HASH: SHA-512, SHA-256, SHA-1, MD5, CRC32
  std::string_view verb;  // of its own command
  std::size_t digits;     // of its value, hexadecimal
};

std::span<const digest_algorithm> digest_algorithms();  // the strongest first
// By its name, in any case of letters; null when it is not known here.
const digest_algorithm* find_digest(std::string_view name);

struct digest {
  std::string algorithm;  // its name
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

// Adds what the file has from `offset` on, as much as `piece` takes or less; how many bytes that were, 0 at the end.
// The work is done on a worker. Errors: those of storage::source::read
net::task<result<std::size_t>> add_piece(net::loop& on, digester& into, storage::source& file, std::uint64_t offset,
                                         std::span<char> piece);

}  // namespace ferry::transfer
