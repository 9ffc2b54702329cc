// Where a byte on the wire lies in a text file that is sent as TYPE A: REST and SIZE count wire bytes (RFC 3659 §4,
// §5.3).
#pragma once

#include "net/loop.hpp"
#include "storage/storage.hpp"

namespace ferry::server {

struct text_position {
  std::uint64_t wire = 0;   // bytes on the wire before it: less than was asked where the file ends
  std::uint64_t local = 0;  // bytes of the file before it
  bool after_cr = false;    // for the encoder that goes on from here
};

// Reads the file up to there. A position behind the end gives `local` behind the file's size. Errors: storage.offset
// (more than limit::text_size would have to be read), those of storage
net::task<result<text_position>> find_wire_position(net::loop& on, storage::source& file, std::uint64_t wire);

}  // namespace ferry::server
