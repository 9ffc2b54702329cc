// The session's data connections: agreed on, made, kept for the next transfer, closed (RFC 959 §3.2, §3.3).
#include <fmt/format.h>

#include "base/limits.hpp"
#include "proto/reply_code.hpp"
#include "server/session.hpp"
#include "transfer/pump.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server {

using proto::reply;
namespace code = proto::reply_code;

session::kept_channel::kept_channel(session& of, std::unique_ptr<net::stream> open, std::string read)
    : channel(std::move(open)),
      ahead(std::move(read)),
      closes(
          of.on, of.on.now() + of.limit().data_idle, [](void* it) { static_cast<session*>(it)->close_data(); }, &of) {}

void session::offer(std::optional<transfer::data_offer> made) {
  close_data();  // RFC 959 §3.2
  withdraw();
  offer_ = std::move(made);
  if (offer_) agreed_ = true;
  if (offer_ && now.tls.data) tls_->renew_ticket();
}

void session::withdraw() {
  offer_.reset();
  made_.reset();
}

net::task<result<net::stream*>> session::establish() {
  if (stop_wanted_) offer_->cancel();
  if (!made_) made_ = offer_->at_once();
  if (!made_) {
    auto opened = co_await offer_->open(through, on.now() + limit().data_open);
    if (!opened) {
      withdraw();
      co_return std::unexpected(std::move(opened.error()));
    }
    made_ = std::move(*opened);
  }
  co_return made_.get();
}

// Between two servers nobody can resume the session of this control connection.
std::optional<net::tls_session_name> session::data_name() const {
  if (!now.tls.data || now.begins_tls) return std::nullopt;
  return tls_->session_name();
}

void session::protection_changed() {
  if (offer_ && offer_->is_passive()) offer_->expect(offer_->begins_tls ? std::nullopt : data_name());
}

void session::stop_transfer() {
  stop_wanted_ = true;
  if (running_) running_->moved.abort();
  if (offer_) offer_->cancel();
}

// Whether the transfer goes over the connection that the one before it has left open.
bool session::take_kept(transfer_run& run) {
  if (!kept_) return false;
  run.channel = std::move(kept_->channel);
  run.ahead = std::move(kept_->ahead);
  kept_.reset();
  if (!run.channel->peer_closed()) return true;
  // Where the peer has closed it, what it sent before is still to be had.
  if (run.how.framed() && run.ahead.empty()) {
    char piece[512];
    if (auto io = run.channel->try_read(piece); io.what == net::io_result::state::moved) {
      run.ahead.assign(piece, io.count);
    }
  }
  if (run.how.framed() && !run.ahead.empty()) return true;
  run.channel.reset();
  return false;
}

void session::keep(transfer_run& run) { kept_.emplace(*this, std::move(run.channel), std::move(run.ahead)); }

void session::begin(transfer_run& run) {
  running_ = &run;
  run.moved.started = on.now();
  if (stop_wanted_) run.moved.abort();
}

net::task<result<void>> session::open_data(transfer_run& run, std::string text) {
  begin(run);
  if (take_kept(run)) {
    if (auto ok = admit(run, run.channel->peer().address()); !ok) co_return ok;
    reply going_on{code::data_already_open, std::move(text)};
    co_await say(std::move(going_on));
    co_return result<void>{};
  }
  std::optional<reply> opening(std::in_place, code::opening_data, std::move(text));
  co_return co_await connect(run, std::move(opening));
}

