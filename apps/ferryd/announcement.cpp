#include "ferryd/announcement.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "net/certificate.hpp"

namespace ferry::ferryd {
namespace {

// The first IPv4 address that others may reach.
net::address own_address() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return net::asio::ip::address_v4::loopback();
  std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(all, ::freeifaddrs);
  for (auto* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr || each->ifa_addr->sa_family != AF_INET || (each->ifa_flags & IFF_LOOPBACK)) continue;
    const auto* in = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
    return net::asio::ip::address_v4(ntohl(in->sin_addr.s_addr));
  }
  return net::asio::ip::address_v4::loopback();
}

std::string_view words(const accounts::account& who) {
  if (!who.rules.empty()) return "by its rules";
  if (who.allow == accounts::rights::all()) return "read-write";
  if (who.allow == accounts::rights::read_only()) return "read-only";
  return "by its rights";
}

std::string_view words(server::tls_settings::requirement what) {
  using enum server::tls_settings::requirement;
  switch (what) {
    case none: return "offered, not required";
    case login: return "required to log in";
    case data: return "required for data";
    case all: return "required for all";
  }
  return "";
}

std::string line(std::string_view label, std::string_view text) { return fmt::format("{:<9}{}\n", label, text); }

}  // namespace

std::string url(const net::endpoint& at) {
  net::endpoint named(at.address().is_unspecified() ? own_address() : at.address(), at.port());
  auto where = net::show(named);
  if (at.port() == 21) where.resize(where.rfind(':'));
  return "ftp://" + where + "/";
}

std::string announcement(const config& what, std::span<const server::listener_settings> bound) {
  constexpr std::size_t shown = 10;
  std::string out;
  std::string_view label = "serving";
  auto served = [&](const accounts::account& who) {
    out += line(std::exchange(label, ""), fmt::format("{}, {}, to {}", who.root, words(who), who.name));
  };
  if (what.anonymous) served(*what.anonymous);
  for (std::size_t i = 0; i < what.users.size() && i < shown; ++i) served(what.users[i].who);
  if (what.users.size() > shown) out += line("", fmt::format("and {} more users", what.users.size() - shown));
  label = "on";
  for (const auto& each : bound) {
    out += line(std::exchange(label, ""), net::show(each.at) + (each.implicit ? ", TLS from the first byte" : ""));
  }
  const auto& tls = what.server.tls;
  if (tls.offered()) {
    auto pin = net::pin_of(tls.options.identities.front().certificate);
    out += line("tls", fmt::format("{}; its key: {}", words(tls.require), pin ? *pin : "cannot be read"));
  }
  if (const auto open = std::ranges::find(bound, false, &server::listener_settings::implicit); open != bound.end()) {
    auto user = what.anonymous || what.users.empty() ? "" : "--user " + what.users.front().who.name + " ";
    auto safely = tls.offered() ? "--ssl-reqd --insecure " : "";
    out += line("try", fmt::format("curl {}{}{}", safely, user, url(open->at)));
  }
  return out;
}

}  // namespace ferry::ferryd
