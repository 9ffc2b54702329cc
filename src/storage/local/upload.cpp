#include "storage/local/upload.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <tuple>

#include "storage/errors.hpp"
#include "storage/limits.hpp"

namespace ferry::storage::local {
namespace {

using how = enum create_options::how;

// The bits that an upload may set: never set-user-id and its kind.
constexpr mode_t permissions = 0777;

// Refused to anyone but root, or root without the capability; EINVAL: an owner that this user namespace does not know.
bool owner_stays() { return errno == EPERM || errno == EINVAL || errno == EOPNOTSUPP; }

}  // namespace

result<void> set_aside(int file, std::uint64_t from, std::uint64_t bytes) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (from > most || bytes > most - from) return failure(EFBIG);
  int done = 0;
  do {
    done = ::fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from), static_cast<off_t>(bytes));
  } while (done < 0 && errno == EINTR);
  return checked(done);
}

result<std::unique_ptr<upload>> upload::begin(const root_folder& root, const path& at, const create_options& options) {
  if (at.root()) return failure(EISDIR);
  if (hidden(at.name())) return reserved_name();
  target where;
  if (options.how == how::exclusive) {
    auto exact = place_of(root, at);
    if (!exact) return std::unexpected(exact.error());
    auto taken = facts_of(exact->folder.get(), exact->name);
    if (taken) return failure(EEXIST);
    if (taken.error().code != std::errc::no_such_file_or_directory) return std::unexpected(taken.error());
    where = target{std::move(*exact), std::nullopt};
  } else {
    auto reached = target_of(root, at);
    if (!reached) return std::unexpected(reached.error());
    where = std::move(*reached);
  }
  if (where.now && where.now->type == kind::directory) return failure(EISDIR);
  if (where.now && where.now->type != kind::file) return not_a_file();
  std::unique_ptr<upload> out(new upload(std::move(where), options));
  auto opened = out->in_place() ? out->open_in_place() : out->open_new(root.unnamed_uploads);
  if (!opened) return std::unexpected(opened.error());
  if (auto reserved = out->reserve(); !reserved) return std::unexpected(reserved.error());
  return out;
}

upload::~upload() {
  if (in_place() && file_) give_back();
  if (!hidden_.empty()) ::unlinkat(where_.folder.get(), hidden_.c_str(), 0);
}

result<void> upload::open_in_place() {
  bool append = options_.how == how::append;
  int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (append ? O_APPEND : 0);
  if (append && !where_.now) flags |= O_CREAT;
  file_ = fd(::openat(where_.folder.get(), where_.name.c_str(), flags, options_.mode & permissions));
  if (!file_) return failure(errno);
  auto about = facts_of(file_.get(), "");
  if (!about) return std::unexpected(about.error());
  if (about->type != kind::file) return not_a_file();
  if (append && !where_.now) return checked(::fchmod(file_.get(), options_.mode & permissions));
  if (append) return {};
  if (options_.how == how::at && options_.offset > about->size) return behind_the_end(about->size);
  return checked(::lseek(file_.get(), static_cast<off_t>(options_.offset), SEEK_SET) < 0 ? -1 : 0);
}

result<void> upload::open_new(bool unnamed) {
  if (where_.now &&
      ::faccessat(where_.folder.get(), where_.name.c_str(), W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) != 0) {
    return failure(errno);
  }
  if (unnamed) {
    file_ = fd(::openat(where_.folder.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, options_.mode & permissions));
    if (!file_ && errno != EOPNOTSUPP && errno != EISDIR) return failure(errno);
  }
  if (!file_) {
    if (auto opened = open_hidden(); !opened) return opened;
  }
  // The mode is meant as given, whatever the process's umask.
  return checked(::fchmod(file_.get(), options_.mode & permissions));
}

result<void> upload::open_hidden() {
  for (int tries = 0; tries < limit::hidden_names; ++tries) {
    auto name = hidden_name();
    file_ = fd(::openat(where_.folder.get(), name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
                        options_.mode & permissions));
    if (file_) {
      hidden_ = std::move(name);
      return {};
    }
    if (errno != EEXIST) break;
  }
  return failure(errno);
}

result<void> upload::write(std::span<const char> first, std::span<const char> second) {
  iovec parts[2] = {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}};
  while (parts[0].iov_len + parts[1].iov_len > 0) {
    auto put = ::writev(file_.get(), parts, 2);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failure(errno);
    auto left = static_cast<std::size_t>(put);
    for (auto& part : parts) {
      auto taken = std::min(left, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      left -= taken;
    }
  }
  nudge(first.size() + second.size());
  return {};
}

// The disk starts early, so that the sync before publishing has little left to wait for.
void upload::nudge(std::uint64_t more) {
  written_ += more;
  if (options_.durable == durability::none || written_ - nudged_ < limit::write_behind) return;
  ::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  nudged_ = written_;
}

