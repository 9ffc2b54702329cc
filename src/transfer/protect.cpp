#include "transfer/protect.hpp"

namespace ferry::transfer {

using net::io_result;

net::task<result<void>> shake_hands(net::tls_stream& channel, resumption how, progress& moved, time_point deadline) {
  for (;;) {
    auto io = channel.try_handshake();
    if (io.what == io_result::state::moved) break;
    if (io.what != io_result::state::would_block) {
      auto why = channel.handshake_error();
      co_return fail("data.tls.failed", "on the data connection, " + why.cause, why.advice, why.code);
    }
    auto ok = co_await moved.wait(channel, io.wants, deadline);
    if (ok) continue;
    if (ok.error().id != "data.stalled") co_return ok;
    co_return fail("data.tls.timeout", "the TLS handshake on the data connection did not end in time",
                   "see whether a firewall holds up what it cannot read");
  }
  if (how == resumption::require && !channel.resumed()) {
    co_return fail("data.tls.not_resumed", "the data connection did not resume the control connection's TLS session",
                   "use a client that does, or have the administrator set tls.data_sessions to \"prefer\"");
  }
  co_return result<void>{};
}

net::task<result<std::unique_ptr<net::stream>>> protect(std::unique_ptr<net::stream> channel,
                                                        const net::tls_stream& control, resumption how, progress& moved,
                                                        time_point deadline) {
  auto out = std::make_unique<net::tls_stream>(std::move(channel), control);
  auto ok = co_await shake_hands(*out, how, moved, deadline);
  if (!ok) co_return std::unexpected(std::move(ok.error()));
  co_return std::move(out);
}

}  // namespace ferry::transfer
