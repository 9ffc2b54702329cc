// LPRT and the reply to LPSV: addresses of any length, as numbers (RFC 1639).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::proto {

struct long_port {
  int family = 0;                     // 4: IPv4, 6: IPv6; another is a family the server answers 521 to
  std::vector<std::uint8_t> address;  // 4 bytes for family 4, 16 for family 6, as on the wire
  std::uint16_t port = 0;

  friend bool operator==(const long_port&, const long_port&) = default;
};

// family,length,h1,h2,...,2,p1,p2; ports of another length, or port 0, are refused.
std::optional<long_port> parse_lprt(std::string_view argument);
std::string format_lprt(const long_port& value);

// The numbers in a 228's text, between parentheses or not.
std::optional<long_port> parse_228(std::string_view text);
std::string format_228(const long_port& value);  // the text after "228 "

}  // namespace ferry::proto
