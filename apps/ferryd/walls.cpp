#include "ferryd/walls.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace ferry::ferryd {
namespace {

constexpr std::uint64_t low_ports = 1ull << CAP_NET_BIND_SERVICE;

// By system call: libcap would be a library for two numbers.
struct capabilities {
  std::uint64_t effective = 0, permitted = 0;
  friend bool operator==(const capabilities&, const capabilities&) = default;
};

capabilities held() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return {~0ull, ~0ull};
  return {data[0].effective | std::uint64_t{data[1].effective} << 32,
          data[0].permitted | std::uint64_t{data[1].permitted} << 32};
}

bool hold_only(std::uint64_t these) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  data[0].effective = data[0].permitted = static_cast<std::uint32_t>(these);
  data[1].effective = data[1].permitted = static_cast<std::uint32_t>(these >> 32);
  return ::syscall(SYS_capset, &header, data) == 0 && held() == capabilities{these, these};
}

std::unexpected<error> stuck(std::string_view step) {
  return fail("walls.identity", fmt::format("{}: {}", step, std::generic_category().message(errno)),
              "start ferryd as root, or without run_as");
}

bool is_now(const identity& who) {
  uid_t users[3];
  gid_t groups[3];
  if (::getresuid(&users[0], &users[1], &users[2]) != 0 || ::getresgid(&groups[0], &groups[1], &groups[2]) != 0) {
    return false;
  }
  for (auto each : users) {
    if (each != who.user) return false;
  }
  for (auto each : groups) {
    if (each != who.group) return false;
  }
  return ::setresuid(0, 0, 0) != 0 && ::setresgid(0, 0, 0) != 0;
}

}  // namespace

result<identity> find_identity(const std::string& name) {
  errno = 0;
  const auto* found = ::getpwnam(name.c_str());
  if (!found)
    return fail("walls.user", "\"" + name + "\" is no user of this machine", "make one with adduser --system");
  if (found->pw_uid == 0 || found->pw_gid == 0) {
    return fail("walls.user", "\"" + name + "\" has the rights of root", "name a user without them");
  }
  identity out{name, found->pw_uid, found->pw_gid, {}};
  int count = 64;
  out.groups.resize(static_cast<std::size_t>(count));
  while (::getgrouplist(name.c_str(), out.group, out.groups.data(), &count) < 0) {
    out.groups.resize(static_cast<std::size_t>(count));
  }
  out.groups.resize(static_cast<std::size_t>(count));
  return out;
}

result<void> become(const identity& who, bool keep_low_ports) {
  std::uint64_t keep = keep_low_ports ? low_ports : 0;
  if (keep && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return stuck("keeping capabilities");
  if (::setgroups(who.groups.size(), who.groups.data()) != 0) return stuck("setgroups");
  if (::setresgid(who.group, who.group, who.group) != 0) return stuck("setresgid");
  if (::setresuid(who.user, who.user, who.user) != 0) return stuck("setresuid");
  if (!hold_only(keep)) return stuck("dropping capabilities");
  if (!is_now(who))
    return fail("walls.identity", "the rights of root could be taken back", "report this: it is a defect");
  return {};
}

result<void> drop_capabilities(bool keep_low_ports) {
  auto keep = keep_low_ports ? held().permitted & low_ports : 0;
  if (!hold_only(keep)) return fail("walls.capabilities", "the capabilities of this process cannot be dropped");
  return {};
}

result<void> no_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("walls.new_privileges", errno);
  return {};
}

std::string privileges() {
  auto now = held();
  std::string_view words = now.permitted == 0 ? "no capabilities" : "some capabilities";
  if (now.permitted == low_ports) words = "capabilities net_bind_service only";
  return fmt::format("no_new_privs {}, uid {}, {}", ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "yes" : "no",
                     ::geteuid(), words);
}

std::size_t raise_descriptors() {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0) return 0;
  now.rlim_cur = now.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &now);
  ::getrlimit(RLIMIT_NOFILE, &now);
  return now.rlim_cur;
}

}  // namespace ferry::ferryd
