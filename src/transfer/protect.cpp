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

}  // namespace ferry::transfer
