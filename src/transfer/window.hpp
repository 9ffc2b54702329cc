// A range of a file as if it were the file's end (RANG, draft-bryan-ftp-range): what lies behind it is neither read nor
// written.
#pragma once

#include <memory>

#include "storage/storage.hpp"

namespace ferry::transfer {

// The file up to before the byte `end`, or all of it where it is shorter.
std::unique_ptr<storage::source> up_to(std::unique_ptr<storage::source> file, std::uint64_t end);

// Takes `length` bytes, no more and no less. Errors, beside those of `file`: data.range, at the first byte too many
// (those before it are written) or, when there are too few, at commit().
std::unique_ptr<storage::sink> exactly(std::unique_ptr<storage::sink> file, std::uint64_t length);

}  // namespace ferry::transfer
