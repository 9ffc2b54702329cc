#include "storage/local/local_storage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdio>

#include "storage/errors.hpp"
#include "storage/local/listing.hpp"
#include "storage/local/removal.hpp"
#include "storage/local/retire.hpp"
#include "storage/local/root.hpp"
#include "storage/local/sink.hpp"
#include "storage/local/source.hpp"

namespace ferry::storage {
namespace local {
namespace {

result<info> stat_at(const root_folder& root, const path& at, reach how) {
  auto found = walk(root, relative(at), O_PATH, how);
  if (!found) return std::unexpected(found.error());
  return facts_of(found->get(), "");
}

result<entry> look_at(const root_folder& root, const path& at, reach how) {
  auto found = walk(root, relative(at), O_PATH | O_NOFOLLOW, how);
  if (!found) return std::unexpected(found.error());
  return entry_of(found->get(), std::string(at.name()));
}

result<opened_file> open_at(const root_folder& root, const path& at, reach how) {
  auto file = walk(root, relative(at), O_RDONLY | O_NONBLOCK | O_NOCTTY, how);
  if (!file) return std::unexpected(file.error());
  auto about = facts_of(file->get(), "");
  if (!about) return std::unexpected(about.error());
  if (about->type == kind::directory) return failure(EISDIR);
  if (about->type != kind::file) return not_a_file();
  auto speed = how == reach::at_hand ? root.speed : speed_of(root, file->get(), about->device);
  return opened_file{std::move(*file), *about, speed};
}

result<void> make_directory_at(const root_folder& root, const path& at) {
  if (at.root()) return failure(EEXIST);
  if (hidden(at.name())) return reserved_name();
  auto where = place_of(root, at);
  if (!where) return std::unexpected(where.error());
  return checked(::mkdirat(where->folder.get(), where->name.c_str(), 0777));
}

result<void> remove_at(const root_folder& root, const path& at) {
  if (at.root()) return failure(EISDIR);
  auto where = place_of(root, at);
  if (!where) return std::unexpected(where.error());
  return checked(::unlinkat(where->folder.get(), where->name.c_str(), 0));
}

result<void> remove_directory_at(const root_folder& root, const path& at) {
  if (at.root()) return the_root();
  auto where = place_of(root, at);
  if (!where) return std::unexpected(where.error());
  auto remove = [&] { return checked(::unlinkat(where->folder.get(), where->name.c_str(), AT_REMOVEDIR)); };
  auto removed = remove();
  if (removed || removed.error().id != "storage.not_empty" || !remove_stale_uploads(*where, root.how.stale_upload))
    return removed;
  return remove();
}

result<void> rename_at(const root_folder& root, const path& from, const path& to) {
  if (from.root() || to.root()) return the_root();
  if (hidden(to.name())) return reserved_name();
  auto old = place_of(root, from);
  if (!old) return std::unexpected(old.error());
  auto fresh = place_of(root, to);
  if (!fresh) return std::unexpected(fresh.error());
  return checked(::renameat(old->folder.get(), old->name.c_str(), fresh->folder.get(), fresh->name.c_str()));
}

result<void> set_modified_at(const root_folder& root, const path& at, file_time when) {
  auto found = walk(root, relative(at), O_PATH, reach::full);
  if (!found) return std::unexpected(found.error());
  const auto times = times_for(when);
  return checked(::utimensat(found->get(), "", times.data(), AT_EMPTY_PATH));
}

// A folder keeps its set-group-id and sticky bits, which say how it is shared.
result<void> set_mode_at(const root_folder& root, const path& at, std::uint16_t mode) {
  auto found = walk(root, relative(at), O_PATH, reach::full);
  if (!found) return std::unexpected(found.error());
  auto now = facts_of(found->get(), "");
  if (!now) return std::unexpected(now.error());
  auto kept = now->type == kind::directory ? now->mode & 03000 : 0;
  // fchmod(2) takes no O_PATH descriptor, and fchmodat2(2) came with Linux 6.6.
  return checked(::chmod(fmt::format("/proc/self/fd/{}", found->get()).c_str(), (mode & 0777) | kept));
}

result<space> space_at(const root_folder& root, const path& at) {
  auto found = walk(root, relative(at), O_PATH, reach::full);
  if (!found) return std::unexpected(found.error());
  struct statvfs about{};
  if (::fstatvfs(found->get(), &about) != 0) return failure(errno);
  return space{about.f_bavail * about.f_frsize, about.f_blocks * about.f_frsize};
}

result<void> make_link_at(const root_folder& root, const path& at, const path& to) {
  if (at.root()) return failure(EEXIST);
  if (hidden(at.name())) return reserved_name();
  auto where = place_of(root, at);
  if (!where) return std::unexpected(where.error());
  return checked(::symlinkat(relative_link(at, to).c_str(), where->folder.get(), where->name.c_str()));
}

// Holds the room by a file that has no name.
class local_reservation final : public reservation {
 public:
  local_reservation(net::loop& on, fd file) : loop_(on), file_(std::move(file)) {}
  ~local_reservation() override {
    if (file_) retire(loop_, std::move(file_));
  }
  task<> give_back() override {
    auto close = [this] { const fd gone(std::move(file_)); };
    co_await loop_.offload(close);
  }

