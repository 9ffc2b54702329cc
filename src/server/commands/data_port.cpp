// PORT, PASV (RFC 959 §4.1.2), EPRT, EPSV (RFC 2428), LPRT, LPSV (RFC 1639): how the next data connection will be made.
// CPSV: that of two servers, whose handshake one of them must begin. PRET: what it will be for.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "proto/extended_port.hpp"
#include "proto/host_port.hpp"
#include "proto/long_port.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/gate.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

constexpr std::uint16_t first_unprivileged = 1024;

constexpr std::string_view cannot_resume =
    "Data connections must resume the TLS session here, which another server cannot; the administrator can allow it "
    "(fxp.unresumed).";

reply only_epsv() { return {code::bad_argument, "EPSV ALL was sent: only EPSV is taken now (RFC 2428)."}; }

// A link-local address is told without its interface, or with the client's name for it: it is that of the client.
net::address as_seen_here(const net::address& told, const net::address& client) {
  if (!told.is_v6() || !told.to_v6().is_link_local() || !client.is_v6()) return told;
  auto out = told.to_v6();
  out.scope_id(client.to_v6().scope_id());
  return out;
}

// Data goes to the client alone, or where a rule lets it.
std::optional<reply> refused(session& s, const net::address& to) {
  if (to == s.peer().address()) return std::nullopt;
  const auto may = [&](bool unresumed) {
    const auto& rules = s.around.how.fxp;
    return may_fxp(rules, *s.now.home, to, data_way::send, unresumed) ||
           may_fxp(rules, *s.now.home, to, data_way::receive, unresumed);
  };
  if (!may(false)) {
    return reply{code::bad_argument, fmt::format("{} is not your address: the server sees you at {}; use passive mode.",
                                                 to.to_string(), s.peer().address().to_string())};
  }
  if (s.must_resume() && !may(true)) return reply{code::bad_argument, std::string(cannot_resume)};
  return std::nullopt;
}

reply dial_offer(session& s, const net::endpoint& to) {
  if (auto no = refused(s, to.address())) return std::move(*no);
  if (to.port() < first_unprivileged) return {code::bad_argument, "Ports below 1024 are not connected to."};
  std::optional<net::endpoint> from(std::in_place, s.local().address(), s.around.how.active_port);
  if (from->address().is_v4() != to.address().is_v4()) from.reset();
  s.offer(transfer::data_offer::active(to, from));
  return {code::ok, fmt::format("Data goes to {} port {}.", to.address().to_string(), to.port())};
}

net::task<result<transfer::data_offer>> find_port(session& s, bool begins_tls) {
  const auto& ports = s.around.how.passive;
  const auto here = s.local().address(), peer = s.peer().address();
  auto also = fxp_networks(s.around.how.fxp, *s.now.home);
  if (ports.first_port == 0 || !s.around.ports) {
    co_return transfer::data_offer::passive(s.through, here, {ports.first_port, ports.last_port}, peer, also);
  }
  net::shared_ports::place where{here, ports.first_port, ports.last_port};
  net::shared_ports::expected who{.peer = peer, .also = also};
  if (!begins_tls) who.session = s.data_name();
  who.binding = s.around.how.tls.data_sessions == transfer::resumption::require;
  auto found = co_await s.around.ports->listen(s.on, s.through, std::move(where), std::move(who));
  if (!found) co_return std::unexpected(found.error());
  co_return transfer::data_offer::passive(std::move(*found), peer, std::move(also));
}

net::task<result<std::uint16_t>> listen_offer(session& s, bool begins_tls) {
  s.offer(std::nullopt);
  auto made = co_await find_port(s, begins_tls);
  if (!made) co_return std::unexpected(made.error());
  made->begins_tls = begins_tls;
  const auto port = made->where().port();
  s.offer(std::move(*made));
  co_return port;
}

}  // namespace

std::optional<reply> refuse_to_begin_tls(const session& s) {
  if (!s.around.how.offers_fxp_tls()) return reply{code::not_implemented, "Nothing is set up here for other servers."};
  if (!may_fxp(s.around.how.fxp, *s.now.home, false)) {
    return reply{code::security_denied, "This login may exchange data with no other server."};
  }
  if (!s.now.tls.data) return reply{code::bad_sequence, "PROT P comes first."};
  if (s.must_resume() && !may_fxp(s.around.how.fxp, *s.now.home, true)) {
    return reply{code::security_denied, std::string(cannot_resume)};
  }
  return std::nullopt;
}

reply_task port(session& s, argument given) {
  if (s.now.epsv_all) co_return only_epsv();
  auto asked = proto::parse_port_argument(given.text);
  if (!asked) co_return reply{code::bad_argument, "That is not h1,h2,h3,h4,p1,p2."};
  co_return dial_offer(s, {boost::asio::ip::address_v4(asked->address), asked->port});
}

