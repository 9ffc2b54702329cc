// REST, RFC 3659 §5; RANG, draft-bryan-ftp-range; ALLO, RFC 959 §4.1.3: what prepares a transfer.
#include <fmt/format.h>

#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"
#include "server/gate.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task rest(session& s, argument given) {
  auto at = proto::parse_offset(given.text);
  if (!at) co_return reply{code::bad_argument, "That is no position in a file."};
  s.now.restart = *at;
  s.now.range.reset();
  co_return reply{code::pending_further, "The next transfer starts at byte " + std::to_string(*at) + "."};
}

reply_task rang(session& s, argument given) {
  s.now.range.reset();
  auto space = given.text.find(' ');
  auto first = proto::parse_offset(std::string_view(given.text).substr(0, space));
  auto last = space == std::string::npos ? std::nullopt : proto::parse_offset(given.text.substr(space + 1));
  const bool whole = first == 1 && last == 0;
  if (!first || !last || (*first > *last && !whole)) {
    co_return reply{code::bad_argument, "That is no range; use RANG <first byte> <last byte>."};
  }
  s.now.restart = 0;
  if (whole) co_return reply{code::pending_further, "What follows is about the whole file."};
  if (!s.now.parameters.plain()) {
    co_return reply{code::page_type_unknown, "A range is of bytes as they are: send TYPE I and STRU F first."};
  }
  s.now.range = {*first, *last + 1};
  co_return reply{code::pending_further, fmt::format("What follows is about bytes {} to {}.", *first, *last)};
}

reply_task allo(session& s, argument given) {
  auto record = given.text.find(" R ");
  auto wanted = proto::parse_offset(std::string_view(given.text).substr(0, record));
  if (!wanted ||
      (record != std::string::npos && !proto::parse_offset(std::string_view(given.text).substr(record + 3)))) {
    co_return reply{code::bad_argument, "Use: ALLO <bytes> [R <record size>]"};
  }
  s.now.allocated = 0;
  s.now.room.reset();
  if (*wanted == 0) co_return reply{code::ok, "Nothing is set aside."};
  if (!may(s.now, accounts::right::write, s.now.cwd)) {
    co_return reply{code::superfluous, "Nothing is set aside in a folder where this login may not write."};
  }
  auto held = co_await s.files().reserve(s.now.cwd, *wanted);
  if (held) {
    s.now.allocated = *wanted;
    s.now.room = std::move(*held);
    co_return reply{code::ok, fmt::format("{} bytes are set aside for the next upload.", *wanted)};
  }
  if (held.error().id == "storage.full" || held.error().id == "storage.quota") {
    co_return transfer::refusal(held.error());
  }
  co_return reply{code::superfluous, "No room can be set aside here; just send the file."};
}

}  // namespace ferry::server::commands
