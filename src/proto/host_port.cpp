#include "proto/host_port.hpp"

#include "proto/text.hpp"

namespace ferry::proto {
namespace {

void skip_spaces(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

// Takes six numbers off the front of `text`.
std::optional<host_port> take(std::string_view& text, bool spaces) {
  std::array<std::uint8_t, 6> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (spaces) skip_spaces(text);
    if (i > 0) {
      if (!text.starts_with(',')) return std::nullopt;
      text.remove_prefix(1);
      if (spaces) skip_spaces(text);
    }
    const auto number = take_decimal(text, 255, 3);
    if (!number) return std::nullopt;
    numbers[i] = static_cast<std::uint8_t>(*number);
  }
  const auto port = static_cast<std::uint16_t>(numbers[4] << 8 | numbers[5]);
  if (port == 0) return std::nullopt;
  return host_port{{numbers[0], numbers[1], numbers[2], numbers[3]}, port};
}

}  // namespace

std::optional<host_port> parse_port_argument(std::string_view argument) {
  const auto value = take(argument, false);
  return argument.empty() ? value : std::nullopt;
}

std::optional<host_port> parse_227(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i]) || (i > 0 && is_digit(text[i - 1]))) continue;
    auto rest = text.substr(i);
    const auto value = take(rest, true);
    if (value && (rest.empty() || !is_digit(rest.front()))) return value;
  }
  return std::nullopt;
}

std::string format_port_argument(const host_port& value) {
  std::string out;
  for (const auto byte : value.address) {
    append_decimal(out, byte);
    out += ',';
  }
  append_decimal(out, value.port >> 8);
  out += ',';
  append_decimal(out, value.port & 0xFF);
  return out;
}

std::string format_227(const host_port& value) {
  return "Entering Passive Mode (" + format_port_argument(value) + ").";
}

}  // namespace ferry::proto