reply_task eprt(session& s, argument given) {
  if (s.now.epsv_all) co_return only_epsv();
  auto asked = proto::parse_eprt(given.text);
  if (!asked) co_return reply{code::bad_argument, "That is not |1 or 2|address|port|."};
  if (asked->family != 1 && asked->family != 2) {
    co_return reply{code::protocol_not_supported, "Network protocol not supported, use (1,2)"};
  }
  boost::system::error_code wrong;
  auto address = boost::asio::ip::make_address(asked->address, wrong);
  if (wrong || address.is_v6() != (asked->family == 2))
    co_return reply{code::bad_argument, "That is no address of its family."};
  co_return dial_offer(s, {as_seen_here(address, s.peer().address()), asked->port});
}

namespace {

// Where the client is to connect to over IPv4.
result<net::address> shown_address(const session& s) {
  const auto& what = advertised_to(s.peer().address(), s.around.how.passive);
  if (what.address) return *what.address;
  if (!what.name.empty()) return s.around.names.find(what.name);
  return s.dialled().address();
}

reply_task listen_for_pasv(session& s, std::string_view other, bool begins_tls) {
  if (s.now.epsv_all) co_return only_epsv();
  if (!s.dialled().address().is_v4()) {
    co_return reply{code::cannot_open_data, fmt::format("This is for IPv4; use {}.", other)};
  }
  auto shown = shown_address(s);
  if (!shown) co_return transfer::refusal(shown.error());
  auto port = co_await listen_offer(s, begins_tls);
  if (!port) co_return transfer::refusal(port.error());
  co_return reply{code::passive, proto::format_227({shown->to_v4().to_bytes(), *port})};
}

}  // namespace

reply_task pasv(session& s, argument) { co_return co_await listen_for_pasv(s, "EPSV", false); }

reply_task cpsv(session& s, argument) {
  if (auto no = refuse_to_begin_tls(s)) co_return std::move(*no);
  co_return co_await listen_for_pasv(s, "SSCN ON and EPSV", true);
}

reply_task epsv(session& s, argument given) {
  using enum proto::epsv_argument;
  const auto asked = proto::parse_epsv_argument(given.text);
  const auto here = s.dialled().address().is_v4() ? ipv4 : ipv6;
  if (asked == all) {
    s.now.epsv_all = true;
    co_return reply{code::ok, "Only EPSV is taken from now on."};
  }
  if (asked == malformed) co_return reply{code::bad_argument, "That is not 1, 2 or ALL."};
  if (asked != none && asked != here) {
    co_return reply{code::protocol_not_supported,
                    fmt::format("Network protocol not supported, use ({})", here == ipv4 ? 1 : 2)};
  }
  auto port = co_await listen_offer(s, false);
  if (!port) co_return transfer::refusal(port.error());
  co_return reply{code::extended_passive, proto::format_229(*port)};
}

reply_task lprt(session& s, argument given) {
  if (s.now.epsv_all) co_return only_epsv();
  auto asked = proto::parse_lprt(given.text);
  if (!asked) co_return reply{code::bad_argument, "That is not af,hal,h1,h2,...,pal,p1,p2."};
  net::address address;
  if (asked->family == 4) {
    net::asio::ip::address_v4::bytes_type bytes;
    std::ranges::copy(asked->address, bytes.begin());
    address = net::asio::ip::address_v4(bytes);
  } else if (asked->family == 6) {
    net::asio::ip::address_v6::bytes_type bytes;
    std::ranges::copy(asked->address, bytes.begin());
    address = net::asio::ip::address_v6(bytes);
  } else {
    co_return reply{code::address_not_supported, "Supported address families are (4,6)"};
  }
  co_return dial_offer(s, {as_seen_here(address, s.peer().address()), asked->port});
}

reply_task lpsv(session& s, argument) {
  if (s.now.epsv_all) co_return only_epsv();
  auto address = s.dialled().address().is_v4() ? shown_address(s) : s.dialled().address();
  if (!address) co_return transfer::refusal(address.error());
  const auto& shown = *address;
  auto port = co_await listen_offer(s, false);
  if (!port) co_return transfer::refusal(port.error());
  proto::long_port at{.family = shown.is_v4() ? 4 : 6, .address = {}, .port = *port};
  if (shown.is_v4()) {
    const auto bytes = shown.to_v4().to_bytes();
    at.address.assign(bytes.begin(), bytes.end());
  } else {
    const auto bytes = shown.to_v6().to_bytes();
    at.address.assign(bytes.begin(), bytes.end());
  }
  co_return reply{code::long_passive, proto::format_228(at)};
}

// This server has its data at hand, wherever the client comes to; but it can tell early of what it will refuse.
reply_task pret(session& s, argument given) {
  auto announced = recognise(given.text);
  if (!announced || !announced->command || !announced->command->moves_data) {
    co_return reply{code::bad_argument, "PRET is for commands that move data."};
  }
  auto with = read_argument(*announced->command, std::move(announced->argument), s.now.cwd);
  if (!with) co_return std::move(with.error());
  auto refusal = gate(*announced->command, *with, s.now, s.around.how.tls);
  if (refusal) co_return std::move(*refusal);
  co_return reply{code::ok, "Agree on a data connection now."};
}

}  // namespace ferry::server::commands
