// A download that is not whole yet: its bytes under a hidden name beside the target, and a record of what they belong
// to and which of them are there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/listing.hpp"
#include "net/loop.hpp"
#include "storage/storage.hpp"

namespace ferry::client {

// Bytes of a file.
struct range {
  std::uint64_t first = 0;
  std::uint64_t end = 0;  // behind the last

  friend bool operator==(const range&, const range&) = default;
};

// The server and path, as a URL: what a part belongs to.
std::string origin(const session& s, std::string_view remote);

// Of 0 to `size`, what none of `held` covers.
std::vector<range> gaps(std::vector<range> held, std::uint64_t size);

class part {
 public:
  // `from`: origin().
  part(storage::storage& in, storage::path target, std::string from, const entry& what);

  // Whether the target's name leaves room for the hidden ones.
  static bool possible(const storage::path& target);

  // The bytes that are there already; none when they are not of this very file.
  net::task<result<std::vector<range>>> held();

  // In order: everything before `offset` is held and stays, the rest goes. Written in the order of the file.
  net::task<result<std::unique_ptr<storage::sink>>> in_order(std::uint64_t offset);
  // In any order: several sinks, each from its offset on. The record says what is held only when it is told.
  net::task<result<void>> begin();  // nothing is
  net::task<result<void>> keep(std::vector<range> held);
  net::task<result<std::unique_ptr<storage::sink>>> segment(std::uint64_t offset);

  net::task<result<std::unique_ptr<storage::source>>> read();
  net::task<result<void>> publish();
  net::task<> discard();

 private:
  std::string facts() const;
  net::task<result<void>> write(storage::path at, std::string text);
  net::task<result<std::string>> record();

  storage::storage& in_;
  const storage::path target_, bytes_, record_;
  const std::string from_;
  const entry what_;
};

}  // namespace ferry::client
