#include "ferry/events.hpp"

namespace ferry::cli {
namespace {

json_line about(std::string_view event, unsigned session, const client::file_facts& what) {
  constexpr std::string_view directions[] = {"download", "upload", "copy"};
  const bool copy = what.way == client::file_facts::direction::copy;
  json_line out;
  out.add("event", event).add("session", static_cast<std::uint64_t>(session));
  out.add("direction", directions[static_cast<int>(what.way)]).path("remote", what.remote);
  out.path(copy ? "target" : "local", what.local);
  if (what.size) out.add("size", *what.size);
  return out.add("offset", what.offset);
}

}  // namespace

void events::command(unsigned session, std::string_view line) {
  if (!dialogue_) return;
  out_.event(
      json_line().add("event", "command").add("session", static_cast<std::uint64_t>(session)).path("line", line));
}

void events::reply(unsigned session, const proto::reply& what) {
  if (!dialogue_) return;
  out_.event(json_line()
                 .add("event", "reply")
                 .add("session", static_cast<std::uint64_t>(session))
                 .add("code", what.code)
                 .path("text", what.text()));
}

void events::file_started(unsigned session, const client::file_facts& what, const transfer::progress&) {
  out_.event(about("file_started", session, what));
}

void events::file_ended(unsigned session, const client::file_facts& what, const error* why) {
  auto out = about(why ? "file_failed" : "file_done", session, what);
  out.add("bytes", what.bytes).add("tries", static_cast<std::uint64_t>(what.tries));
  out.seconds("seconds", std::chrono::duration<double>(what.took).count());
  if (why) {
    out.add("id", why->id).add("cause", why->cause);
  } else {
    out.add("verified", client::name_of(what.verified));
    if (!what.algorithm.empty()) out.add("algorithm", what.algorithm);
  }
  out_.event(out);
}

void events::retrying(unsigned session, const error& why, unsigned next, std::chrono::milliseconds after) {
  out_.event(json_line()
                 .add("event", "retrying")
                 .add("session", static_cast<std::uint64_t>(session))
                 .add("id", why.id)
                 .add("cause", why.cause)
                 .add("try", static_cast<std::uint64_t>(next))
                 .seconds("seconds", static_cast<double>(after.count()) / 1000));
}

void events::note(unsigned, std::string_view sentence) {
  out_.event(json_line().add("event", "note").add("text", sentence));
}

}  // namespace ferry::cli
