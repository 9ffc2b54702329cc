#include "proto/extended_port.hpp"

#include <algorithm>
#include <array>

#include "proto/text.hpp"

namespace ferry::proto {
namespace {

bool is_address_character(char c) { return is_digit(c) || is_letter(c) || c == ':' || c == '.' || c == '%'; }

// <d>field<d>field<d>field<d> off the front of `text`.
std::optional<std::array<std::string_view, 3>> take_fields(std::string_view& text) {
  if (text.empty() || text.front() < 33 || text.front() > 126) return std::nullopt;
  const char delimiter = text.front();
  text.remove_prefix(1);
  std::array<std::string_view, 3> fields;
  for (auto& field : fields) {
    const auto end = text.find(delimiter);
    if (end == text.npos) return std::nullopt;
    field = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  return fields;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = text.size() <= 5 ? parse_decimal(text, 65535) : std::nullopt;
  if (!port || *port == 0) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

}  // namespace

std::optional<extended_port> parse_eprt(std::string_view argument) {
  const auto fields = take_fields(argument);
  if (!fields || !argument.empty()) return std::nullopt;
  const auto& [family_text, address, port_text] = *fields;
  const auto family = parse_decimal(family_text, 65535);
  const auto port = parse_port(port_text);
  if (!family || !port || address.empty() || address.size() > max_address_text) return std::nullopt;
  const bool known = *family == 1 || *family == 2;
  if (known && !std::ranges::all_of(address, is_address_character)) return std::nullopt;
  return extended_port{static_cast<int>(*family), std::string(address), *port};
}

std::string format_eprt(const extended_port& value) {
  std::string out = "|";
  append_decimal(out, static_cast<unsigned>(value.family));
  out += '|' + value.address + '|';
  append_decimal(out, value.port);
  return out += '|';
}

std::optional<std::uint16_t> parse_229(std::string_view text) {
  if (const auto open = text.find('('); open != text.npos) {
    auto inner = text.substr(open + 1);
    if (const auto fields = take_fields(inner)) {
      if (const auto port = parse_port((*fields)[2])) return port;
    }
  }
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != text[i + 1] || text[i] != text[i + 2] || is_digit(text[i])) continue;
    auto inner = text.substr(i);
    const auto fields = take_fields(inner);
    if (fields && !(*fields)[2].empty()) return parse_port((*fields)[2]);
  }
  return std::nullopt;
}

std::string format_229(std::uint16_t port) {
  std::string out = "Entering Extended Passive Mode (|||";
  append_decimal(out, port);
  return out += "|)";
}

epsv_argument parse_epsv_argument(std::string_view argument) {
  if (argument.empty()) return epsv_argument::none;
  if (equal_ignoring_case(argument, "ALL")) return epsv_argument::all;
  const auto family = parse_decimal(argument, 65535);
  if (!family) return epsv_argument::malformed;
  return *family == 1 ? epsv_argument::ipv4 : *family == 2 ? epsv_argument::ipv6 : epsv_argument::unsupported;
}

}  // namespace ferry::proto
