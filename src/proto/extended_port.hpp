// EPRT, EPSV and the reply 229: ports for any address family (RFC 2428).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

struct extended_port {
  int family = 0;       // 1: IPv4, 2: IPv6; another is a family the server answers 522 to
  std::string address;  // the text between the delimiters, of address characters where the family is 1 or 2
  std::uint16_t port = 0;

  friend bool operator==(const extended_port&, const extended_port&) = default;
};

inline constexpr std::size_t max_address_text = 64;

// |family|address|port| with any delimiter of 33..126. Whether the text is a real address is for whoever dials it.
// Port 0, a family above 65535 and an address above max_address_text are refused.
std::optional<extended_port> parse_eprt(std::string_view argument);
std::string format_eprt(const extended_port& value);

// The port in a 229's text: (|||port|), tolerating filled first fields (drafts of the RFC) and missing parentheses.
std::optional<std::uint16_t> parse_229(std::string_view text);
std::string format_229(std::uint16_t port);  // the text after "229 "

enum class epsv_argument {
  none,         // the family of the control connection
  ipv4,         // 1
  ipv6,         // 2
  all,          // ALL: from now on only EPSV
  unsupported,  // another number: 522
  malformed,    // 501
};
epsv_argument parse_epsv_argument(std::string_view argument);

}  // namespace ferry::proto
