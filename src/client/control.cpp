#include "client/control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.hpp"
#include "client/limits.hpp"
#include "proto/command.hpp"
#include "proto/reply_code.hpp"

namespace ferry::client {
namespace {

namespace code = proto::reply_code;

std::unexpected<error> unanswered_after(std::string_view waiting_for, std::chrono::milliseconds limit) {
  return fail("reply.timeout", fmt::format("no answer to {} within {} s", waiting_for, limit.count() / 1000.0),
              "see whether the server or a firewall holds it up, or allow more time");
}

std::unexpected<error> lost_with(std::errc code) {
  return fail("control.reset", "the control connection was broken: " + std::make_error_code(code).message(), {}, code);
}

bool asks_for_port(const asked& what) { return what->verb() == "EPSV" || what->verb() == "PASV"; }

}  // namespace

result<std::string> line_of(std::string_view verb, std::string_view argument) {
  auto line = proto::format_command(verb, argument);
  if (!line || verb.find_first_of("\r\n") != verb.npos || argument.contains('\r')) {
    return fail("command.control", fmt::format("the argument of {} holds a line's end or a NUL", verb),
                "FTP cannot name it: rename it by other means");
  }
  line->resize(line->size() - 2);
  return std::move(*line);
}

control::~control() {
  for (auto& each : unanswered_) each->lost = true;
}

asked control::expect(std::string what) {
  return unanswered_.emplace_back(std::make_shared<exchange>(exchange{.line = std::move(what), .first{}, .final{}}));
}

net::task<result<std::vector<asked>>> control::ask(std::vector<std::string> lines, std::chrono::milliseconds limit) {
  std::string bytes;
  for (const auto& each : lines) bytes += each + "\r\n";
  auto sent = co_await write(std::move(bytes), limit);
  if (!sent) co_return std::unexpected(sent.error());
  std::vector<asked> out;
  for (auto& each : lines) out.push_back(expect(std::move(each)));
  co_return out;
}

net::task<result<control::heard>> control::hear(std::chrono::milliseconds limit, std::string waiting_for) {
  auto said = co_await read(limit, std::move(waiting_for));
  if (!said) co_return std::unexpected(said.error());
  auto to = answered_by(*said);
  // Who waits for a final reply waits no longer because of what is none.
  inconclusive_ = to && to->final ? 0 : inconclusive_ + 1;
  if (inconclusive_ > ferry::limit::stray_replies) {
    co_return fail("reply.garbage", "the server sends replies without end, and none of them is final");
  }
  co_return heard{std::move(*said), std::move(to)};
}

asked control::answered_by(const proto::reply& what) {
  auto at = unanswered_.begin();
  // Some servers answer this before the transfer that is under way, and some boxes let EPSV vanish: what succeeds then
  // came behind it.
  const bool port = what.code == code::passive || what.code == code::extended_passive;
  if (port || what.completion()) {
    at = std::ranges::find(unanswered_, port, asks_for_port);
    if (at == unanswered_.end()) at = unanswered_.begin();
  }
  if (at == unanswered_.end()) return nullptr;
  auto to = *at;
  (what.preliminary() ? to->first : to->final) = what;
  if (!what.preliminary()) unanswered_.erase(at);
  return to;
}

net::task<result<void>> control::write(std::string bytes, std::chrono::milliseconds limit) {
  const auto deadline = on_.now() + limit;
  std::string_view left = bytes;
  while (!left.empty()) {
    auto io = stream_->try_write(left);
    if (io.what == net::io_result::state::moved) {
      left.remove_prefix(io.count);
    } else if (io.what != net::io_result::state::would_block) {
      co_return lost_with(io.code);
    } else if (co_await stream_->ready(io.wants, deadline) == net::wait_status::timed_out) {
      co_return unanswered_after("what is being sent", limit);
    }
  }
  co_return result<void>{};
}

net::task<result<proto::reply>> control::read(std::chrono::milliseconds limit, std::string waiting_for) {
  const auto deadline = on_.now() + limit;
  proto::reply out;
  for (;;) {
    switch (replies_.next(out)) {
      case proto::reply_reader::event::reply: co_return out;
      case proto::reply_reader::event::error: co_return std::unexpected(replies_.problem());
      case proto::reply_reader::event::none: break;
    }
    if (std::exchange(interrupted_, false)) co_return fail("control.interrupted", "the wait was ended");
    // A server that never ends its reply must not keep this loop from looking at the clock.
    if (on_.now() >= deadline) co_return unanswered_after(waiting_for, limit);
    std::array<char, ferry::limit::control_read> bytes;
    auto io = stream_->try_read(bytes);
    switch (io.what) {
      case net::io_result::state::moved: replies_.push({bytes.data(), io.count}); break;
      case net::io_result::state::would_block: co_await stream_->ready(io.wants, deadline); break;
      case net::io_result::state::end:
        co_return fail("control.closed", fmt::format("the server ended the control connection{}",
                                                     replies_.inside_reply() ? " within a reply"
                                                                             : " without an answer to " + waiting_for));
      case net::io_result::state::failed: co_return lost_with(io.code);
    }
  }
}

net::task<result<net::tls_stream*>> control::protect(std::shared_ptr<const net::tls_context> with, std::string server,
                                                     std::chrono::milliseconds limit) {
  const auto deadline = on_.now() + limit;
  if (replies_.buffered() > 0 || !unanswered_.empty()) {
    co_return fail("tls.injected", "something was said ahead of the TLS handshake",
                   "somebody on the way may be changing what the server says");
  }
  auto made = std::make_unique<net::tls_stream>(std::move(stream_), std::move(with), std::move(server));
  auto* out = made.get();
  stream_ = std::move(made);
  for (;;) {
    if (std::exchange(interrupted_, false)) co_return fail("control.interrupted", "the wait was ended");
    auto io = out->try_handshake();
    if (io.what == net::io_result::state::moved) co_return out;
    if (io.what != net::io_result::state::would_block) co_return std::unexpected(out->handshake_error());
    if (co_await stream_->ready(io.wants, deadline) == net::wait_status::timed_out) {
      co_return fail("tls.timeout", "the TLS handshake did not end in time",
                     "see whether the port is one where the server begins with TLS, and whether a firewall is between");
    }
  }
}

net::task<result<void>> control::clear(std::chrono::milliseconds limit) {
  const auto deadline = on_.now() + limit;
  auto& tls = static_cast<net::tls_stream&>(*stream_);
  std::array<char, ferry::limit::control_read> ignored;
  for (bool said = false;;) {
    auto io = said ? tls.try_read(ignored) : tls.try_finish();
    if (io.what == net::io_result::state::end) break;
    if (io.what == net::io_result::state::failed) co_return lost_with(io.code);
    if (io.what == net::io_result::state::moved) {
      said = true;
    } else if (co_await stream_->ready(io.wants, deadline) == net::wait_status::timed_out) {
      co_return fail("tls.timeout", "the server did not end TLS after CCC");
    }
  }
  auto below = tls.release();
  spent_ = std::exchange(stream_, std::move(below));
  co_return result<void>{};
}

void control::interrupt() {
  interrupted_ = true;
  stream_->cancel(net::interest::read);
}

}  // namespace ferry::client
