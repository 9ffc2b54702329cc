#include "proto/command.hpp"

#include <algorithm>

#include "proto/text.hpp"

namespace ferry::proto {

std::optional<command> parse_command(std::string_view line) {
  const auto verb = line.substr(0, line.find(' '));
  const auto valid = [](char c) { return is_letter(c) || is_digit(c); };
  if (verb.empty() || verb.size() > max_verb || !std::ranges::all_of(verb, valid)) return std::nullopt;
  line.remove_prefix(std::min(verb.size() + 1, line.size()));
  return command{to_upper(verb), std::string(line)};
}

std::optional<std::string> format_command(std::string_view verb, std::string_view argument) {
  if (argument.find_first_of(std::string_view("\n\0", 2)) != argument.npos) return std::nullopt;
  std::string line(verb);
  if (!argument.empty()) line += ' ';
  for (const char c : argument) {
    line += c;
    if (c == '\xFF') line += c;
    if (c == '\r') line += '\0';
  }
  return line += "\r\n";
}

}  // namespace ferry::proto
