// An IPv4 address and port as PORT and the reply to PASV write them: h1,h2,h3,h4,p1,p2 (RFC 959 §4.1.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

struct host_port {
  std::array<std::uint8_t, 4> address{};  // as on the wire: 127.0.0.1 is {127, 0, 0, 1}
  std::uint16_t port = 0;

  friend bool operator==(const host_port&, const host_port&) = default;
};

// Exactly six numbers 0..255 of one to three digits with commas between; port 0 is refused.
std::optional<host_port> parse_port_argument(std::string_view argument);

// The first six numbers with commas between found in a 227's text, whatever stands around them: RFC 1123 §4.1.2.6
// forbids counting on the parentheses. Spaces around the commas are let pass.
std::optional<host_port> parse_227(std::string_view text);

std::string format_port_argument(const host_port& value);
std::string format_227(const host_port& value);  // the text after "227 "

}  // namespace ferry::proto
