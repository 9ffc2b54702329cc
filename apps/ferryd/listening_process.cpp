#include "ferryd/listening_process.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "proto/text.hpp"

namespace ferry::ferryd {
namespace {

namespace files = std::filesystem;

// What the kernel calls the sockets that listen there: "socket:[4711]".
std::set<std::string> sockets_at(std::uint16_t port) {
  static constexpr std::string_view listening = "0A";
  const auto wanted = fmt::format(":{:04X}", port);
  std::set<std::string> out;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::array<std::string, 10> word;  // sl local remote st queues timer retransmits uid timeout inode
      for (auto& each : word) words >> each;
      if (word[3] == listening && word[1].ends_with(wanted)) out.insert(fmt::format("socket:[{}]", word[9]));
    }
  }
  return out;
}

bool holds_one_of(const files::path& process, const std::set<std::string>& sockets) {
  std::error_code failed;
  files::directory_iterator each(process / "fd", failed);
  for (; !failed && each != files::directory_iterator(); each.increment(failed)) {
    std::error_code gone;
    if (sockets.contains(files::read_symlink(each->path(), gone).string())) return true;
  }
  return false;
}

}  // namespace

std::optional<pid_t> process_that_listens(std::uint16_t port) {
  const auto sockets = sockets_at(port);
  if (sockets.empty()) return std::nullopt;
  std::error_code failed;
  files::directory_iterator each("/proc", failed);
  for (; !failed && each != files::directory_iterator(); each.increment(failed)) {
    const auto number = proto::parse_decimal(each->path().filename().string(), INT32_MAX);
    if (!number || *number <= 1) continue;
    if (holds_one_of(each->path(), sockets)) return static_cast<pid_t>(*number);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> descriptors_of(pid_t process) {
  rlimit found{};
  if (::prlimit(process, RLIMIT_NOFILE, nullptr, &found) != 0) return std::nullopt;
  return found.rlim_cur == RLIM_INFINITY ? UINT64_MAX : found.rlim_cur;
}

}  // namespace ferry::ferryd
