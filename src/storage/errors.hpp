// What the system's errors mean to whoever asked for a file. One vocabulary for every store.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace ferry::storage {

std::unexpected<error> failure(int code);       // of an operation on a name or an open file
std::unexpected<error> walk_failure(int code);  // of a walk along a path, where EXDEV is a way out of the root
std::unexpected<error> not_a_file();            // a FIFO, a device, a socket
std::unexpected<error> reserved_name();
std::unexpected<error> the_root();  // is not to be removed or renamed         // the name of an unfinished upload
std::unexpected<error> behind_the_end(std::uint64_t size);  // of an offset

// Of a system call that just returned `returned`.
result<void> checked(long returned);

}  // namespace ferry::storage
