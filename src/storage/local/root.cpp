#include "storage/local/root.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "storage/errors.hpp"
#include "storage/limits.hpp"

namespace ferry::storage {
namespace local {
namespace {

constexpr std::string_view hidden_prefix = ".ferry-";
constexpr std::string_view hidden_suffix = ".part";

int openat2(int from, const char* relative, const open_how& how) {
  return static_cast<int>(::syscall(SYS_openat2, from, relative, &how, sizeof how));
}

// A list of the good ones: a file system that is not known here may wait for a network, and overlayfs may lie on one.
wait_for speed_of(std::uint64_t magic) {
  constexpr auto on_disk = std::to_array<std::uint64_t>({
      EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
      0x2fc12fc1,  // ZFS
      0xca451a4e,  // bcachefs
      EROFS_SUPER_MAGIC_V1, SQUASHFS_MAGIC, ISOFS_SUPER_MAGIC, MSDOS_SUPER_MAGIC, EXFAT_SUPER_MAGIC,
      0x7366746e,  // NTFS of the kernel
  });
  if (magic == TMPFS_MAGIC || magic == RAMFS_MAGIC) return wait_for::memory;
  return std::ranges::find(on_disk, magic) != on_disk.end() ? wait_for::disk : wait_for::others;
}

wait_for ask_speed(int opened) {
  struct statfs about{};
  return ::fstatfs(opened, &about) == 0 ? speed_of(static_cast<std::uint64_t>(about.f_type)) : wait_for::others;
}

}  // namespace

result<fd> walk(const root_folder& from, const std::string& relative, int flags, reach how, mode_t mode) {
  open_how what{};
  what.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
  what.mode = mode;
  what.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (!from.how.follow_links) what.resolve |= RESOLVE_NO_SYMLINKS;
  if (how == reach::at_hand) what.resolve |= RESOLVE_CACHED | RESOLVE_NO_XDEV;
  // A rename elsewhere makes the kernel doubt a ".." in a link: EAGAIN.
  for (int tries = 0;; ++tries) {
    int opened = openat2(from.folder.get(), relative.c_str(), what);
    if (opened >= 0) return fd(opened);
    bool again = errno == EINTR || (errno == EAGAIN && how == reach::full && tries < limit::raced_lookups);
    if (!again) return walk_failure(errno);
  }
}

result<place> place_of(const root_folder& root, const path& at) {
  auto folder = walk(root, relative(at.parent()), O_PATH | O_DIRECTORY, reach::full);
  if (!folder) return std::unexpected(folder.error());
  return place{std::move(*folder), std::string(at.name())};
}

result<target> target_of(const root_folder& root, const path& at) {
  std::string where = relative(at);
  for (int links = 0; links < limit::links_followed; ++links) {
    auto slash = where.rfind('/');
    std::string before = slash == std::string::npos ? "." : where.substr(0, slash);
    std::string name = where.substr(slash + 1);
    if (name.empty() || name == "." || name == "..") {
      auto folder = walk(root, where, O_PATH, reach::full);
      if (!folder) return std::unexpected(folder.error());
      return failure(EISDIR);
    }
    auto folder = walk(root, before, O_PATH | O_DIRECTORY, reach::full);
    if (!folder) return std::unexpected(folder.error());
    auto facts = facts_of(folder->get(), name);
    if (!facts && facts.error().code != std::errc::no_such_file_or_directory) return std::unexpected(facts.error());
    if (!facts || facts->type != kind::link) {
      return target{{std::move(*folder), std::move(name)}, facts ? std::optional(*facts) : std::nullopt};
    }
    if (!root.how.follow_links) break;
    auto text = link_text(folder->get(), name);
    if (!text) return std::unexpected(text.error());
    if (text->starts_with('/')) return walk_failure(EXDEV);
    where = before + '/' + *text;
  }
  return failure(ELOOP);
}

wait_for speed_of(const root_folder& root, int opened, std::uint64_t device) {
  return device == root.device ? root.speed : ask_speed(opened);
}

bool hidden(std::string_view name) { return name.starts_with(hidden_prefix) && name.ends_with(hidden_suffix); }

std::string hidden_name() {
  std::uint64_t random = 0;
  while (::getrandom(&random, sizeof random, 0) < 0) {
  }
  return fmt::format("{}{:016x}{}", hidden_prefix, random, hidden_suffix);
}

}  // namespace local

result<std::shared_ptr<const root_folder>> open_root(const std::string& directory, const root_options& how) {
  fd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failure(errno);
  auto facts = local::facts_of(folder.get(), "");
  if (!facts) return std::unexpected(facts.error());
  auto root = std::make_shared<root_folder>();
  root->speed = local::ask_speed(folder.get());
  root->device = facts->device;
  root->folder = std::move(folder);
  root->how = how;
  auto probe = local::walk(*root, ".", O_PATH, local::reach::at_hand);
  if (!probe &&
      (probe.error().code == std::errc::function_not_supported || probe.error().code == std::errc::invalid_argument)) {
    return fail("storage.unsupported", "The kernel does not offer openat2 with all it needs",
                "Use Linux 5.15 or later, and let the container's seccomp profile pass openat2", probe.error().code);
  }
  return root;
}

}  // namespace ferry::storage
