// Data connections of this server with another: the session asks for them and never sees them (RFC 959 §5.2).
#include "client/errors.hpp"
#include "client/session.hpp"
#include "proto/extended_port.hpp"
#include "proto/host_port.hpp"

namespace ferry::client {
namespace {

// Whatever kept a server from taking part: another way may lead there.
std::unexpected<error> no_way(const error& why) {
  if (why.id == "session.cancelled") return std::unexpected(why);
  return fail(why.id.starts_with("remote.") ? "data.way.refused" : "data.way.unanswered", why.cause);
}

}  // namespace

// The data connections of this client are no matter to other servers, nor is the mode that it likes for them.
net::task<result<void>> session::leave_own_data() {
  drop_spare();
  drop_kept();
  co_return co_await agree_on(transfer::transfer_mode::stream);
}

net::task<result<net::endpoint>> session::listen_there(bool begins_tls) {
  if (auto ok = co_await leave_own_data(); !ok) co_return no_way(ok.error());
  const auto way = peer().address().is_v4() ? rung::pasv : rung::epsv;
  std::string verb(begins_tls ? "CPSV" : name_of(way)), nothing;
  auto said = co_await command(std::move(verb), std::move(nothing), how_.wait.data_reply);
  if (!said) co_return no_way(said.error());
  co_return port_in(way, *said);
}

net::task<result<void>> session::dial_there(net::endpoint to) {
  if (auto ok = co_await leave_own_data(); !ok) co_return no_way(ok.error());
  result<proto::reply> said;
  if (to.address().is_v4()) {
    auto where = proto::format_port_argument({.address = to.address().to_v4().to_bytes(), .port = to.port()});
    said = co_await demand("PORT", std::move(where));
  } else {
    auto plain = to.address().to_v6();
    plain.scope_id(0);  // means something on this machine only
    auto where = proto::format_eprt({.family = 2, .address = plain.to_string(), .port = to.port()});
    said = co_await demand("EPRT", std::move(where));
  }
  if (!said) co_return no_way(said.error());
  if (!said->completion()) co_return fail("data.way.refused", refusal(*said).cause);
  co_return result<void>{};
}

net::task<result<void>> session::begin_tls_there(bool on) {
  if (on == begins_there_) co_return result<void>{};
  std::string wanted(on ? "ON" : "OFF");
  auto said = co_await demand("SSCN", std::move(wanted));
  if (!said) co_return no_way(said.error());
  begins_there_ = on;
  co_return result<void>{};
}

net::task<result<asked>> session::start_there(std::string verb, std::string argument, std::uint64_t at) {
  if (cancelled_) co_return stopped();
  if (auto line = line_of(verb, argument); !line) co_return std::unexpected(line.error());
  const transfer_start from{.at = at};
  co_return co_await begin(rung::port, std::move(verb), std::move(argument), from);
}

net::task<result<void>> session::hear_there(std::chrono::milliseconds limit, std::string waiting_for) {
  if (!control_) co_return fail("control.closed", "there is no control connection");
  if (cancelled_) co_return stopped();
  auto heard = co_await control_->hear(limit, std::move(waiting_for));
  control_->uninterrupt();  // wake() is for this wait alone
  if (heard) {
    watch().reply(number_, heard->what);
    co_return result<void>{};
  }
  if (heard.error().id == "control.interrupted")
    co_return cancelled_ ? stopped() : fail("session.woken", "it was woken");
  if (heard.error().id == "reply.timeout") co_return std::unexpected(heard.error());
  co_return lost(std::move(heard.error()));
}

void session::wake() {
  if (control_) control_->interrupt();
}

net::task<> session::abort_there(asked transfer) { return abort(std::move(transfer), transfer::transfer_mode::stream); }

}  // namespace ferry::client
