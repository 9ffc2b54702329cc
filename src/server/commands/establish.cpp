// ESTA, ESTP: the data connection is made ahead of the transfer, and its other end is told, so that a client can see
// whether it is its own that this server has (D. J. Bernstein, "PASV security and PORT security").
#include <fmt/format.h>

#include "proto/extended_port.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

// "|1|192.0.2.1|2048|", as EPRT has it (RFC 2428 §2).
std::string in_words(const net::endpoint& at) {
  auto address = at.address();
  if (address.is_v6()) {
    auto bare = address.to_v6();
    bare.scope_id(0);
    address = bare;
  }
  return fmt::format("|{}|{}|{}|", address.is_v4() ? 1 : 2, address.to_string(), at.port());
}

}  // namespace

// This end dials: the client has seen the address that it comes from.
reply_task esta(session& s, argument) {
  if (!s.offers(false)) co_return reply{code::bad_sequence, "Send PORT or EPRT first."};
  auto made = co_await s.establish();
  if (!made) co_return transfer::refusal(made.error());
  co_return reply{code::data_open_idle, fmt::format("Connected from ({})", in_words((*made)->local()))};
}

// The client dials: it knows which address it came from.
reply_task estp(session& s, argument) {
  if (!s.offers(true)) co_return reply{code::bad_sequence, "Send PASV or EPSV first."};
  auto made = co_await s.establish();
  if (!made) co_return transfer::refusal(made.error());
  co_return reply{code::data_open_idle, fmt::format("Connected to ({})", in_words((*made)->peer()))};
}

}  // namespace ferry::server::commands
