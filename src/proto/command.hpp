// A control line -> verb and argument (RFC 959 §4.1, §5.3).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

inline constexpr std::size_t max_verb = 16;

struct command {
  std::string verb;      // ASCII letters and digits, in upper case
  std::string argument;  // every byte after the one space: spaces at either end are part of names

  friend bool operator==(const command&, const command&) = default;
};

// `line` is without its end. Nothing when it does not start with a verb of 1..max_verb letters and digits followed by
// a space or the end.
std::optional<command> parse_command(std::string_view line);

// The line to send, with its CRLF: 0xFF is doubled (Telnet), CR sent as CR NUL (RFC 2640 §3.1).
// Nothing when the argument holds LF or NUL, which no command line can carry: a name must not become a command.
std::optional<std::string> format_command(std::string_view verb, std::string_view argument = {});

}  // namespace ferry::proto
