#include "storage/local/name_reader.hpp"

#include <unistd.h>

#include <cerrno>

#include "storage/errors.hpp"
#include "storage/limits.hpp"

namespace ferry::storage::local {

std::optional<kind> kind_of(const dirent64& found) {
  switch (found.d_type) {
    case DT_REG: return kind::file;
    case DT_DIR: return kind::directory;
    case DT_LNK: return kind::link;
    case DT_UNKNOWN: return std::nullopt;
    default: return kind::other;
  }
}

name_reader::name_reader(fd folder)
    : folder_(std::move(folder)), buffer_(std::make_unique_for_overwrite<char[]>(limit::listing_buffer)) {}

result<const dirent64*> name_reader::next() {
  if (at_ == end_) {
    auto got = ::getdents64(folder_.get(), buffer_.get(), limit::listing_buffer);
    // A folder that is removed while it is read has come to its end.
    if (got < 0 && errno != ENOENT) return failure(errno);
    if (got <= 0) return nullptr;
    at_ = 0;
    end_ = static_cast<std::size_t>(got);
  }
  auto* found = reinterpret_cast<const dirent64*>(buffer_.get() + at_);
  at_ += found->d_reclen;
  return found;
}

result<void> name_reader::rewind() {
  at_ = end_ = 0;
  return checked(::lseek(folder_.get(), 0, SEEK_SET));
}

}  // namespace ferry::storage::local
