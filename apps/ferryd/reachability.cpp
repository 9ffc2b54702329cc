#include "ferryd/reachability.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "ferryd/listening_process.hpp"
#include "ferryd/name_watch.hpp"
#include "proto/text.hpp"

namespace ferry::ferryd {
namespace {

constexpr std::size_t most_rules = 16 << 20;  // bytes of JSON
constexpr std::size_t ports_tried = 4096;     // of the passive ports
constexpr auto greeting_wait = 3;             // seconds

std::string first_line(const char* file) {
  std::ifstream in(file);
  std::string out;
  std::getline(in, out);
  return out;
}

// "32768 60999"
std::optional<port_range> range_of(const std::string& text) {
  std::istringstream in(text);
  unsigned first = 0, last = 0;
  if (!(in >> first >> last) || last > UINT16_MAX || first > last) return std::nullopt;
  return port_range{static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
}

// "20000-20099,30000"
std::vector<port_range> ranges_of(std::string_view text) {
  std::vector<port_range> out;
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    if (auto one = parse_ports(text.substr(0, end))) out.push_back(*one);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<net::address> addresses_here() {
  std::vector<net::address> out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (auto* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr || !(each->ifa_flags & IFF_UP) || (each->ifa_flags & IFF_LOOPBACK)) continue;
    if (each->ifa_addr->sa_family == AF_INET) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
      out.emplace_back(net::asio::ip::address_v4(ntohl(in->sin_addr.s_addr)));
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      const auto* in = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      net::asio::ip::address_v6::bytes_type bytes;
      std::copy_n(in->sin6_addr.s6_addr, bytes.size(), bytes.begin());
      const net::asio::ip::address_v6 one(bytes);
      if (!one.is_link_local()) out.emplace_back(one);
    }
  }
  ::freeifaddrs(all);
  return out;
}

// The output of a program without arguments of anybody's; nothing when it failed.
std::optional<std::string> said_by(const char* command) {
  std::FILE* from = ::popen(command, "re");
  if (!from) return std::nullopt;
  std::string out;
  std::array<char, 65536> bytes;
  for (std::size_t count; (count = std::fread(bytes.data(), 1, bytes.size(), from)) > 0 && out.size() < most_rules;) {
    out.append(bytes.data(), count);
  }
  if (::pclose(from) != 0) return std::nullopt;
  return out;
}

bool is_private(const net::address& one) {
  if (one.is_v6()) return one.to_v6().is_link_local() || (one.to_v6().to_bytes()[0] & 0xfe) == 0xfc;
  const auto a = one.to_v4().to_uint();
  return (a >> 24) == 10 || (a >> 20) == 0xac1 || (a >> 16) == 0xc0a8 || (a >> 22) == (0x64400000u >> 22) ||
         (a >> 16) == 0xa9fe;
}

std::string words(port_range what) {
  return what.first == what.last ? fmt::format("{}", what.first) : fmt::format("{}-{}", what.first, what.last);
}

bool overlaps(port_range one, port_range other) { return one.first <= other.last && other.first <= one.last; }

port_range passive_of(const config& what) { return {what.server.passive.first_port, what.server.passive.last_port}; }

void about_ports(const config& what, const machine& here, std::vector<remark>& into) {
  const auto range = passive_of(what);
  if (range.first == 0) {
    into.push_back({concern::note, "passive.ports.any",
                    fmt::format("passive data connections come to any port of {}", words(here.ephemeral)),
                    "a firewall or router can only be opened for a fixed range: set passive.ports"});
    return;
  }
  const unsigned count = 1u + range.last - range.first;
  into.push_back({concern::fine,
                  "passive.ports",
                  count == 1 ? fmt::format("passive port {}: all clients share it", words(range))
                             : fmt::format("passive ports {}: clients share them", words(range)),
                  {}});
  const bool kept = std::ranges::any_of(
      here.reserved, [&](port_range each) { return each.first <= range.first && range.last <= each.last; });
  if (overlaps(range, here.ephemeral) && !kept) {
    into.push_back(
        {concern::note, "passive.ports.ephemeral",
         fmt::format("the passive ports {} lie among those that the system gives to outgoing connections ({}), "
                     "which may take them",
                     words(range), words(here.ephemeral)),
         fmt::format("reserve them: sysctl net.ipv4.ip_local_reserved_ports={}", words(range))});
  }
}

// `to_all`: told to clients of any network.
void about_advertised(const server::advertised& what, std::string_view key, bool to_all, const machine& here,
                      std::vector<remark>& into) {
  auto named = what.address;
  if (!what.name.empty()) {
    const auto found = here.names.find(what.name);
    if (found == here.names.end() || !found->second) {
      into.push_back({concern::trouble, "passive.advertise.unresolved",
                      fmt::format("{} is {}, of which no address is known: {}", key, what.name,
                                  found == here.names.end() ? "it was not looked up" : found->second.error().cause),
                      "PASV is refused until there is one; see whether the name is spelled rightly"});
      return;
    }
    named = *found->second;
  }
  if (!named) return;
  const auto shown = what.name.empty() ? named->to_string() : fmt::format("{} ({})", what.name, named->to_string());
  if (named->is_unspecified() || named->is_loopback() || named->is_multicast()) {
    into.push_back({concern::trouble, "passive.advertise.useless",
                    fmt::format("{} is {}: clients that believe it connect to themselves", key, shown),
                    "name the address that clients reach"});
  } else if (std::ranges::find(here.addresses, *named) != here.addresses.end()) {
    into.push_back({concern::fine, "passive.advertise", fmt::format("{} is an address of this machine", shown), {}});
  } else if (to_all && is_private(*named)) {
    into.push_back({concern::trouble, "passive.advertise.private",
                    fmt::format("{} is {}, which is private and not this machine's", key, shown),
                    "name the public address that clients reach"});
  } else {
    into.push_back({concern::fine, "passive.advertise",
                    fmt::format("{} is not this machine's: NAT is expected to forward it", shown),
                    "ferry doctor from outside shows whether it does"});
  }
}

void about_address(const config& what, const machine& here, std::vector<remark>& into) {
  std::vector<net::address> v4;
  std::ranges::copy_if(here.addresses, std::back_inserter(v4), [](const auto& each) { return each.is_v4(); });
  const bool all_private = !v4.empty() && std::ranges::all_of(v4, is_private);
  const auto& passive = what.server.passive;
  for (const auto& each : passive.networks) about_advertised(each.what, "passive.networks", false, here, into);
  if (passive.advertise != server::advertised{}) {
    about_advertised(passive.advertise, "passive.advertise", true, here, into);
  } else if (what.server.proxies.empty()) {
    if (all_private) {
      into.push_back(
          {concern::note, "passive.advertise.missing",
           fmt::format("this machine has private addresses only ({}): from outside it is reached through NAT, "
                       "and its answers to PASV name an address that leads nowhere there",
                       v4.front().to_string()),
           "set passive.advertise to the public address, and forward the passive ports as port 21 is"});
    }
  }
}

void about_filter(const config& what, const machine& here, std::vector<remark>& into) {
  if (!here.filter) {
    into.push_back({concern::note, "filter.unread", "the rules of the packet filter were not read: " + here.no_filter,
                    "run this as root, with nftables installed"});
    return;
  }
  const auto ask = [&](std::uint16_t port, bool ipv4, std::string_view id, const std::string& of) {
    const auto said = here.filter->comes_in(port, ipv4);
    const auto family = ipv4 ? "IPv4" : "IPv6";
    if (said.what == passage::closed) {
      into.push_back(
          {concern::trouble, std::string(id),
           fmt::format("the packet filter of this machine does not let {} in over {} ({})", of, family, said.why),
           fmt::format("nft add rule ... tcp dport {} accept, in that chain", of)});
    } else if (said.what == passage::unclear) {
      into.push_back(
          {concern::note,
           std::string(id) + ".unclear",
           fmt::format("whether the packet filter lets {} in over {} is not clear ({})", of, family, said.why),
           {}});
    }
  };
  const auto& all = what.server.listen;
  for (const auto& listener : all) {
    const auto& each = listener.at;
    if (each.address().is_loopback()) continue;
    ask(each.port(), each.address().is_v4(), "filter.control", fmt::format("{}", each.port()));
    const auto range = passive_of(what);
    if (range.first == 0 || each.port() != all.front().at.port()) continue;
    // Both ends: a rule may cover a part.
    for (auto port : {range.first, range.last}) {
      const auto before = into.size();
      ask(port, each.address().is_v4(), "filter.passive", words(range));
      if (into.size() != before) break;
    }
  }
  if (auto helper = here.filter->ftp_helper(); !helper.empty() || here.helper_loaded) {
    into.push_back(
        {concern::note, "filter.helper",
         fmt::format("an FTP helper of the kernel is at work ({}): it opens ports only where it can read the "
                     "commands, and not under TLS",
                     helper.empty() ? "nf_conntrack_ftp" : helper),
         "open the passive ports in the rules instead"});
  }
}

void about_descriptors(const config& what, const machine& here, std::vector<remark>& into) {
  const auto room = here.descriptors > limit::other_descriptors
                        ? (here.descriptors - limit::other_descriptors) / limit::session_descriptors
                        : 0;
  const std::uint64_t wanted = what.server.limit.sessions;
  const std::string_view whose = here.server ? "" : ", when this shell starts ferryd";
  if (wanted > room) {
    into.push_back({concern::trouble, "descriptors",
                    fmt::format("limits.sessions is {}, and {} descriptors suffice for {}{}", wanted, here.descriptors,
                                room, whose),
                    fmt::format("LimitNOFILE={} in its systemd unit, or fewer sessions",
                                wanted * limit::session_descriptors + limit::other_descriptors)});
  } else {
    into.push_back({concern::fine,
                    "descriptors",
                    fmt::format("descriptors for {} sessions{}", std::min<std::uint64_t>(room, limit::sessions), whose),
                    {}});
  }
}

fd tcp_socket(const net::endpoint& to) { return fd(::socket(to.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0)); }

// 0, or why it cannot be listened on.
int bind_to(const net::endpoint& at) {
  const auto one = tcp_socket(at);
  if (!one) return errno;
  const int on = 1;
  ::setsockopt(one.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // connections that have ended do not count
  if (at.address().is_v6()) ::setsockopt(one.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(one.get(), at.data(), static_cast<socklen_t>(at.size())) != 0) return errno;
  return ::listen(one.get(), 1) == 0 ? 0 : errno;
}

// From here.
net::endpoint reachable(net::endpoint at) {
  if (at.address().is_unspecified()) {
    at.address(at.address().is_v4() ? net::address(net::asio::ip::address_v4::loopback())
                                    : net::address(net::asio::ip::address_v6::loopback()));
  }
  return at;
}

std::string greeting_at(const net::endpoint& at) {
  const auto one = tcp_socket(at);
  const timeval wait{.tv_sec = greeting_wait, .tv_usec = 0};
  ::setsockopt(one.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(one.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (::connect(one.get(), at.data(), static_cast<socklen_t>(at.size())) != 0) return {};
  std::array<char, 512> bytes{};
  const auto count = ::recv(one.get(), bytes.data(), bytes.size(), 0);
  const std::string_view said(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  std::string out;
  proto::append_on_one_line(out, said.substr(0, said.find_first_of("\r\n")));
  return out;
}

}  // namespace

machine this_machine(const config& what) {
  machine out;
  for (const auto& each : names_in(what.server.passive)) out.names.emplace(each, look_up(each));
  out.addresses = addresses_here();
  if (auto range = range_of(first_line("/proc/sys/net/ipv4/ip_local_port_range"))) out.ephemeral = *range;
  out.reserved = ranges_of(first_line("/proc/sys/net/ipv4/ip_local_reserved_ports"));
  out.helper_loaded = !first_line("/sys/module/nf_conntrack_ftp/refcnt").empty();
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) out.descriptors = descriptors.rlim_max;
  if (!what.server.listen.empty()) out.server = process_that_listens(what.server.listen.front().at.port());
  if (auto its = out.server ? descriptors_of(*out.server) : std::nullopt) out.descriptors = *its;
  if (auto rules = said_by("PATH=/usr/sbin:/sbin:/usr/bin:/bin nft -j list ruleset 2>/dev/null")) {
    auto filter = packet_filter::parse(*rules);
    if (filter) {
      out.filter = std::move(*filter);
    } else {
      out.no_filter = filter.error().cause;
    }
  } else {
    out.no_filter = "nft list ruleset failed";
  }
  return out;
}

std::vector<remark> reachability(const config& what, const machine& here) {
  std::vector<remark> out;
  about_ports(what, here, out);
  about_address(what, here, out);
  about_filter(what, here, out);
  about_descriptors(what, here, out);
  if (!what.server.tls.offered()) {
    out.push_back({concern::note, "tls.none", "no TLS is offered: passwords and files go in the clear",
                   "[tls]: ferryd cert makes a certificate to begin with"});
  }
  return out;
}

std::string proof_from_outside(const config& what, const machine& here) {
  const auto& advertise = what.server.passive.advertise;
  auto named = advertise.address;
  if (const auto found = here.names.find(advertise.name); found != here.names.end() && found->second) {
    named = *found->second;
  }
  if (named && (named->is_unspecified() || named->is_loopback())) named.reset();
  auto known = named;
  // Behind NAT this machine does not know where it is reached, whatever it has of IPv6.
  const bool v4 = std::ranges::any_of(here.addresses, [](const auto& each) { return each.is_v4(); });
  for (const auto& each : here.addresses) {
    if (!known && each.is_v4() == v4 && !is_private(each)) known = each;
  }
  std::string host = "HOST";
  if (known) host = known->is_v6() ? fmt::format("[{}]", known->to_string()) : known->to_string();
  std::string out = "ferry doctor --from-outside";
  if (passive_of(what).first != 0) out += fmt::format(" --ports {}", words(passive_of(what)));
  if (named) out += fmt::format(" --address {}", named->to_string());
  const auto& all = what.server.listen;
  const auto open = std::ranges::find(all, false, &server::listener_settings::implicit);
  const bool implicit = open == all.end();
  const unsigned usual = implicit ? 990 : 21;
  const auto port = all.empty() ? usual : (implicit ? all.front() : *open).at.port();
  return out + fmt::format(" {}://USER@{}{}/", implicit ? "ftps" : "ftp", host,
                           port == usual ? "" : fmt::format(":{}", port));
}

std::vector<remark> try_listeners(const config& what) {
  std::vector<remark> out;
  for (const auto& each : what.server.listen) {
    const auto where = net::show(each.at);
    const int wrong = bind_to(each.at);
    // Greets only who sends a PROXY header first.
    const bool for_balancers = each.proxy == server::listener_settings::header::only ||
                               (each.proxy != server::listener_settings::header::none &&
                                net::holds(reachable(each.at).address(), what.server.proxies));
    if (wrong == 0) {
      out.push_back({concern::note, "listen.idle", fmt::format("nothing listens on {}, and ferryd could", where),
                     "start ferryd"});
    } else if (wrong == EADDRINUSE && (each.implicit || for_balancers)) {
      out.push_back({concern::fine, "listen", fmt::format("{} is listened on", where), {}});
    } else if (wrong == EADDRINUSE) {
      auto greeting = greeting_at(reachable(each.at));
      const bool ftp = greeting.starts_with("220");
      out.push_back({ftp ? concern::fine : concern::trouble, ftp ? "listen" : "listen.other",
                     ftp ? fmt::format("{} answers: {}", where, greeting)
                         : fmt::format("{} is taken by what does not greet as an FTP server", where),
                     ftp ? "" : "ss -ltnp shows by what"});
    } else {
      out.push_back({concern::trouble, "listen.failed",
                     fmt::format("{} cannot be listened on: {}", where, std::generic_category().message(wrong)),
                     wrong == EACCES ? "ports below 1024 want root, or CAP_NET_BIND_SERVICE"
                                     : "ip address shows this machine's addresses"});
    }
  }
  return out;
}

std::vector<remark> try_passive_ports(const config& what) {
  const auto range = passive_of(what);
  if (range.first == 0 || what.server.listen.empty()) return {};
  std::vector<std::string> taken;
  std::size_t tried = 0;
  for (unsigned port = range.first; port <= range.last && tried < ports_tried; ++port, ++tried) {
    const net::endpoint at(what.server.listen.front().at.address(), static_cast<std::uint16_t>(port));
    if (bind_to(at) == EADDRINUSE) taken.push_back(fmt::to_string(port));
  }
  if (taken.empty()) return {};
  const auto some = taken.size();
  taken.resize(std::min<std::size_t>(some, 5));
  return {
      {concern::note, "passive.ports.taken",
       fmt::format("{} of the passive ports are taken: {}{}", some, fmt::join(taken, ", "), some > 5 ? ", ..." : ""),
       "by transfers of this moment, or by others: ss -tnp shows by what"}};
}

}  // namespace ferry::ferryd