// Makes the data connection that was agreed on; `opening` is said when its time has come.
net::task<result<void>> session::connect(transfer_run& run, std::optional<reply> opening) {
  time_point deadline = on.now() + limit().data_open;
  const bool arranged = offer_.has_value();
  if (!arranged && agreed_ && now.parameters.keeps_connection()) {
    co_return fail("data.none", "the data connection is closed", "send PASV, EPSV, PORT or EPRT for another");
  }
  if (!arranged) {
    // RFC 959 §3.2: without PASV or PORT the client's default data port is its end of the control connection.
    offer_ = transfer::data_offer::active(peer(), net::endpoint(local().address(), around.how.active_port));
    deadline = on.now() + ferry::limit::default_port;
  }
  if (stop_wanted_) offer_->cancel();
  if (made_ && opening) opening->code = code::data_already_open;
  if (!offer_->is_passive()) {
    if (auto ok = admit(run, offer_->where().address()); !ok) co_return ok;
  }
  run.channel = made_ ? std::move(made_) : offer_->at_once();
  // A passive peer may wait for the 150 before it connects; an active one listens already.
  const bool early = run.channel || offer_->is_passive();
  if (early && opening) co_await say(*opening);
  if (!run.channel) {
    auto made = co_await offer_->open(through, deadline);
    if (!made) {
      withdraw();
      if (!arranged) made.error().advice = "no data connection was agreed on: send PASV, EPSV, PORT or EPRT first";
      co_return std::unexpected(std::move(made.error()));
    }
    run.channel = std::move(*made);
    if (!early && opening) co_await say(*opening);
  }
  const bool begins_tls = offer_->begins_tls;
  withdraw();
  if (auto ok = admit(run, run.channel->peer().address()); !ok) co_return ok;
  if (now.parameters.keeps_connection()) run.channel->no_delay();
  if (now.tls.data) {
    auto ok = co_await secure(run, begins_tls, deadline);
    if (!ok) co_return ok;
  }
  run.moved.started = on.now();
  co_return result<void>{};
}

// Data may go to its client and come from it, and where a rule says so (FXP).
result<void> session::admit(transfer_run& run, const net::address& with) const {
  if (with == peer().address()) return {};
  run.facts.data_peer = with.to_string();
  return admit_foreign(around.how.fxp, *now.home, with, way_of(run));
}

data_way session::way_of(const transfer_run& run) {
  return find_row(run.facts.verb)->uploads() ? data_way::receive : data_way::send;
}

reply session::finish(transfer_run& run, const result<void>& outcome, std::string success) {
  const bool stays_open = run.channel && run.in_step && !stop_wanted_;
  // The peer goes on sending what has no place any more; where it counts on it, that is read to its end.
  const bool owed = run.channel && !run.in_step && !outcome && now.pipelined && run.how.keeps_connection() &&
                    outcome.error().id.starts_with("storage.");
  auto said = transfer::verdict(outcome, std::move(success), stays_open);
  if (run.how.suspect() > 0)
    said.lines.back() += fmt::format(" The sender marked {} bytes as suspect.", run.how.suspect());
  if (run.channel && !outcome && !stays_open && !owed) run.channel->reset();
  running_ = nullptr;
  withdraw();
  run.facts.bytes = run.moved.content;
  run.facts.took = on.now() - run.moved.started;
  run.facts.code = said.code;
  if (!outcome) {
    run.facts.error = outcome.error().id;
    run.facts.cause = outcome.error().cause;
  }
  around.journal.transferred(facts, run.facts);
  journaled_ = true;
  if (stays_open) keep(run);
  if (owed) {
    owed_ = std::make_unique<transfer_run>(std::move(run));
  } else {
    run.channel.reset();
  }
  return said;
}

// With OPTS MODE B PIPELINE a client sends its files without waiting: an upload that is refused, or that fails halfway,
// takes its file from the data connection all the same, so that the next upload meets the next file.
net::task<> session::skip_refused(const row& command, bool begun) {
  if (!command.uploads() || !now.pipelined || !now.parameters.keeps_connection() || closing_) co_return;
  if (!begun && (kept_ || offer_)) {
    owed_ = std::make_unique<transfer_run>();
    owed_->facts.verb = command.verb;
    owed_->how = transfer::decoding(now.parameters);
  }
  if (!owed_) co_return;
  auto skipping = skip_owed();
  auto aborted = co_await beside(std::move(skipping), true);
  owed_.reset();
  if (!aborted) co_return;
  close_data();
  co_await answer(find_row("ABOR"), std::move(*aborted));
}

net::task<> session::skip_owed() {
  transfer_run& run = *owed_;
  running_ = &run;
  run.moved.started = on.now();
  if (stop_wanted_) run.moved.abort();
  if (!run.channel && !take_kept(run)) {
    std::optional<reply> nothing;
    auto made = co_await connect(run, std::move(nothing));
    if (!made) run.channel.reset();
  }
  if (run.channel) {
    transfer::pump pump{on, *run.channel, run.moved, limit().stalled};
    auto skipped = co_await pump.skip(run.how, run.ahead);
    if (pump.in_step && !stop_wanted_) {
      keep(run);
    } else {
      run.channel->reset();
    }
  }
  running_ = nullptr;
}

}  // namespace ferry::server
