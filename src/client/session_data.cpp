// The session's data connections: the ladder EPSV, PASV, EPRT, PORT (RFC 959 §3.2, RFC 2428).
#include <fmt/format.h>

#include <algorithm>

#include "client/errors.hpp"
#include "client/interface_address.hpp"
#include "client/limits.hpp"
#include "client/session.hpp"
#include "client/transfer_kinds.hpp"
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

// Boxes that read the commands treat what they cannot read otherwise.
std::string session::host_and_protection() const { return private_data_ ? where_.host + "/tls" : where_.host; }

std::vector<rung> session::ladder() const {
  const bool v4 = plain(peer().address()).is_v4();
  std::vector<rung> passives, actives;
  // IPv6 has no other.
  if (!v4 || (how_.data.epsv && features_.may("EPSV"))) passives.push_back(rung::epsv);
  if (v4) passives.push_back(rung::pasv);
  if (!v4 || (how_.data.eprt && features_.may("EPRT"))) actives.push_back(rung::eprt);
  if (v4) actives.push_back(rung::port);

  using order = enum data_settings::order;
  if (how_.data.only) return {*how_.data.only};
  std::vector<rung> out;
  if (how_.data.ladder == order::active_first || how_.data.ladder == order::active_only) std::swap(passives, actives);
  out = std::move(passives);
  if (how_.data.ladder == order::passive_first || how_.data.ladder == order::active_first) {
    out.insert(out.end(), actives.begin(), actives.end());
  }
  auto best = rung_ ? rung_ : around_.routes.best(host_and_protection());
  if (auto at = best ? std::ranges::find(out, *best) : out.end(); at != out.end()) std::rotate(out.begin(), at, at + 1);
  return out;
}

