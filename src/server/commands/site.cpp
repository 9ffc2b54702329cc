// SITE and its commands, RFC 959 §4.1.3.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task site(session& s, argument given) { return site_help(s, std::move(given)); }

reply_task site_help(session&, argument) {
  reply out{code::help, std::vector<std::string>{"The SITE commands:"}};
  for (const row& each : command_table()) {
    if (each.verb.starts_with("SITE ")) out.lines.push_back(fmt::format(" {} {}", each.verb, each.syntax));
  }
  out.lines.emplace_back("End");
  co_return out;
}

reply_task site_chmod(session& s, argument given) {
  const auto mode = proto::parse_octal(given.word, 0777);
  if (!mode) co_return reply{code::bad_argument, "That is no mode from 000 to 777."};
  auto done = co_await s.files().set_mode(given.path, static_cast<std::uint16_t>(*mode));
  if (!done) co_return transfer::refusal(done.error());
  s.around.journal.changed(s.facts, "SITE CHMOD", given.path.text());
  co_return reply{code::ok, fmt::format("Mode is now {:03o}.", *mode)};
}

reply_task site_idle(session& s, argument given) {
  if (!given.text.empty()) {
    const auto seconds = proto::parse_decimal(given.text);
    if (!seconds || *seconds == 0) co_return reply{code::bad_argument, "That is no number of seconds."};
    const auto most = static_cast<std::uint64_t>(s.limit().idle_max.count());
    s.idle = std::chrono::seconds(std::min(*seconds, most));
  }
  co_return reply{code::ok, fmt::format("A session may be idle for {} seconds; at most {}.", s.idle.count(),
                                        s.limit().idle_max.count())};
}

reply_task site_utime(session& s, argument given) {
  if (given.word.size() == 12) given.word += "00";
  auto when = proto::parse_timestamp(given.word);
  if (!when) co_return reply{code::bad_argument, "That is no time of the form YYYYMMDDhhmm[ss]."};
  auto done = co_await s.files().set_modified(given.path, *when);
  if (!done) co_return transfer::refusal(done.error());
  s.around.journal.changed(s.facts, "SITE UTIME", given.path.text());
  co_return reply{code::ok, "The time was set."};
}

reply_task site_who(session& s, argument) {
  co_return reply{code::ok, fmt::format("You come from {} port {}.", s.peer().address().to_string(), s.peer().port())};
}

}  // namespace ferry::server::commands
