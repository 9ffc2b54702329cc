// The jail: every path is walked by the kernel, from the root's descriptor, under RESOLVE_BENEATH.
//
// Links inside the root are followed while they stay inside, unless root_options forbids it; an absolute link counts as
// leading out. Mounts inside the root belong to it. Links of /proc that stand for open files are refused.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "proto/tvfs_path.hpp"
#include "storage/local/local_storage.hpp"
#include "storage/storage.hpp"

namespace ferry::storage {

namespace local {

// What a read may have to wait for, worst of all.
enum class wait_for : std::uint8_t {
  memory,  // nothing: the loop may read
  disk,    // the loop may ask for what is at hand
  others   // a network or another process, which may never answer: the loop must not even ask
};

}  // namespace local

struct root_folder {
  fd folder;  // O_PATH
  std::uint64_t device = 0;
  local::wait_for speed = local::wait_for::others;
  bool unnamed_uploads = true;  // use O_TMPFILE where there is one
  root_options how;
};

namespace local {

enum class reach : std::uint8_t {
  at_hand,  // only what needs no disk and lies on the root's own file system; otherwise EAGAIN or EXDEV
  full      // may block
};

// Whether `code`, the failure of a walk with reach::at_hand, only says that a worker must do it.
inline bool out_of_reach(const error& e) {
  return e.code == std::errc::resource_unavailable_try_again || e.code == std::errc::cross_device_link;
}

// openat2(2) below `from` within the root. `relative` is never empty: "." is the root.
result<fd> walk(const root_folder& from, const std::string& relative, int flags, reach how, mode_t mode = 0);

inline std::string relative(const path& at) { return std::string(at.relative()); }

// A name in an open folder. What is done with the name needs no further walk, so nothing can be swapped under it.
struct place {
  fd folder;  // O_PATH
  std::string name;
};

// Of a path other than the root; its last part is not looked at. Blocks.
result<place> place_of(const root_folder& root, const path& at);

// The same, where links at the end have been followed: what open(2) for writing would reach. Blocks.
struct target : place {
  std::optional<info> now;  // of what has the name; nothing when it is free
};
result<target> target_of(const root_folder& root, const path& at);

// Follows no link at the end; with an empty name, of `folder` itself.
result<info> facts_of(int folder, const std::string& name);
// For utimensat(2): the time of the last access stays.
std::array<timespec, 2> times_for(file_time modified);
result<std::string> link_text(int folder, const std::string& name);

// Of an open file. Blocks.
wait_for speed_of(const root_folder& root, int opened, std::uint64_t device);

// Names under which uploads wait where O_TMPFILE cannot hold them. After a crash they stay; remove_directory clears
// away the stale ones, and so may an administrator.
bool hidden(std::string_view name);
std::string hidden_name();

}  // namespace local
}  // namespace ferry::storage
