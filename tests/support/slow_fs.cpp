#define FUSE_USE_VERSION 312

#include "support/slow_fs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace ferry::support {
namespace {

constexpr unsigned serving_threads = 64;

// The file system of the request at hand, when it is its turn.
slow_fs& self() {
  auto& fs = *static_cast<slow_fs*>(fuse_get_context()->private_data);
  fs.operation();
  return fs;
}

int folder() { return self().folder(); }
const char* below(const char* path) { return path[1] == '\0' ? "." : path + 1; }
int code(long returned) { return returned < 0 ? -errno : static_cast<int>(returned); }
int file_of(fuse_file_info* open) { return static_cast<int>(open->fh); }

void* init(fuse_conn_info*, fuse_config* config) {
  config->use_ino = 1;
  config->hard_remove = 1;
  config->nullpath_ok = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  return fuse_get_context()->private_data;
}

int getattr(const char* path, struct stat* out, fuse_file_info* open) {
  int from = folder();
  return code(open ? ::fstat(file_of(open), out) : ::fstatat(from, below(path), out, AT_SYMLINK_NOFOLLOW));
}

int readlink(const char* path, char* out, std::size_t size) {
  auto length = ::readlinkat(folder(), below(path), out, size - 1);
  if (length < 0) return -errno;
  out[length] = '\0';
  return 0;
}

int mkdir(const char* path, mode_t mode) { return code(::mkdirat(folder(), below(path), mode)); }
int unlink(const char* path) { return code(::unlinkat(folder(), below(path), 0)); }
int rmdir(const char* path) { return code(::unlinkat(folder(), below(path), AT_REMOVEDIR)); }
int symlink(const char* target, const char* path) { return code(::symlinkat(target, folder(), below(path))); }

int rename(const char* from, const char* to, unsigned flags) {
  int in = folder();
  return code(::renameat2(in, below(from), in, below(to), flags));
}

int link(const char* from, const char* to) {
  int in = folder();
  return code(::linkat(in, below(from), in, below(to), 0));
}

int chmod(const char* path, mode_t mode, fuse_file_info* open) {
  int in = folder();
  return code(open ? ::fchmod(file_of(open), mode) : ::fchmodat(in, below(path), mode, 0));
}

int chown(const char* path, uid_t user, gid_t group, fuse_file_info* open) {
  int in = folder();
  return code(open ? ::fchown(file_of(open), user, group)
                   : ::fchownat(in, below(path), user, group, AT_SYMLINK_NOFOLLOW));
}

int utimens(const char* path, const timespec times[2], fuse_file_info* open) {
  int in = folder();
  return code(open ? ::futimens(file_of(open), times) : ::utimensat(in, below(path), times, AT_SYMLINK_NOFOLLOW));
}

int truncate(const char* path, off_t size, fuse_file_info* open) {
  int in = folder();
  if (open) return code(::ftruncate(file_of(open), size));
  int file = ::openat(in, below(path), O_WRONLY);
  int done = code(file < 0 ? -1 : ::ftruncate(file, size));
  if (file >= 0) ::close(file);
  return done;
}

int create(const char* path, mode_t mode, fuse_file_info* open) {
  int file = ::openat(folder(), below(path), open->flags | O_CREAT, mode);
  open->fh = static_cast<std::uint64_t>(file);
  return file < 0 ? -errno : 0;
}

int open_file(const char* path, fuse_file_info* open) {
  int file = ::openat(folder(), below(path), open->flags);
  open->fh = static_cast<std::uint64_t>(file);
  return file < 0 ? -errno : 0;
}

int read(const char*, char* into, std::size_t size, off_t offset, fuse_file_info* open) {
  self();
  return code(::pread(file_of(open), into, size, offset));
}

int write(const char*, const char* from, std::size_t size, off_t offset, fuse_file_info* open) {
  self();
  return code(::pwrite(file_of(open), from, size, offset));
}

int fsync(const char*, int, fuse_file_info* open) {
  self();
  return code(::fsync(file_of(open)));
}

int fsyncdir(const char*, int, fuse_file_info*) {
  self();
  return 0;
}

int statfs(const char*, struct statvfs* out) { return code(::fstatvfs(folder(), out)); }

int flush(const char*, fuse_file_info*) {
  self();
  return 0;
}

int release(const char*, fuse_file_info* open) { return code(::close(file_of(open))); }

int opendir(const char* path, fuse_file_info* open) {
  int opened = ::openat(folder(), below(path), O_RDONLY | O_DIRECTORY);
  if (opened < 0) return -errno;
  open->fh = std::bit_cast<std::uint64_t>(::fdopendir(opened));
  return 0;
}

int readdir(const char*, void* into, fuse_fill_dir_t fill, off_t, fuse_file_info* open, fuse_readdir_flags) {
  self();
  auto* from = std::bit_cast<DIR*>(open->fh);
  ::rewinddir(from);
  while (auto* found = ::readdir(from)) {
    struct stat about{};
    about.st_ino = found->d_ino;
    about.st_mode = DTTOIF(found->d_type);
    if (fill(into, found->d_name, &about, 0, fuse_fill_dir_flags{}) != 0) break;
  }
  return 0;
}

int releasedir(const char*, fuse_file_info* open) { return code(::closedir(std::bit_cast<DIR*>(open->fh))); }

fuse_operations operations() {
  fuse_operations out{};
  out.init = init;
  out.getattr = getattr;
  out.readlink = readlink;
  out.mkdir = mkdir;
  out.unlink = unlink;
  out.rmdir = rmdir;
  out.symlink = symlink;
  out.rename = rename;
  out.link = link;
  out.chmod = chmod;
  out.chown = chown;
  out.utimens = utimens;
  out.truncate = truncate;
  out.create = create;
  out.open = open_file;
  out.read = read;
  out.write = write;
  out.fsync = fsync;
  out.fsyncdir = fsyncdir;
  out.statfs = statfs;
  out.flush = flush;
  out.release = release;
  out.opendir = opendir;
  out.readdir = readdir;
  out.releasedir = releasedir;
  return out;
}

}  // namespace

