// A download that is not whole yet: its bytes under a hidden name beside the target, and a record of what they are the
// beginning of.
#pragma once

#include <optional>
#include <string>

#include "client/listing.hpp"
#include "net/loop.hpp"
#include "storage/storage.hpp"

namespace ferry::client {

class part {
 public:
  // `from`: the server and path, as a URL.
  part(storage::storage& in, storage::path target, std::string from, const entry& what);

  // Whether the target's name leaves room for the hidden ones.
  static bool possible(const storage::path& target);

  // Bytes that are there already; 0 when there are none of this very file.
  net::task<result<std::uint64_t>> resumable();
  net::task<result<void>> begin();  // anew
  net::task<result<std::unique_ptr<storage::sink>>> open(std::uint64_t offset);
  net::task<result<std::unique_ptr<storage::sink>>> segment(std::uint64_t offset);  // beside others
  net::task<result<std::unique_ptr<storage::source>>> read();
  net::task<result<void>> publish();
  net::task<> discard();

 private:
  std::string record() const;

  storage::storage& in_;
  const storage::path target_, bytes_, facts_;
  const std::string from_;
  const entry what_;
};

}  // namespace ferry::client
