#include "server/test_support/reply_lint.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "proto/reply_code.hpp"

namespace ferry::server::test_support {
namespace {

namespace code = proto::reply_code;

const row* row_of(const std::string& line) {
  auto said = recognise(line);
  return said ? said->command : nullptr;
}

}  // namespace

reply_lint::reply_lint() : decoder_(limit::control_line) {}

void reply_lint::sent(std::string_view bytes) {
  using event = proto::line_reader::event;
  decoder_.push(bytes);
  std::string line;
  for (event what; (what = decoder_.next(line)) != event::none;) {
    const bool whole = what == event::line;
    unanswered_.push_back({whole ? line : "(no line)", whole ? row_of(line) : nullptr, decoder_.urgent()});
  }
}

void reply_lint::received(const support::wire_reply& what) {
  if (!greeted_) {
    greeted_ = true;
    if (what.code != code::service_ready && what.code != code::service_unavailable) object(what);
    return;
  }
  if (what.code == code::service_unavailable) return;  // may come at any moment
  auto of = std::ranges::find_if(unanswered_, [&](const asked& each) { return fits(each, what.code); });
  if (of == unanswered_.end()) object(what);
  // A reply overtakes another while data moves, and only for commands that are answered then; behind a Synch, also
  // while a lengthy command runs. That of ABOR comes right after the one of what it stopped.
  if (of != unanswered_.begin()) {
    const row* first = unanswered_.front().command;
    const bool moving = first && (first->moves_data || (first->lengthy && of->urgent));
    const auto when = of->command ? of->command->transfer : during::waits;
    if (when == during::waits || !(moving || (when == during::stops && moved_))) object(what);
  }
  if (what.code < 200) {
    // Restart markers come while data moves, as many as there are.
    const bool marker = what.code == code::restart_marker;
    if (std::exchange(of->begun, true) != marker) object(what);
    return;
  }
  // What is answered meanwhile says nothing of whether data moves: a refused upload may still be read.
  if (!of->command || of->command->transfer == during::waits) {
    moved_ = of->command && (of->command->moves_data || of->command->lengthy);
  }
  if (of->command) answered().insert(of->command->verb);
  unanswered_.erase(of);
}

std::set<std::string_view>& reply_lint::answered() {
  static std::set<std::string_view> verbs;
  return verbs;
}

bool reply_lint::fits(const asked& what, int code) {
  // No transfer succeeds without an announcement.
  if (what.command && what.command->moves_data && !what.begun && code / 100 == 2) return false;
  if (what.command) return legal(*what.command, code);
  return code == code::command_unrecognised || code == code::argument_not_implemented || code == code::not_logged_in;
}

void reply_lint::object(const support::wire_reply& what) const {
  std::string text = "illegal reply " + std::to_string(what.code) + " " + what.text() + "; unanswered:";
  for (const auto& each : unanswered_) text += " [" + each.line + "]";
  throw support::wire_error(text);
}

}  // namespace ferry::server::test_support