std::unique_ptr<slow_fs> slow_fs::mount() {
  if (::access("/dev/fuse", R_OK | W_OK) != 0) return nullptr;
  std::string base = std::filesystem::temp_directory_path() / "ferry-slow-XXXXXX";
  if (!::mkdtemp(base.data())) return nullptr;
  std::unique_ptr<slow_fs> out(new slow_fs);
  out->base_ = base;
  std::filesystem::create_directory(out->path());
  std::filesystem::create_directory(out->files());
  out->folder_ = ::open(out->files().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);

  char name[] = "slow_fs";
  char* words[] = {name, nullptr};
  fuse_args args{1, words, 0};
  const auto what = operations();
  out->fuse_ = fuse_new(&args, &what, sizeof what, out.get());
  fuse_opt_free_args(&args);
  if (!out->fuse_) return nullptr;
  if (fuse_mount(out->fuse_, out->path().c_str()) != 0) return nullptr;
  out->serving_ = std::thread([serving = out->fuse_] {
    auto* how = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(how, serving_threads);
    fuse_loop_mt(serving, how);
    fuse_loop_cfg_destroy(how);
  });
  return out;
}

slow_fs::~slow_fs() {
  if (serving_.joinable()) {
    answer();
    // Ends the service whatever is still open; without privilege, only what is not.
    if (::umount2(path().c_str(), MNT_FORCE | MNT_DETACH) != 0) {
      [[maybe_unused]] int ignored = std::system(("fusermount3 -u -z '" + path() + "'").c_str());
    }
    serving_.join();
    fuse_unmount(fuse_);
  }
  if (fuse_) fuse_destroy(fuse_);
  if (folder_ >= 0) ::close(folder_);
  std::error_code ignored;
  std::filesystem::remove(path(), ignored);
  std::filesystem::remove_all(base_, ignored);
}

void slow_fs::hang() {
  std::lock_guard held(lock_);
  hanging_ = true;
}

void slow_fs::answer() {
  std::lock_guard held(lock_);
  hanging_ = false;
  changed_.notify_all();
}

void slow_fs::operation() {
  std::unique_lock held(lock_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait(held, [this] { return !hanging_; });
  --waiting_;
}

void slow_fs::await_waiting(int count) {
  std::unique_lock held(lock_);
  changed_.wait(held, [&] { return waiting_ >= count; });
}

}  // namespace ferry::support
