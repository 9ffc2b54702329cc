#include "ferryd/activation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace ferry::ferryd {
namespace {

constexpr int first_descriptor = 3;
constexpr int most = 64;

std::string taken_from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value ? value : "";
  ::unsetenv(name);
  return out;
}

int number(const std::string& text) {
  int out = -1;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  return wrong == std::errc{} && end == text.data() + text.size() ? out : -1;
}

bool listens(int descriptor) {
  int yes = 0;
  socklen_t size = sizeof yes;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes;
}

result<net::endpoint> address_of(int descriptor) {
  net::endpoint out;
  auto size = static_cast<socklen_t>(out.capacity());
  const bool named = ::getsockname(descriptor, out.data(), &size) == 0;
  const auto family = out.data()->sa_family;
  if (!named || !listens(descriptor) || (family != AF_INET && family != AF_INET6)) {
    return fail("run.sockets", fmt::format("descriptor {} is no TCP socket that listens", descriptor),
                "hand over sockets of ListenStream= with Accept=no");
  }
  out.resize(size);
  return out;
}

const server::listener_settings* settings_for(const inherited_socket& socket,
                                              const std::vector<server::listener_settings>& told) {
  auto found =
      std::ranges::find_if(told, [&](const auto& each) { return !each.name.empty() && each.name == socket.name; });
  if (found == told.end()) found = std::ranges::find(told, socket.at, &server::listener_settings::at);
  if (found == told.end()) {
    found = std::ranges::find_if(told, [&](const auto& each) { return each.at.port() == socket.at.port(); });
  }
  return found == told.end() ? nullptr : &*found;
}

}  // namespace

result<std::vector<inherited_socket>> inherited_sockets() {
  const auto whose = taken_from_environment("LISTEN_PID");
  const auto count = taken_from_environment("LISTEN_FDS");
  auto names = taken_from_environment("LISTEN_FDNAMES");
  std::vector<inherited_socket> out;
  if (count.empty() || number(whose) != ::getpid()) return out;
  if (number(count) < 1 || number(count) > most) {
    return fail("run.sockets", fmt::format("LISTEN_FDS is \"{}\"", count), fmt::format("hand over 1 to {}", most));
  }
  for (int i = first_descriptor; i < first_descriptor + number(count); ++i) {
    const auto end = std::min(names.find(':'), names.size());
    auto at = address_of(i);
    if (!at) return std::unexpected(at.error());
    ::fcntl(i, F_SETFD, FD_CLOEXEC);
    out.push_back({.descriptor = i, .name = names.substr(0, end), .at = *at});
    names.erase(0, end + 1);
  }
  return out;
}

std::vector<server::listener_settings> listeners_at(const std::vector<inherited_socket>& sockets,
                                                    const std::vector<server::listener_settings>& told) {
  std::vector<server::listener_settings> out;
  for (const auto& each : sockets) {
    const auto* how = settings_for(each, told);
    out.push_back(how ? *how : server::listener_settings{});
    out.back().at = each.at;
    out.back().inherited = each.descriptor;
  }
  return out;
}

}  // namespace ferry::ferryd
