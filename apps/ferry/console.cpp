#include "ferry/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "ferry/table.hpp"
#include "proto/characters.hpp"
#include "shared/streams.hpp"

namespace ferry::cli {
namespace {

constexpr std::size_t usual_columns = 80;

bool set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

bool wants_color(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  if (set("NO_COLOR")) return false;
  if (set("CLICOLOR_FORCE")) return true;
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) && terminal && std::string_view(terminal) != "dumb";
}

std::string_view code_of(tone how) {
  switch (how) {
    case tone::plain: return "";
    case tone::bold: return "\033[1m";
    case tone::dim: return "\033[2m";
    case tone::good: return "\033[32m";
    case tone::warning: return "\033[33m";
    case tone::bad: return "\033[31m";
  }
  return "";
}

// A URL that failed is named without its password.
std::string without_password(std::string_view text) {
  auto scheme = text.find("://");
  auto begin = scheme == text.npos ? 0 : scheme + 3;
  auto user = text.substr(begin, text.find('/', begin) - begin);
  auto at = user.rfind('@');
  auto colon = user.find(':');
  if (at == user.npos || colon == user.npos || colon > at) return std::string(text);
  return std::string(text.substr(0, begin + colon)) + std::string(text.substr(begin + at));
}

}  // namespace

console::console(const options& given)
    : json_(given.json),
      quiet_(given.quiet),
      output_is_terminal_(::isatty(STDOUT_FILENO)),
      errors_are_terminal_(::isatty(STDERR_FILENO)),
      color_(wants_color(given.color)) {}

void console::data(std::string_view text) {
  if (output_is_terminal_) erase();
  shared::write(stdout, text);
  if (output_is_terminal_) draw();
}

void console::line(std::string_view text) { data((output_is_terminal_ ? harmless(text) : std::string(text)) + '\n'); }

void console::event(const json_line& what) {
  if (!json_) return;
  data(what.done() + '\n');
  shared::flush(stdout);  // whoever reads it wants it now
}

void console::say(std::string_view text, tone how) {
  if (quiet_) return;
  erase();
  shared::print(stderr, "{}\n", painted(text, how));
  draw();
}

void console::warn(std::string_view text) {
  if (json_) event(json_line().add("event", "note").add("text", text));
  say(fmt::format("ferry: {} {}", painted("warning:", tone::warning), harmless(text)));
}

void console::complain(std::string_view whole_subject, const error& what) {
  auto subject = without_password(whole_subject);
  int code = exit_code_of(what.id);
  failed_with(code);
  auto advice = what.advice.empty() ? std::string(advice_on(what.id)) : what.advice;
  if (json_) {
    event(json_line()
              .add("event", "error")
              .path("subject", subject)
              .add("id", what.id)
              .add("cause", what.cause)
              .add("advice", advice)
              .add("exit_code", code));
  }
  if (what.id == "password.interrupted") stopped_by(code);
  // Who closed the pipe knows that it is closed; who stopped it, that it was stopped.
  if (what.id == "local.output" && what.code == std::errc::broken_pipe) return;
  if (stopped() && (what.id == "session.cancelled" || what.id == "data.aborted")) return;
  erase();
  shared::print(stderr, "ferry: {}{}{}\n", harmless(subject), subject.empty() ? "" : ": ",
                painted(harmless(what.cause), tone::bad));
  if (!advice.empty()) shared::print(stderr, "       {}\n", advice);
  shared::print(stderr, "       {}\n", painted(fmt::format("[{}]", what.id), tone::dim));
  draw();
}

void console::failed_with(int code) {
  worst_ = failures_ == 0 || worst_ == code ? code : exit_code::some_failed;
  ++failures_;
}

int console::exit_code() const {
  if (stopped_by_) return stopped_by_;
  if (failures_ == 0) return exit_code::success;
  return successes_ > 0 ? exit_code::some_failed : worst_;
}

void console::show(std::vector<std::string> lines) {
  if (!errors_are_terminal_) return;
  erase();
  shown_ = std::move(lines);
  draw();
}

void console::erase() {
  if (!shown_.empty()) shared::print(stderr, "\033[{}A\033[J", shown_.size());
}

void console::draw() {
  for (const auto& each : shown_) shared::print(stderr, "{}\n", each);
}

std::string console::painted(std::string_view text, tone how) const {
  if (!color_ || how == tone::plain) return std::string(text);
  return fmt::format("{}{}\033[0m", code_of(how), text);
}

std::size_t console::columns() const {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_columns;
}

std::string console::harmless(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto next = proto::take_character(text);
    const bool space = next.code == '\n' || next.code == '\t';
    out += next.valid && (space || proto::shows_as_itself(next.code)) ? next.bytes : "?";
  }
  return out;
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.{}f} {}", value, value < 100 ? 1 : 0, units[unit]);
}

std::string human_time(double seconds) {
  auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace ferry::cli