 private:
  net::loop& loop_;
  fd file_;
};

result<fd> reserve_at(const root_folder& root, const path& at, std::uint64_t bytes) {
  auto folder = walk(root, relative(at), O_PATH | O_DIRECTORY, reach::full);
  if (!folder) return std::unexpected(folder.error());
  fd file(::openat(folder->get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!file) return errno == EISDIR ? failure(EOPNOTSUPP) : failure(errno);
  if (auto set = set_aside(file.get(), 0, bytes); !set) return std::unexpected(set.error());
  return file;
}

class local_storage final : public storage {
 public:
  local_storage(net::loop& on, std::shared_ptr<const root_folder> root) : loop_(on), root_(std::move(root)) {}

  task<result<info>> stat(path at) override {
    auto ask = [&](reach how) { return stat_at(*root_, at, how); };
    co_return co_await answer(ask);
  }

  task<result<entry>> look(path at) override {
    auto ask = [&](reach how) { return look_at(*root_, at, how); };
    co_return co_await answer(ask);
  }

  task<result<std::unique_ptr<listing>>> list(path folder, detail what) override {
    return make_listing(loop_, root_, std::move(folder), what);
  }

  task<result<std::unique_ptr<source>>> open(path at) override {
    auto ask = [&](reach how) { return open_at(*root_, at, how); };
    auto opened = co_await answer(ask);
    if (!opened) co_return std::unexpected(opened.error());
    co_return make_source(loop_, std::move(*opened));
  }

  task<result<std::unique_ptr<sink>>> create(path at, create_options options) override {
    co_return co_await make_sink(loop_, root_, std::move(at), options);
  }

  task<result<void>> make_directory(path at) override {
    auto work = [&] { return make_directory_at(*root_, at); };
    co_return co_await loop_.offload(work);
  }

  task<result<void>> remove_directory(path at) override {
    auto work = [&] { return remove_directory_at(*root_, at); };
    co_return co_await loop_.offload(work);
  }

  task<result<void>> remove(path at) override {
    auto work = [&] { return remove_at(*root_, at); };
    co_return co_await loop_.offload(work);
  }

  task<result<std::unique_ptr<removal>>> remove_tree(path folder) override {
    return make_removal(loop_, root_, std::move(folder));
  }

  task<result<void>> make_link(path at, path to) override {
    auto work = [&] { return make_link_at(*root_, at, to); };
    co_return co_await loop_.offload(work);
  }

  task<result<void>> rename(path from, path to) override {
    auto work = [&] { return rename_at(*root_, from, to); };
    co_return co_await loop_.offload(work);
  }

  task<result<void>> set_modified(path at, file_time when) override {
    auto work = [&] { return set_modified_at(*root_, at, when); };
    co_return co_await loop_.offload(work);
  }

  task<result<void>> set_mode(path at, std::uint16_t mode) override {
    auto work = [&] { return set_mode_at(*root_, at, mode); };
    co_return co_await loop_.offload(work);
  }

  task<result<space>> available(path at) override {
    auto work = [&] { return space_at(*root_, at); };
    co_return co_await loop_.offload(work);
  }

  task<result<std::unique_ptr<reservation>>> reserve(path folder, std::uint64_t bytes) override {
    auto work = [&] { return reserve_at(*root_, folder, bytes); };
    auto held = co_await loop_.offload(work);
    if (!held) co_return std::unexpected(held.error());
    co_return std::make_unique<local_reservation>(loop_, std::move(*held));
  }

 private:
  // On the loop when the kernel has the answer at hand, else on a worker.
  template <class F>
  task<std::invoke_result_t<F&, reach>> answer(F& ask) {
    if (root_->speed != wait_for::others) {
      auto now = ask(reach::at_hand);
      if (now || !out_of_reach(now.error())) co_return now;
    }
    auto wait = [&] { return ask(reach::full); };
    co_return co_await loop_.offload(wait);
  }

  net::loop& loop_;
  std::shared_ptr<const root_folder> root_;
};

}  // namespace
}  // namespace local

result<std::unique_ptr<storage>> open_local(net::loop& on, std::shared_ptr<const root_folder> root) {
  return std::make_unique<local::local_storage>(on, std::move(root));
}

}  // namespace ferry::storage