net::task<result<data_channel>> session::open_data(std::string verb, std::string argument, transfer_start from) {
  if (!control_) co_return fail("control.closed", "there is no control connection");
  if (auto line = line_of(verb, argument); !line) co_return std::unexpected(line.error());
  if (begins_there_) {
    auto ours = co_await begin_tls_there(false);
    if (!ours) co_return std::unexpected(ours.error());
  }
  if (auto ok = co_await agree_on(mode_for(from)); !ok) co_return std::unexpected(ok.error());
  const bool read_ahead = !is_upload(verb) && !ahead_.empty();
  if (kept_ && !read_ahead && kept_->channel->peer_closed()) drop_kept();
  if (kept_) {
    auto made = co_await go_on(verb, argument, from);
    if (made || !of_the_way(made.error())) co_return made;
    // It has been closed meanwhile.
  }
  const auto type = type_;
  std::string causes;
  const auto ways = ladder();
  for (auto way : ways) {
    if (cancelled_) co_return stopped();
    if (!control_) {
      // A way that broke the connection, or left an answer that may still come.
      if (auto ok = co_await open(); !ok) co_return std::unexpected(ok.error());
      auto ok = co_await set_type(type.value_or(how_.type));
      if (ok) ok = co_await agree_on(mode_for(from));
      if (!ok) co_return std::unexpected(ok.error());
    }
    moved = {};
    watch().data_tried(number_, way);
    others_left_ = way != ways.back();
    auto made = co_await climb(way, verb, argument, from);
    if (made) {
      rung_ = way;
      around_.routes.worked(host_and_protection(), way);
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

net::task<result<data_channel>> session::climb(rung way, std::string verb, std::string argument, transfer_start from) {
  data_channel data{.channel{}, .facts{.way = way}, .transfer{}, .mode = mode_, .ahead{}};
  result<void> ok;
  if (passive(way)) {
    auto made = co_await connect_passive(way);
    if (!made) co_return std::unexpected(made.error());
    data.channel = std::move(*made);
    auto transfer = co_await begin(way, verb, std::move(argument), from);
    if (!transfer) co_return std::unexpected(transfer.error());
    data.transfer = std::move(*transfer);
    start_tls(data);
    if (!unasked(from) || private_data_) ok = co_await begun(data.transfer, data.channel);
  } else {
    auto offer = co_await announce(way);
    if (!offer) co_return std::unexpected(offer.error());
    auto transfer = co_await begin(way, verb, std::move(argument), from);
    if (!transfer) co_return std::unexpected(transfer.error());
    data.transfer = std::move(*transfer);
    ok = co_await await_active(data, std::move(*offer));
  }
  if (ok && private_data_) ok = co_await secure(data);
  if (!ok) {
    // One that is not secured yet serves no other.
    if (refused_whole(ok.error()) && !private_data_) yield_file(data);
    co_return std::unexpected(ok.error());
  }
  if (keeps(mode_)) data.channel->no_delay();
  started(data, std::move(verb));
  co_return data;
}

void session::started(data_channel& data, std::string verb) {
  data.opened = moved.started = on().now();
  data.facts.local = data.channel->local();
  data.facts.peer = data.channel->peer();
  data.facts.verb = std::move(verb);
  watch().data_opened(number_, data.facts);
}

net::task<result<std::unique_ptr<net::stream>>> session::connect_passive(rung way) {
  if (spare_ && spare_->way == way) {
    auto prepared = spare_;
    auto said = co_await answer(prepared->port, how_.wait.data_reply);
    if (!said) co_return fail("data.way.unanswered", said.error().cause);
    co_await prepared->over.wait();
    spare_.reset();
    if (prepared->made) co_return std::move(prepared->made);
    // What was asked in advance did not hold: this server is asked each time from now on.
    pipelines_ = false;
    if (!rung_ && others_left_) co_return std::unexpected(std::move(prepared->made.error()));
  }
  auto sent = co_await ask(std::string(name_of(way)));
  if (!sent) co_return fail("data.way.unanswered", sent.error().cause);
  auto said = co_await answer(*sent, how_.wait.data_reply);
  if (!said) co_return fail("data.way.unanswered", said.error().cause);
  if (said->code == code::service_unavailable) co_return lost(refusal(*said));
  auto at = port_in(way, *said);
  if (!at) co_return std::unexpected(at.error());
  co_return co_await dial_data(*at);
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

// A firewall that drops packets says nothing: where another way may lead there, this one is not waited for long.
std::chrono::milliseconds session::dial_limit() const {
  return others_left_ && !rung_ ? std::min(how_.wait.data_try, how_.wait.data_open) : how_.wait.data_open;
}

net::task<result<std::unique_ptr<net::stream>>> session::dial_data(net::endpoint to) {
  net::dial_ticket ticket;
  dialling_data_ = &ticket;
  const net::dial_options how{
      .from = net::endpoint(local().address(), 0), .ticket = &ticket, .deadline = on().now() + dial_limit()};
  auto made = co_await around_.through.dial(to, how);
  dialling_data_ = nullptr;
  if (!made) co_return unreachable(std::move(made.error()));
  co_return made;
}

// The transfer command; behind it, what the caller will ask, and by itself, for firewalls that read it, the question
// for the next data connection.
net::task<result<asked>> session::begin(rung way, std::string verb, std::string argument, transfer_start from) {
  if (from.at > 0) {
    auto said = co_await demand("REST", std::to_string(from.at));
    if (!said) co_return std::unexpected(said.error());
  }
  const auto line = *line_of(verb, argument);
  asked transfer;
  // Uploads are never asked for ahead: what was, stays.
  if (!is_upload(verb)) transfer = co_await claim(line);
  if (!transfer) {
    // What is planned already need only be sent.
    if (std::ranges::find(planned_, line) == planned_.end()) planned_.insert(planned_.begin(), line);
    const auto before = static_cast<std::ptrdiff_t>(ahead_.size());
    co_await ask_now();
    const auto sent = std::find_if(ahead_.begin() + std::min(before, std::ssize(ahead_)), ahead_.end(),
                                   [&](const asked& each) { return each->line == line; });
    if (sent != ahead_.end()) {
      transfer = std::move(*sent);
      ahead_.erase(sent);
    }
  }
  co_await ask_now();
  if (more_follows && passive(way) && !keeps(mode_)) co_await ask_spare(way);
  if (cancelled_) co_return stopped();
  if (!control_ || !transfer) {
    co_return fail("control.closed", "the control connection broke when the transfer was to begin");
  }
  co_return transfer;
}

// Until the 125 or 150 is there, or a final reply that came before it, or data that came first. A server that is to
// make the connection says nothing until it has: it is given the time `to_reach` us for that alone.
net::task<result<void>> session::begun(asked transfer, const std::unique_ptr<net::stream>& channel,
                                       std::chrono::milliseconds to_reach) {
  const std::string verb(transfer->verb());
  const auto reached = on().now() + to_reach;
  bool early = true;
  while (!transfer->first && !transfer->final) {
    const bool to_come = to_reach > 0ms && !channel;
    auto wait = early ? std::chrono::milliseconds(limit::early_data) : how_.wait.reply;
    if (to_come) wait = std::chrono::ceil<std::chrono::milliseconds>(std::max(duration(), reached - on().now()));
    auto heard = co_await hear(wait, verb);
    if (heard) continue;
    const bool silent = heard.error().id == "reply.timeout";
    if (silent && to_come) co_return result<void>{};
    if (!silent || !early) co_return lost(std::move(heard.error()));
    early = false;
    if (!channel) continue;
    auto data = co_await channel->ready(net::interest::read, on().now());
    if (data == net::wait_status::ready) break;
  }
  if (!transfer->final) co_return result<void>{};
  if (transfer->final->code == code::service_unavailable) co_return lost(refusal(*transfer->final));
  if (!transfer->final->completion()) co_return std::unexpected(refusal(*transfer->final));
  co_return result<void>{};
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
  auto named = plain(here);
  if (how_.data.external && plain(*how_.data.external).is_v4() == named.is_v4()) named = plain(*how_.data.external);
  if (way == rung::port && !named.is_v4()) co_return fail("data.way.failed", "PORT knows IPv4 only");
  auto sent = co_await ask(port_command(way, named, offer->where().port()));
  if (!sent) co_return fail("data.way.unanswered", sent.error().cause);
  auto said = co_await answer(*sent, how_.wait.data_reply);
  if (!said) co_return fail("data.way.unanswered", said.error().cause);
  if (said->code == code::service_unavailable) co_return lost(refusal(*said));
  if (!said->completion()) co_return fail("data.way.refused", refusal(*said).cause);
  co_return offer;
}

// The first of the handshake leaves behind the command; the server begins with it when it has accepted that.
void session::start_tls(data_channel& data) {
  if (!private_data_) return;
  auto made = std::make_unique<net::tls_stream>(std::move(data.channel), *tls_);
  made->try_handshake();
  data.channel = std::move(made);
}

net::task<result<void>> session::secure(data_channel& data) {
  auto& tls = static_cast<net::tls_stream&>(*data.channel);
  auto ok = co_await transfer::shake_hands(tls, transfer::resumption::off, moved, on().now() + how_.wait.data_open);
  data.facts.resumed = ok && tls.resumed();
  if (ok) co_return ok;
  if (cancelled_) co_return stopped();
  // The server may have said why.
  data.channel.reset();
  while (!data.transfer->final && control_) {
    if (auto heard = co_await hear(how_.wait.close, "the data connection"); !heard) break;
  }
  if (data.transfer->final && !data.transfer->final->completion()) {
    ok.error().cause += "; the server: " + refusal(*data.transfer->final).cause;
  }
  co_return lost(std::move(ok.error()));
}

// The server's connection and its reply come in any order, and either may not come at all.
net::task<result<void>> session::await_active(data_channel& data, transfer::data_offer offer) {
  net::event arrived(on());
  result<void> reached;
  waiting_ = &offer;
  on().spawn([](session& self, transfer::data_offer& from, data_channel& into, result<void>& out,
                net::event& over) -> net::task<> {
    auto made = co_await from.open(self.around_.through, self.on().now() + self.dial_limit());
    if (made)
      into.channel = std::move(*made);
    else
      out = std::unexpected(made.error());
    over.set();
  }(*this, offer, data, reached, arrived));

  auto ok = co_await begun(data.transfer, data.channel, dial_limit());
  if (!ok) offer.cancel();
  co_await arrived.wait();
  waiting_ = nullptr;
  if (ok && data.channel) start_tls(data);
  if (!ok) co_return ok;
  if (!reached) {
    // The server still tries, and answers when it has given up.
    error why{"data.way.timeout", reached.error().cause, {}};
    co_return lost(std::move(why));
  }
  co_return ok;
}

void session::leave_data(data_channel& data, std::uint64_t bytes) {
  if (!data.channel) return;
  data.facts.bytes = bytes;
  data.facts.took = on().now() - data.opened;
  watch().data_closed(number_, data.facts);
  if (data.in_step) {
    kept_.emplace(std::move(data.channel), data.facts.way, std::move(data.ahead));
  } else {
    data.channel->close_write();
    if (keeps(data.mode)) drop_kept();
  }
}

net::task<result<reply>> session::finish_data(data_channel& data, std::uint64_t bytes) {
  leave_data(data, bytes);
  // Kept until the server has answered: a connection that is closed with something unread breaks under what was sent.
  const auto held = std::move(data.channel);
  co_return co_await conclude(data.transfer);
}

net::task<result<reply>> session::conclude(asked to) {
  auto& transfer = *to;
  const std::string verb(transfer.verb());
  const auto mode = mode_;
  error why{"control.closed", "the control connection is another by now", {}};
  while (!transfer.final && !transfer.lost) {
    auto heard = co_await hear(how_.wait.final_reply, verb);
    if (heard) continue;
    why = heard.error();
    if (why.id == "session.cancelled") co_return std::unexpected(why);
    if (why.id == "reply.timeout") co_await poke(transfer);
    if (!transfer.final) drop(&why);
    break;
  }
  if (!transfer.final) {
    // One that takes no end of a file from a block waits for that of the connection.
    if (keeps(mode) && !mode_proven_ && why.id == "reply.timeout") distrust(mode);
    co_return fail("reply.final", fmt::format("all data has passed, but {} was not answered: {}", verb, why.cause));
  }
  const auto& said = *transfer.final;
  if (said.code == code::service_unavailable && !transfer.lost) co_return lost(refusal(said));
  // These say that the server has closed the data connection, others that it has not.
  const bool closed =
      said.code == code::closing_data || said.code == code::cannot_open_data || said.code == code::connection_closed;
  if (keeps(mode_) && closed) drop_kept();
  if (!said.completion()) co_return std::unexpected(refusal(said));
  mode_proven_ |= keeps(mode);
  co_return said;
}

// A middle box may have forgotten the connection, or the server the reply. NOOP tells which: the reply that is missing
// comes before its answer, or never.
net::task<> session::poke(exchange& transfer) {
  // Where more is under way, its answers would have told.
  if (control_->unanswered().size() > 1) co_return;
  auto noop = co_await ask("NOOP");
  if (!noop) co_return;
  auto heard = co_await hear(how_.wait.poke, "NOOP");
  if (!heard || !transfer.final) co_return;
  const auto said = transfer.final->code;
  if (said == code::ok || said == code::command_unrecognised) transfer.final.reset();
}

net::task<> session::abort_data(data_channel& data, std::uint64_t bytes) {
  if (data.channel) data.channel->reset();
  data.channel.reset();
  data.facts.bytes = bytes;
  data.facts.took = on().now() - data.opened;
  watch().data_closed(number_, data.facts);
  drop_kept();
  planned_.clear();
  co_await abort(data.transfer, data.mode);
}

// Where no data connection is left, the transfers that were sent behind it come to nothing.
net::task<> session::abort(asked transfer, transfer::transfer_mode mode) {
  if (!control_) co_return;
  // What was sent behind the transfer stands before ABOR, and a server may take it in that order.
  if (!keeps(mode) && control_->unanswered().size() > (transfer->final ? 0u : 1u)) co_return drop();
  control_->uninterrupt();
  auto stop = co_await ask("ABOR");
  if (!stop) co_return;
  const auto until = on().now() + how_.wait.close;
  while (control_ && !control_->unanswered().empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - on().now());
    if (left <= 0ms) co_return drop();
    auto heard = co_await hear(left, "ABOR");
    if (!heard) co_return drop(&heard.error());
  }
}

net::task<> session::prepare_data() {
  if (kept_) co_return;
  const auto way = ladder().front();
  if (passive(way)) co_await ask_spare(way);
}

net::task<> session::ask_spare(rung way) {
  if (!pipelines_ || !prepares_ || spare_) co_return;
  auto port = co_await ask(std::string(name_of(way)));
  if (!port) co_return;
  spare_ = std::make_shared<spare>(on());
  spare_->way = way;
  spare_->port = std::move(*port);
}

// Its port is known.
void session::dial_spare() {
  auto at = port_in(spare_->way, *spare_->port->final);
  if (!at) {
    spare_->made = std::unexpected(at.error());
    spare_->over.set();
    return;
  }
  const net::dial_options how{
      .from = net::endpoint(local().address(), 0), .ticket = &spare_->ticket, .deadline = on().now() + dial_limit()};
  on().spawn([](net::network& through, std::shared_ptr<spare> what, net::endpoint to,
                net::dial_options options) -> net::task<> {
    what->made = co_await through.dial(to, options);
    if (!what->made) what->made = unreachable(std::move(what->made.error()));
    what->over.set();
  }(around_.through, spare_, *at, how));
}

void session::drop_spare() {
  if (!spare_) return;
  spare_->ticket.cancel();
  spare_.reset();
}

}  // namespace ferry::client
