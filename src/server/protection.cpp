// The control connection goes under TLS and out of it (RFC 4217 §4, §11, §12); data connections go under it.
#include "base/limits.hpp"
#include "server/session.hpp"
#include "transfer/protect.hpp"

namespace ferry::server {

using net::io_result;

// A line that came ahead of the handshake may have been slipped in by anybody on the way; nothing of it is heard.
net::task<> session::protect(bool data_too) {
  if (!held_.empty() || decoder_.discard() > 0) co_return give_up_tls("commands came ahead of the TLS handshake");
  auto name = now.host ? now.host->names.front() : std::string();
  auto under = std::make_unique<net::tls_stream>(std::move(control_), around.tls.now(), std::move(name));
  tls_ = under.get();
  control_ = std::move(under);
  if (around.how.tls.bear_truncation) tls_->bear_truncation();
  const auto deadline = std::min(on.now() + ferry::limit::tls_handshake, login_until_);
  for (;;) {
    auto io = tls_->try_handshake();
    if (io.what == io_result::state::moved) break;
    if (io.what == io_result::state::failed) co_return give_up_tls(tls_->handshake_error().cause);
    if (abandoned_) co_return give_up_tls("the server stops");
    if (co_await control_->ready(io.wants, deadline) == net::wait_status::timed_out) {
      co_return give_up_tls("the TLS handshake did not end in time");
    }
  }
  now.tls = {.control = true, .data = data_too};
  if (const auto* named = find_host(tls_->asked_name())) now.host = named;
  facts.tls = tls_->description();
}

// In the clear, whoever goes on need not be who showed it.
accounts::certificate session::certificate_shown() const {
  if (!now.tls.control) return {};
  return {tls_->peer_name(), tls_->peer_key()};
}

void session::give_up_tls(std::string_view why) {
  around.journal.refused(facts, refusal::connection, "TLS", why);
  closing_ = gone_ = broken_ = true;
}

// Both ends say that no more is protected; then the connection is as it was (CCC, REIN).
net::task<> session::clear() {
  const auto deadline = on.now() + ferry::limit::tls_handshake;
  std::array<char, ferry::limit::control_read> ignored;
  bool said = false;
  for (bool ended = false; !said || !ended;) {
    auto io = !said ? tls_->try_finish() : tls_->try_read(ignored);
    ended = said && io.what == io_result::state::end;
    if (io.what == io_result::state::failed) co_return give_up_tls("the connection broke as TLS was to end");
    if (io.what == io_result::state::would_block) {
      const auto came = co_await control_->ready(io.wants, deadline);
      if (abandoned_ || came == net::wait_status::timed_out) co_return give_up_tls("the peer did not end TLS in time");
    } else {
      said = true;
    }
  }
  auto clear = tls_->release();
  spent_ = std::exchange(control_, std::move(clear));
  if (now.tls.data) co_return;  // data connections go on to resume its session
  tls_ = nullptr;
  spent_.reset();
}

// Between two servers nobody can resume this control connection's session, and nobody knows which certificate the
// other should show.
net::task<result<void>> session::secure(transfer_run& run, bool begins, time_point deadline) {
  const bool file = find_row(run.facts.verb)->needs != accounts::right::list;
  begins = begins || (now.begins_tls && file);
  auto how = around.how.tls.data_sessions;
  const bool excused =
      must_resume() && may_fxp(around.how.fxp, *now.home, run.channel->peer().address(), way_of(run), true);
  if (excused) how = transfer::resumption::off;
  if (begins && how == transfer::resumption::require) {
    co_return fail("data.tls.not_resumed", "no TLS session can be resumed on a data connection between two servers",
                   "the administrator can allow that (fxp.unresumed)");
  }
  auto made = begins ? std::make_unique<net::tls_stream>(std::move(run.channel), around.tls.as_client(),
                                                         net::tls_stream::bulk{})
                     : std::make_unique<net::tls_stream>(std::move(run.channel), *tls_);
  if (around.how.tls.bear_truncation) made->bear_truncation();
  auto& tls = *made;
  run.channel = std::move(made);
  co_return co_await transfer::shake_hands(tls, how, run.moved, deadline);
}

}  // namespace ferry::server
