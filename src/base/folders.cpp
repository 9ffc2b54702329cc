#include "base/folders.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace ferry {
namespace {

std::string below(const char* variable, const char* otherwise, std::string_view program) {
  const char* value = std::getenv(variable);
  // A relative path there is invalid and to be ignored, says the XDG specification.
  auto base = value && *value == '/' ? std::string(value) : home_folder() + otherwise;
  return base + '/' + std::string(program);
}

}  // namespace

std::string home_folder() {
  if (const char* home = std::getenv("HOME"); home && *home) return home;
  const auto* entry = ::getpwuid(::getuid());
  return entry ? entry->pw_dir : "/";
}

std::string config_folder(std::string_view program) { return below("XDG_CONFIG_HOME", "/.config", program); }
std::string state_folder(std::string_view program) { return below("XDG_STATE_HOME", "/.local/state", program); }

bool make_private_folder(const std::string& path) {
  for (auto at = path.find('/', 1);; at = path.find('/', at + 1)) {
    if (::mkdir(path.substr(0, at).c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (at == path.npos) return true;
  }
}

}  // namespace ferry
