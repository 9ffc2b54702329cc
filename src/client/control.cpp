#include "client/control.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/limits.hpp"

namespace ferry::client {
namespace {

std::unexpected<error> unanswered(std::string_view waiting_for, std::chrono::milliseconds limit) {
  return fail("reply.timeout", fmt::format("no answer to {} within {} s", waiting_for, limit.count() / 1000.0),
              "see whether the server or a firewall holds it up, or allow more time");
}

std::unexpected<error> broken(std::errc code) {
  return fail("control.reset", "the control connection was broken: " + std::make_error_code(code).message(), {}, code);
}

}  // namespace

net::task<result<void>> control::write(std::string lines, std::chrono::milliseconds limit) {
  const auto deadline = on_.now() + limit;
  std::string_view left = lines;
  while (!left.empty()) {
    auto io = stream_->try_write(left);
    if (io.what == net::io_result::state::moved) {
      left.remove_prefix(io.count);
    } else if (io.what != net::io_result::state::would_block) {
      co_return broken(io.code);
    } else if (co_await stream_->ready(io.wants, deadline) == net::wait_status::timed_out) {
      co_return unanswered("what is being sent", limit);
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
    if (on_.now() >= deadline) co_return unanswered(waiting_for, limit);
    std::array<char, ferry::limit::control_read> bytes;
    auto io = stream_->try_read(bytes);
    switch (io.what) {
      case net::io_result::state::moved: replies_.push({bytes.data(), io.count}); break;
      case net::io_result::state::would_block: co_await stream_->ready(io.wants, deadline); break;
      case net::io_result::state::end:
        co_return fail("control.closed", fmt::format("the server ended the control connection{}",
                                                     replies_.inside_reply() ? " within a reply"
                                                                             : " without an answer to " + waiting_for));
      case net::io_result::state::failed: co_return broken(io.code);
    }
  }
}

void control::interrupt() {
  interrupted_ = true;
  stream_->cancel(net::interest::read);
}

}  // namespace ferry::client
