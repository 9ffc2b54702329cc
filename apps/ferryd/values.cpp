#include "ferryd/values.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace ferry::ferryd {

namespace {

std::unexpected<error> not_a(std::string_view text, std::string_view what, std::string_view advice) {
  return fail("config.value", "\"" + std::string(text) + "\" is not " + std::string(what), std::string(advice));
}

}  // namespace

result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size())
    return not_a(text, "a port", "give a number, 0 to 65535");
  return value;
}

result<net::address> parse_address(std::string_view text) {
  boost::system::error_code failed;
  auto out = net::asio::ip::make_address(text, failed);
  if (failed) return not_a(text, "an IP address", "give one such as 127.0.0.1 or ::1");
  return out;
}

result<net::address> parse_ipv4_address(std::string_view text) {
  auto out = parse_address(text);
  if (!out || !out->is_v4()) return not_a(text, "an IPv4 address", "give one such as 203.0.113.7");
  return out;
}

result<server::advertised> parse_advertised(std::string_view text) {
  if (text == "auto") return server::advertised{};
  if (auto address = parse_ipv4_address(text)) return server::advertised{.address = *address, .name = {}};
  constexpr std::size_t longest_name = 253;
  const auto of_a_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  // What ends in a digit would be a number of some kind.
  const bool name = !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, of_a_name) &&
                    text.front() != '.' && text.front() != '-' && !(text.back() >= '0' && text.back() <= '9');
  if (!name) return not_a(text, "an IPv4 address or the name of a host", "give one such as 203.0.113.7, or \"auto\"");
  return server::advertised{.address = {}, .name = std::string(text)};
}

result<net::endpoint> parse_endpoint(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    auto host = text.substr(0, colon);
    bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    auto address = parse_address(bracketed ? host.substr(1, host.size() - 2) : host);
    auto port = parse_port(text.substr(colon + 1));
    if (address && port && address->is_v6() == bracketed) return net::endpoint(*address, *port);
  }
  return not_a(text, "an address and a port", "give them as 192.0.2.1:21 or [2001:db8::1]:21");
}

result<port_range> parse_ports(std::string_view text) {
  auto dash = text.find('-');
  auto first = parse_port(text.substr(0, dash));
  auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last) return not_a(text, "a range of ports", "give it as 20000-20099");
  if (*first > *last)
    return not_a(text, "a range of ports: its first lies behind its last", "give the lower port first");
  if (*first < 1024) return not_a(text, "a range of ports above 1023", "give it as 20000-20099");
  return port_range{*first, *last};
}

result<storage::durability> parse_durability(std::string_view text) {
  if (text == "none") return storage::durability::none;
  if (text == "data") return storage::durability::data;
  if (text == "full") return storage::durability::full;
  return not_a(text, "a durability", "use none, data or full");
}

result<server::tls_settings::requirement> parse_requirement(std::string_view text) {
  using enum server::tls_settings::requirement;
  if (text == "none") return none;
  if (text == "login") return login;
  if (text == "data") return data;
  if (text == "all") return all;
  return not_a(text, "what TLS may be required for", "use none, login, data or all");
}

result<transfer::resumption> parse_resumption(std::string_view text) {
  using enum transfer::resumption;
  if (text == "off") return off;
  if (text == "prefer") return prefer;
  if (text == "require") return require;
  return not_a(text, "a rule for TLS sessions", "use off, prefer or require");
}

result<log_format> parse_log_format(std::string_view text) {
  if (text == "text") return log_format::text;
  if (text == "json") return log_format::json;
  return not_a(text, "a log format", "use text or json");
}

}  // namespace ferry::ferryd
