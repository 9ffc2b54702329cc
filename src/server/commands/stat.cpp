// STAT, RFC 959 §4.1.3: the session, the transfer that is under way, or a path over the control connection.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/listing.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"
#include "transfer/words.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

std::string describe(const transfer_run& run, time_point now) {
  auto seconds = std::chrono::duration<double>(now - run.moved.started).count();
  auto total = run.moved.expected ? fmt::format(" of {}", *run.moved.expected) : std::string();
  return fmt::format(" {} {}: {}{} {} in {:.1f} s, {:.0f} {}/s", run.facts.verb, run.facts.path, run.moved.bytes, total,
                     run.unit, seconds, seconds > 0 ? static_cast<double>(run.moved.bytes) / seconds : 0.0, run.unit);
}

reply about_session(session& s) {
  reply out{code::system_status, std::vector<std::string>{"ferryd"}};
  out.lines.push_back(fmt::format(" Connected from {} port {}", s.peer().address().to_string(), s.peer().port()));
  out.lines.push_back(s.now.logged_in() ? fmt::format(" Logged in as {}", s.now.home->name) : " Not logged in");
  const auto& by = s.now.parameters;
  out.lines.push_back(fmt::format(" Type {}", transfer::in_words(by.type, by.format)));
  out.lines.push_back(fmt::format(" Structure {}", transfer::in_words(by.structure)));
  out.lines.push_back(fmt::format(" Mode {}", transfer::in_words(by.mode)));
  if (auto* run = s.running()) {
    out.lines.push_back(describe(*run, s.on.now()));
  } else {
    out.lines.emplace_back(s.keeps_data() ? " The data connection is open"
                           : s.offering() ? " A data connection is agreed on"
                                          : " No data connection");
  }
  out.lines.emplace_back("End of status");
  return out;
}

}  // namespace

reply_task stat(session& s, argument given) {
  if (!given.names_a_path()) co_return about_session(s);
  auto found = co_await s.files().stat(given.path);
  if (!found && given.pattern.empty()) co_return transfer::refusal(found.error());
  const bool folder = !given.pattern.empty() || found->type == storage::kind::directory;
  reply out{folder ? code::directory_status : code::file_status, {"Status of " + std::string(given.path.text())}};
  std::string chunk;
  listing_producer lines(s.on, s.files(), s.now, given, listing_form::list, s.limit());
  for (;;) {
    auto more = co_await lines.next(chunk);
    if (!more) co_return transfer::refusal(more.error());
    if (!*more) break;
    for (std::string_view rest = chunk; !rest.empty();) {
      auto end = rest.find("\r\n");
      out.lines.push_back(" " + std::string(rest.substr(0, end)));
      rest.remove_prefix(end + 2);
    }
    if (out.lines.size() > limit::stat_lines) {
      out.lines.resize(limit::stat_lines);
      out.lines.emplace_back(" and more; use LIST");
      break;
    }
  }
  out.lines.emplace_back("End of status");
  co_return out;
}

}  // namespace ferry::server::commands
