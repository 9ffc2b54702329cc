// TYPE, STRU, MODE: RFC 959 §3.1, §3.4.
#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task type(session& s, argument given) {
  auto wanted = proto::to_upper(given.text);
  if (wanted == "A" || wanted == "A N") {
    s.now.type = representation::ascii;
    co_return reply{code::ok, "Type A: text, lines end with CR LF."};
  }
  if (wanted == "I" || wanted == "L 8") {
    s.now.type = representation::image;
    co_return reply{code::ok, "Type I: bytes as they are."};
  }
  const bool known =
      wanted == "A T" || wanted == "A C" || wanted == "E" || wanted.starts_with("E ") || wanted.starts_with("L");
  co_return known ? reply{code::argument_not_implemented, "That type is not offered; use A, I or L 8."}
                  : reply{code::bad_argument, "There is no such type; use A, I or L 8."};
}

reply_task stru(session&, argument given) {
  auto wanted = proto::to_upper(given.text);
  if (wanted == "F") co_return reply{code::ok, "Structure F: a file is a run of bytes."};
  co_return wanted == "R" || wanted == "P"
      ? reply{code::argument_not_implemented, "That structure is not offered; use F."}
      : reply{code::bad_argument, "There is no such structure; use F."};
}

reply_task mode(session&, argument given) {
  auto wanted = proto::to_upper(given.text);
  if (wanted == "S") co_return reply{code::ok, "Mode S: a stream of bytes."};
  co_return wanted == "B" || wanted == "C" || wanted == "Z"
      ? reply{code::argument_not_implemented, "That mode is not offered; use S."}
      : reply{code::bad_argument, "There is no such mode; use S."};
}

}  // namespace ferry::server::commands
