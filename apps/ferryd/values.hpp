// Words of a command line or a configuration file, as values.
// Errors: config.value; its cause says what the text is not, and shows it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "net/stream.hpp"
#include "server/settings.hpp"
#include "storage/storage.hpp"

namespace ferry::ferryd {

enum class log_format : std::uint8_t { text, json };

struct port_range {
  std::uint16_t first = 0, last = 0;
  friend bool operator==(const port_range&, const port_range&) = default;
};

result<std::uint16_t> parse_port(std::string_view text);    // 0 to 65535
result<net::address> parse_address(std::string_view text);  // IPv4 or IPv6, not a name
result<net::address> parse_ipv4_address(std::string_view text);
result<server::advertised> parse_advertised(std::string_view text);   // an IPv4 address, a name, or "auto"
result<net::endpoint> parse_endpoint(std::string_view text);          // "192.0.2.1:21", "[::]:21"
result<port_range> parse_ports(std::string_view text);                // "20000-20099", or one port
result<storage::durability> parse_durability(std::string_view text);  // none, data, full
result<server::tls_settings::requirement> parse_requirement(std::string_view text);  // none, login, data, all
result<transfer::resumption> parse_resumption(std::string_view text);                // off, prefer, require
result<log_format> parse_log_format(std::string_view text);                          // text, json

}  // namespace ferry::ferryd
