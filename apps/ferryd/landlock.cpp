#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "ferryd/walls.hpp"

namespace ferry::ferryd {
namespace {

// Younger than the headers of the oldest system that ferry is built on.
constexpr std::uint64_t access_truncate = 1ull << 14;   // ABI 3
constexpr std::uint64_t access_ioctl_dev = 1ull << 15;  // ABI 5

constexpr std::uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER |
                                  access_truncate;
constexpr std::uint64_t logging = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG;
// Handled, and granted nowhere.
constexpr std::uint64_t never = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                LANDLOCK_ACCESS_FS_MAKE_BLOCK | access_ioctl_dev;

std::uint64_t known_to(int abi) {
  auto all = reading | writing | never;
  if (abi < 3) all &= ~access_truncate;
  if (abi < 5) all &= ~access_ioctl_dev;
  return all;
}

constexpr std::uint64_t meant_by(grant::access granted) {
  switch (granted) {
    case grant::access::read: return reading;
    case grant::access::write: return reading | writing;
    case grant::access::log: return logging;
  }
  return 0;
}

int last_error() { return errno; }

result<void> allow(int ruleset, const grant& one, std::uint64_t known) {
  int folder = ::open(one.folder.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY);
  if (folder < 0) return fail("walls.landlock", one.folder + ": " + std::generic_category().message(last_error()));
  landlock_path_beneath_attr rule{};
  rule.allowed_access = meant_by(one.allowed) & known;
  rule.parent_fd = folder;
  auto failed = ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0;
  int why = last_error();
  ::close(folder);
  if (failed) return fail_errno("walls.landlock", why);
  return {};
}

}  // namespace

result<int> confine(std::span<const grant> to) {
  auto abi = static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  if (abi < 0) return fail("walls.landlock.absent", "this kernel has no Landlock, or it is switched off");
  if (abi < 2) return fail("walls.landlock.absent", "the Landlock of this kernel forbids to rename between folders");

  landlock_ruleset_attr rules{};
  rules.handled_access_fs = known_to(abi);
  auto ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0));
  if (ruleset < 0) return fail_errno("walls.landlock", last_error());
  result<void> done;
  for (const auto& each : to) {
    if (done) done = allow(ruleset, each, rules.handled_access_fs);
  }
  if (done && ::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) done = fail_errno("walls.landlock", last_error());
  ::close(ruleset);
  if (!done) return std::unexpected(done.error());
  return abi;
}

}  // namespace ferry::ferryd
