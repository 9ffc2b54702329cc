#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "storage/errors.hpp"
#include "storage/local/root.hpp"

namespace ferry::storage::local {
namespace {

file_time time_of(const statx_timestamp& t) {
  return file_time(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

kind kind_of_mode(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return kind::file;
    case S_IFDIR: return kind::directory;
    case S_IFLNK: return kind::link;
    default: return kind::other;
  }
}

}  // namespace

result<info> facts_of(int folder, const std::string& name) {
  struct statx x;
  int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name.empty() ? AT_EMPTY_PATH : 0);
  if (::statx(folder, name.c_str(), flags, STATX_BASIC_STATS | STATX_BTIME, &x) != 0) return failure(errno);
  info out{.type = kind_of_mode(x.stx_mode),
           .mode = static_cast<std::uint16_t>(x.stx_mode & 07777),
           .links = x.stx_nlink,
           .owner = x.stx_uid,
           .group = x.stx_gid,
           .size = x.stx_size,
           .modified = time_of(x.stx_mtime),
           .created = std::nullopt,
           .device = ::makedev(x.stx_dev_major, x.stx_dev_minor),
           .inode = x.stx_ino};
  if (x.stx_mask & STATX_BTIME) out.created = time_of(x.stx_btime);
  return out;
}

std::array<timespec, 2> times_for(file_time modified) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(modified);
  return {timespec{0, UTIME_OMIT}, timespec{seconds.time_since_epoch().count(), (modified - seconds).count()}};
}

result<std::string> link_text(int folder, const std::string& name) {
  char text[PATH_MAX];
  auto length = ::readlinkat(folder, name.c_str(), text, sizeof text);
  if (length < 0) return failure(errno);
  return std::string(text, static_cast<std::size_t>(length));
}

}  // namespace ferry::storage::local
