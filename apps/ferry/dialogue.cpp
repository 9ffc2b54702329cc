#include "ferry/dialogue.hpp"

#include <fmt/format.h>

#include "ferry/table.hpp"

namespace ferry::cli {

// Several sessions at once are told apart by their number.
void dialogue::say(unsigned session, char mark, std::string_view text, tone how) {
  auto who = session > 1 ? fmt::format("[{}] ", session) : std::string();
  out_.say(fmt::format("{}{} {}", who, mark, console::harmless(text)), how);
}

void dialogue::connecting(unsigned session, const net::endpoint& to) {
  say(session, '*', "connecting to " + net::show(to), tone::dim);
}

void dialogue::connected(unsigned session, const net::endpoint& local, const net::endpoint&) {
  say(session, '*', "connected from " + net::show(local), tone::dim);
}

void dialogue::secured(unsigned session, std::string_view how) {
  say(session, '*', fmt::format("protected by {}", how), tone::dim);
}

void dialogue::closed(unsigned session, const error* why) {
  say(session, '*', why ? "connection lost: " + why->cause : "connection closed", tone::dim);
}

void dialogue::command(unsigned session, std::string_view line) { say(session, '>', line, tone::bold); }

void dialogue::reply(unsigned session, const proto::reply& what) {
  for (std::size_t i = 0; i < what.lines.size(); ++i) {
    bool last = i + 1 == what.lines.size();
    say(session, '<', fmt::format("{}{}{}", what.code, last ? ' ' : '-', what.lines[i]),
        what.negative() ? tone::warning : tone::plain);
  }
}

void dialogue::data_failed(unsigned session, client::rung way, const error& why) {
  say(session, '*', fmt::format("no data connection by {}: {}", client::name_of(way), why.cause), tone::warning);
}

void dialogue::data_opened(unsigned session, const client::data_facts& what) {
  say(session, '*',
      fmt::format("data connection by {}: {} and {}", client::name_of(what.way), net::show(what.local),
                  net::show(what.peer)),
      tone::dim);
}

void dialogue::data_closed(unsigned session, const client::data_facts& what) {
  auto seconds = std::chrono::duration<double>(what.took).count();
  say(session, '*', fmt::format("data connection closed: {} bytes in {:.3f} s", what.bytes, seconds), tone::dim);
}

}  // namespace ferry::cli
