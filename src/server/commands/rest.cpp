// REST, RFC 3659 §5; ALLO, RFC 959 §4.1.3: what prepares a transfer.
#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task rest(session& s, argument given) {
  auto at = proto::parse_offset(given.text);
  if (!at) co_return reply{code::bad_argument, "That is no position in a file."};
  s.now.restart = *at;
  co_return reply{code::pending_further, "The next transfer starts at byte " + std::to_string(*at) + "."};
}

reply_task allo(session& s, argument given) {
  auto record = given.text.find(" R ");
  auto wanted = proto::parse_offset(std::string_view(given.text).substr(0, record));
  if (!wanted ||
      (record != std::string::npos && !proto::parse_offset(std::string_view(given.text).substr(record + 3)))) {
    co_return reply{code::bad_argument, "Use: ALLO <bytes> [R <record size>]"};
  }
  auto room = co_await s.files().available(s.now.cwd);
  if (!room) co_return reply{code::superfluous, "No room is set aside here; just send the file."};
  if (room->free < *wanted)
    co_return reply{code::insufficient_storage, "There is room for " + std::to_string(room->free) + " bytes only."};
  co_return reply{code::ok, "There is room for that."};
}

}  // namespace ferry::server::commands