result<std::optional<std::size_t>> upload::copy(int from, std::uint64_t offset, std::size_t length) {
  auto at = static_cast<off_t>(offset);
  ssize_t got;
  do {
    got = ::copy_file_range(from, &at, file_.get(), nullptr, length, 0);
  } while (got < 0 && errno == EINTR);
  if (got >= 0) {
    nudge(static_cast<std::uint64_t>(got));
    return static_cast<std::size_t>(got);
  }
  // EBADF: the file is open for appending; EINVAL: one of the two knows nothing of it, or they are one file.
  const bool unable = errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS || errno == EBADF;
  if (unable) return std::nullopt;
  return failure(errno);
}

result<void> upload::reserve() {
  if (options_.reserve == 0) return {};
  const bool append = options_.how == how::append;
  auto set = set_aside(file_.get(), append && where_.now ? where_.now->size : options_.offset, options_.reserve);
  if (!set && set.error().id == "storage.unsupported") return {};
  return set;
}

// A cut at its end frees what lies allocated behind it.
void upload::give_back() const {
  if (options_.reserve == 0) return;
  if (auto about = facts_of(file_.get(), "")) std::ignore = ::ftruncate(file_.get(), static_cast<off_t>(about->size));
}

result<void> upload::publish(std::optional<file_time> modified) {
  if (options_.how == how::at) {
    if (auto yes = last_word(); !yes) return yes;
    auto end = ::lseek(file_.get(), 0, SEEK_CUR);
    if (end < 0 || ::ftruncate(file_.get(), end) != 0) return failure(errno);
  }
  give_back();
  if (options_.how == how::replace) {
    if (auto old = facts_of(where_.folder.get(), where_.name); old && old->type == kind::file) {
      if (auto taken = take_over(*old); !taken) return taken;
    }
  }
  if (modified) {
    const auto times = times_for(*modified);
    if (::futimens(file_.get(), times.data()) != 0) return failure(errno);
  }
  if (auto synced = sync(); !synced) return synced;
  if (!in_place()) {
    if (auto yes = last_word(); !yes) return yes;
    if (auto named = hidden_.empty() ? publish_unnamed() : publish_hidden(); !named) return named;
  }
  return options_.durable == durability::full ? sync_folder() : result<void>();
}

result<void> upload::last_word() const { return options_.last_word ? options_.last_word() : result<void>(); }

result<void> upload::take_over(const info& old) {
  auto mine = facts_of(file_.get(), "");
  if (!mine) return std::unexpected(mine.error());
  // Where the owner cannot be taken over, the new file is the uploader's.
  if (mine->owner != old.owner && ::fchown(file_.get(), old.owner, static_cast<gid_t>(-1)) != 0 && !owner_stays()) {
    return failure(errno);
  }
  if (mine->group != old.group && ::fchown(file_.get(), static_cast<uid_t>(-1), old.group) != 0 && !owner_stays()) {
    return failure(errno);
  }
  return checked(::fchmod(file_.get(), old.mode & permissions));
}

result<void> upload::sync() const {
  switch (options_.durable) {
    case durability::none: return {};
    case durability::data: return checked(::fdatasync(file_.get()));
    case durability::full: return checked(::fsync(file_.get()));
  }
  return {};
}

result<void> upload::sync_folder() const {
  fd folder(::openat(where_.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // A folder that may be written but not read: the whole file system is what remains to be synced.
  if (!folder) return checked(::syncfs(file_.get()));
  return checked(::fsync(folder.get()));
}

result<void> upload::link_as(const std::string& name) const {
  if (::linkat(file_.get(), "", where_.folder.get(), name.c_str(), AT_EMPTY_PATH) == 0) return {};
  if (errno != ENOENT) return failure(errno);
  // Before Linux 6.10 that takes CAP_DAC_READ_SEARCH; this way takes /proc.
  auto link = fmt::format("/proc/self/fd/{}", file_.get());
  return checked(::linkat(AT_FDCWD, link.c_str(), where_.folder.get(), name.c_str(), AT_SYMLINK_FOLLOW));
}

result<void> upload::publish_unnamed() {
  auto linked = link_as(where_.name);
  if (linked || linked.error().id != "storage.exists" || options_.how == how::exclusive) return linked;
  for (int tries = 0; tries < limit::hidden_names; ++tries) {
    auto name = hidden_name();
    linked = link_as(name);
    if (linked) {
      hidden_ = std::move(name);
      return rename_hidden(0);
    }
    if (linked.error().id != "storage.exists") break;
  }
  return linked;
}

result<void> upload::publish_hidden() {
  if (options_.how == how::replace) return rename_hidden(0);
  auto renamed = rename_hidden(RENAME_NOREPLACE);
  if (renamed || renamed.error().code != std::errc::invalid_argument) return renamed;
  // Without RENAME_NOREPLACE (NFS): a hard link is as exclusive. The destructor removes the hidden name.
  return checked(::linkat(where_.folder.get(), hidden_.c_str(), where_.folder.get(), where_.name.c_str(), 0));
}

result<void> upload::rename_hidden(unsigned flags) {
  int folder = where_.folder.get();
  auto renamed = checked(::renameat2(folder, hidden_.c_str(), folder, where_.name.c_str(), flags));
  if (renamed) hidden_.clear();
  return renamed;
}

}  // namespace ferry::storage::local
