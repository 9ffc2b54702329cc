// The session's data connections: the ladder EPSV, PASV, EPRT, PORT (RFC 959 §3.2, RFC 2428).
#include <fmt/format.h>

#include <algorithm>

#include "client/errors.hpp"
#include "client/interface_address.hpp"
#include "client/limits.hpp"
#include "client/session.hpp"
#include "net/event.hpp"
#include "proto/command.hpp"
#include "proto/extended_port.hpp"
#include "proto/host_port.hpp"
#include "proto/reply_code.hpp"

namespace ferry::client {

using proto::reply;
namespace code = proto::reply_code;

namespace {

bool passive(rung way) { return way == rung::epsv || way == rung::pasv; }

// The way failed, not the transfer: another may lead there.
bool of_the_way(const error& why) { return why.id.starts_with("data.way.") || why.id == "remote.data"; }

std::unexpected<error> unreachable(error why) {
  std::string_view id = why.id == "connect.refused"   ? "data.way.refused"
                        : why.id == "connect.timeout" ? "data.way.timeout"
                                                      : "data.way.failed";
  return fail(id, std::move(why.cause), {}, why.code);
}

net::address plain(const net::address& one) {
  if (one.is_v6() && one.to_v6().is_v4_mapped())
    return net::asio::ip::make_address_v4(net::asio::ip::v4_mapped, one.to_v6());
  return one;
}

std::string port_command(rung way, const net::address& where, std::uint16_t port) {
  if (way == rung::eprt) {
    return "EPRT " + proto::format_eprt({.family = where.is_v4() ? 1 : 2, .address = where.to_string(), .port = port});
  }
  return "PORT " + proto::format_port_argument({.address = where.to_v4().to_bytes(), .port = port});
}

}  // namespace

std::vector<rung> session::ladder() const {
  const bool v4 = plain(peer().address()).is_v4();
  std::vector<rung> passives, actives;
  // IPv6 has no other.
  if (!v4 || (how_.data.epsv && features_.may("EPSV"))) passives.push_back(rung::epsv);
  if (v4) passives.push_back(rung::pasv);
  if (!v4 || (how_.data.eprt && features_.may("EPRT"))) actives.push_back(rung::eprt);
  if (v4) actives.push_back(rung::port);

  using order = enum data_settings::order;
  std::vector<rung> out;
  if (how_.data.ladder == order::active_first || how_.data.ladder == order::active_only) std::swap(passives, actives);
  out = std::move(passives);
  if (how_.data.ladder == order::passive_first || how_.data.ladder == order::active_first) {
    out.insert(out.end(), actives.begin(), actives.end());
  }
  auto best = rung_ ? rung_ : around_.routes.best(where_.host);
  if (auto at = best ? std::ranges::find(out, *best) : out.end(); at != out.end()) std::rotate(out.begin(), at, at + 1);
  return out;
}

net::task<result<data_channel>> session::open_data(std::string verb, std::string argument, std::uint64_t restart) {
  if (!control_) co_return fail("control.closed", "there is no control connection");
  if (!proto::format_command(verb, argument) || argument.contains('\r')) {
    co_return fail("command.control", fmt::format("the argument of {} holds a line's end or a NUL", verb),
                   "FTP cannot name it: rename it by other means");
  }
  if (auto ok = co_await take_prepared(); !ok) co_return std::unexpected(ok.error());
  const auto type = type_;
  std::string causes;
  for (auto way : ladder()) {
    if (cancelled_) co_return stopped();
    if (!control_) {
      // A way that broke the connection, or left an answer that may still come.
      if (auto ok = co_await open(); !ok) co_return std::unexpected(ok.error());
      auto ok = co_await set_type(type.value_or(how_.type));
      if (!ok) co_return std::unexpected(ok.error());
    }
    moved = {};
    watch().data_tried(number_, way);
    auto made = co_await climb(way, verb, argument, restart);
    if (made) {
      rung_ = way;
      around_.routes.worked(where_.host, way);
      co_return made;
    }
    if (cancelled_) co_return stopped();
    if (!of_the_way(made.error())) co_return made;
    watch().data_failed(number_, way, made.error());
    causes += fmt::format("{}{}: {}", causes.empty() ? "" : "; ", name_of(way), made.error().cause);
  }
  co_return fail("data.blocked", "no data connection could be made: " + causes,
                 "a firewall may stand between: see which ports it lets through, or try the other mode");
}

net::task<result<data_channel>> session::climb(rung way, std::string verb, std::string argument,
                                               std::uint64_t restart) {
  data_channel data{.facts{.way = way}};
  if (passive(way)) {
    auto made = co_await connect_passive(way);
    if (!made) co_return std::unexpected(made.error());
    data.channel = std::move(*made);
    if (auto ok = co_await begin(verb, std::move(argument), restart); !ok) co_return std::unexpected(ok.error());
    auto first = co_await first_reply(data.channel.get(), verb);
    if (!first) co_return std::unexpected(first.error());
    data.first = std::move(*first);
  } else {
    auto offer = co_await announce(way);
    if (!offer) co_return std::unexpected(offer.error());
    if (auto ok = co_await begin(verb, std::move(argument), restart); !ok) co_return std::unexpected(ok.error());
    if (auto ok = co_await await_active(data, std::move(*offer), verb); !ok) co_return std::unexpected(ok.error());
  }
  data.opened = moved.started = on().now();
  data.facts.local = data.channel->local();
  data.facts.peer = data.channel->peer();
  data.facts.verb = std::move(verb);
  watch().data_opened(number_, data.facts);
  co_return data;
}

net::task<result<std::unique_ptr<net::stream>>> session::connect_passive(rung way) {
  if (auto prepared = std::exchange(next_port_, std::nullopt); prepared && rung_ == way) {
    auto made = co_await dial_data(*prepared);
    if (made) co_return made;
    // What was asked in advance did not hold: this server is asked each time from now on.
    pipelines_ = false;
  }
  auto at = co_await ask_port(way);
  if (!at) co_return std::unexpected(at.error());
  co_return co_await dial_data(*at);
}

net::task<result<net::endpoint>> session::ask_port(rung way) {
  if (auto sent = co_await send(fmt::format("{}\r\n", name_of(way))); !sent) {
    co_return fail("data.way.unanswered", sent.error().cause);
  }
  auto said = co_await receive_final(how_.wait.data_reply, std::string(name_of(way)));
  if (!said) co_return fail("data.way.unanswered", said.error().cause);
  if (said->code == code::service_unavailable) co_return lost(refusal(*said));
  co_return port_in(way, *said);
}

result<net::endpoint> session::port_in(rung way, const reply& answer) const {
  if (!answer.completion()) return fail("data.way.refused", refusal(answer).cause);
  const auto where = peer().address();
  if (way == rung::epsv) {
    auto port = answer.code == code::extended_passive ? proto::parse_229(answer.text()) : std::nullopt;
    if (port) return net::endpoint(where, *port);
  } else {
    auto at = answer.code == code::passive ? proto::parse_227(answer.text()) : std::nullopt;
    // Servers behind NAT name addresses that lead nowhere, hostile ones those of others: the peer is the peer.
    if (at && how_.data.use_pasv_address) return net::endpoint(net::asio::ip::address_v4(at->address), at->port);
    if (at) return net::endpoint(where, at->port);
  }
  return fail("data.way.garbled", fmt::format("the answer names no port: {}", refusal(answer).cause));
}

net::task<result<std::unique_ptr<net::stream>>> session::dial_data(net::endpoint to) {
  net::dial_ticket ticket;
  dialling_data_ = &ticket;
  const net::dial_options how{
      .from = net::endpoint(local().address(), 0), .ticket = &ticket, .deadline = on().now() + how_.wait.data_open};
  auto made = co_await around_.through.dial(to, how);
  dialling_data_ = nullptr;
  if (!made) co_return unreachable(std::move(made.error()));
  co_return made;
}

net::task<result<void>> session::begin(std::string verb, std::string argument, std::uint64_t restart) {
  if (restart > 0) {
    auto said = co_await demand("REST", std::to_string(restart));
    if (!said) co_return std::unexpected(said.error());
  }
  co_return co_await send(*proto::format_command(verb, argument));
}

// The 125 or 150; a final reply that came before it; or none yet, when data came first.
net::task<result<reply>> session::first_reply(net::stream* channel, std::string verb) {
  result<reply> said;
  if (channel) {
    said = co_await control_->read(limit::early_data, verb);
    if (!said && said.error().id == "reply.timeout") {
      if (co_await channel->ready(net::interest::read, on().now()) == net::wait_status::ready) co_return reply{};
      said = co_await receive(how_.wait.reply, verb);
    } else if (said) {
      heard(*said);
    } else {
      co_return said.error().id == "control.interrupted" ? lost(stopped().error()) : lost(std::move(said.error()));
    }
  } else {
    said = co_await receive(how_.wait.reply, verb);
  }
  if (!said) co_return said;
  if (said->code == code::service_unavailable) co_return lost(refusal(*said));
  if (said->preliminary() || said->completion()) co_return said;
  co_return std::unexpected(refusal(*said));
}

net::task<result<transfer::data_offer>> session::announce(rung way) {
  auto here = local().address();
  if (how_.data.listen_on) here = *how_.data.listen_on;
  if (!how_.data.listen_on && !how_.data.interface.empty()) {
    auto found = interface_address(how_.data.interface, here.is_v4());
    if (!found) co_return fail("data.way.failed", found.error().cause);
    here = *found;
  }
  auto offer = transfer::data_offer::passive(around_.through, here, how_.data.ports, peer().address());
  if (!offer) co_return fail("data.way.failed", offer.error().cause);
  const auto named = plain(how_.data.external.value_or(here));
  if (way == rung::port && !named.is_v4()) co_return fail("data.way.failed", "PORT knows IPv4 only");
  if (auto sent = co_await send(port_command(way, named, offer->where().port()) + "\r\n"); !sent) {
    co_return fail("data.way.unanswered", sent.error().cause);
  }
  auto said = co_await receive_final(how_.wait.data_reply, std::string(name_of(way)));
  if (!said) co_return fail("data.way.unanswered", said.error().cause);
  if (said->code == code::service_unavailable) co_return lost(refusal(*said));
  if (!said->completion()) co_return fail("data.way.refused", refusal(*said).cause);
  co_return offer;
}

// The server's connection and its reply come in any order, and either may not come at all.
net::task<result<void>> session::await_active(data_channel& data, transfer::data_offer offer, std::string verb) {
  net::event arrived(on());
  result<std::unique_ptr<net::stream>> made = nullptr;
  waiting_ = &offer;
  on().spawn([](session& self, transfer::data_offer& from, auto& out, net::event& over) -> net::task<> {
    out = co_await from.open(self.around_.through, self.on().now() + self.how_.wait.data_open);
    over.set();
    if (self.control_) self.control_->stream().cancel(net::interest::read);
  }(*this, offer, made, arrived));

  auto first = co_await first_reply(nullptr, verb);
  if (!first) offer.cancel();
  co_await arrived.wait();
  waiting_ = nullptr;
  if (!first) co_return std::unexpected(first.error());
  if (!made) {
    // The server still tries, and answers when it has given up.
    error why{"data.way.timeout", made.error().cause, {}};
    co_return lost(std::move(why));
  }
  data.first = std::move(*first);
  data.channel = std::move(*made);
  co_return result<void>{};
}

net::task<result<reply>> session::finish_data(data_channel& data, std::uint64_t bytes) {
  if (data.channel) {
    data.channel->close_write();
    data.channel.reset();
    data.facts.bytes = bytes;
    data.facts.took = on().now() - data.opened;
    watch().data_closed(number_, data.facts);
  }
  std::optional<reply> final;
  if (data.first.completion()) final = data.first;
  error why;
  for (std::size_t strays = 0; !final && control_ && strays < limit::stray_replies; ++strays) {
    auto said = co_await control_->read(how_.wait.final_reply, data.facts.verb);
    if (!said) {
      why = said.error();
      if (why.id == "control.interrupted") co_return lost(stopped().error());
      if (why.id == "reply.timeout") co_await poke(final);
      if (!final) drop(&why);
      break;
    }
    heard(*said);
    if (took_prepared(*said) || said->preliminary()) continue;
    final = std::move(*said);
  }
  if (!final) {
    co_return fail("reply.final",
                   fmt::format("all data has passed, but {} was not answered: {}", data.facts.verb, why.cause));
  }
  if (final->code == code::service_unavailable) co_return lost(refusal(*final));
  if (!final->completion()) co_return std::unexpected(refusal(*final));
  co_return std::move(*final);
}

// A middle box may have forgotten the connection, or the server the reply. NOOP tells which: the reply that is missing
// comes before its answer, or never.
net::task<> session::poke(std::optional<reply>& final) {
  if (!co_await send("NOOP\r\n")) co_return;
  for (int replies = 0; replies < 2; ++replies) {
    auto said = co_await control_->read(how_.wait.poke, "NOOP");
    if (!said) break;
    heard(*said);
    const bool missing = !final && said->code != code::ok && said->code != code::command_unrecognised;
    if (!missing) co_return;
    final = std::move(*said);
  }
}

net::task<> session::abort_data(data_channel& data, std::uint64_t bytes) {
  if (data.channel) data.channel->reset();
  data.channel.reset();
  data.facts.bytes = bytes;
  data.facts.took = on().now() - data.opened;
  watch().data_closed(number_, data.facts);
  if (!control_) co_return;
  // Two replies, the transfer's and ABOR's. Where they cannot be told from others the connection is not worth keeping.
  if (prepared_) co_return drop();
  if (auto sent = co_await send("ABOR\r\n"); !sent) co_return;
  for (int replies = data.first.completion() ? 1 : 0; replies < 2 && control_;) {
    auto said = co_await control_->read(how_.wait.close, "ABOR");
    if (!said) co_return drop(&said.error());
    heard(*said);
    if (!said->preliminary()) ++replies;
  }
}

net::task<> session::prepare_data() {
  if (!pipelines_ || !more_follows || prepared_ || next_port_ || !rung_ || !passive(*rung_) || !control_) co_return;
  const auto way = *rung_;
  if (co_await send(fmt::format("{}\r\n", name_of(way)))) prepared_ = way;
}

// Whether the reply is the one to what was asked in advance: it may overtake the transfer's own.
bool session::took_prepared(const reply& what) {
  if (!prepared_ || (what.code != code::passive && what.code != code::extended_passive)) return false;
  if (auto at = port_in(*prepared_, what)) next_port_ = *at;
  prepared_.reset();
  return true;
}

net::task<result<void>> session::take_prepared() {
  if (!prepared_) co_return result<void>{};
  const auto way = *prepared_;
  auto said = co_await control_->read(how_.wait.data_reply, std::string(name_of(way)));
  if (!said)
    co_return said.error().id == "control.interrupted" ? lost(stopped().error()) : lost(std::move(said.error()));
  heard(*said);
  if (took_prepared(*said)) co_return result<void>{};
  // Refused, in its turn: not a server to ask in advance.
  prepared_.reset();
  pipelines_ = false;
  co_return result<void>{};
}

}  // namespace ferry::client
