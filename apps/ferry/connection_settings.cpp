#include "ferry/connection_settings.hpp"

#include <net/if.h>

#include <boost/system/error_code.hpp>

#include "proto/text.hpp"

namespace ferry::cli {

std::optional<net::address> address_of(const std::string& text) {
  boost::system::error_code failed;
  auto out = net::asio::ip::make_address(text, failed);
  return failed ? std::nullopt : std::optional(out);
}

std::optional<transfer::port_range> ports_of(std::string_view text) {
  auto dash = text.find('-');
  auto first = proto::parse_decimal(text.substr(0, dash), UINT16_MAX);
  auto last = dash == text.npos ? first : proto::parse_decimal(text.substr(dash + 1), UINT16_MAX);
  if (!first || !last || *last < *first) return std::nullopt;
  return transfer::port_range{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

namespace {

constexpr std::size_t pin_size = 52;  // "sha256//" and 32 bytes in base64

// "ADDRESS[:PORTS]"; an IPv6 address with ports behind it stands in brackets. A name is that of an interface.
result<void> take_port_address(std::string text, client::data_settings& into) {
  into.ladder = client::data_settings::order::active_only;
  auto colon = text.rfind(':');
  if (colon != text.npos && !address_of(text)) {
    auto ports = ports_of(std::string_view(text).substr(colon + 1));
    if (!ports)
      return fail("usage.port_address", "\"" + text.substr(colon + 1) + "\" is no port and no range of ports",
                  "write -P ADDRESS:FIRST-LAST");
    into.ports = *ports;
    text.resize(colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.empty() || text == "-") return {};
  into.listen_on = address_of(text);
  if (into.listen_on) return {};
  if (::if_nametoindex(text.c_str()) == 0)
    return fail("usage.port_address", "\"" + text + "\" is no IP address and no interface of this machine",
                "ip address shows what there is; -P - takes the address of the control connection");
  into.interface = text;
  return {};
}

client::verification verification_of(std::string_view word) {
  if (word == "size") return client::verification::size;
  if (word == "digest") return client::verification::digest;
  return word == "off" ? client::verification::off : client::verification::automatic;
}

client::data_mode mode_of(std::string_view word) {
  if (word == "stream") return client::data_mode::stream;
  if (word == "block") return client::data_mode::block;
  return word == "deflate" ? client::data_mode::deflate : client::data_mode::automatic;
}

result<client::tls_settings> tls_of(const options& given) {
  using policy = client::tls_settings::policy;
  client::tls_settings out;
  if (given.tls == "off") out.how = policy::off;
  if (given.tls == "explicit") out.how = policy::explicit_tls;
  if (given.tls == "implicit") out.how = policy::implicit_tls;
  out.trust.verify = given.verify_certificate;
  out.trust.authorities = given.authorities;
  out.trust.pin = given.pin;
  out.clear_commands = given.clear_commands;
  if (!given.pin.empty() && (!given.pin.starts_with("sha256//") || given.pin.size() != pin_size)) {
    return fail("usage.pin", "\"" + given.pin + "\" is no pin of a key",
                "write it as ferry or curl show it: sha256//...");
  }
  if (given.certificate.empty() && !given.key.empty()) {
    return fail("usage.key", "--key belongs to a certificate", "name that with --cert");
  }
  if (!given.certificate.empty()) {
    out.trust.own = {{given.certificate, given.key.empty() ? given.certificate : given.key}};
  }
  return out;
}

}  // namespace

result<client::settings> settings_of(const options& given) {
  client::settings out;
  if (given.timeout > 0) out.wait.all(std::chrono::seconds(given.timeout));
  out.retry.tries = static_cast<unsigned>(given.retries) + 1;
  out.verify = verification_of(given.verify);
  out.mode = mode_of(given.mode);
  out.data.epsv = given.epsv;
  out.data.eprt = given.eprt;
  out.data.use_pasv_address = !given.skip_pasv_ip;
  if (given.passive) out.data.ladder = client::data_settings::order::passive_only;
  if (!given.port_address.empty()) {
    if (auto taken = take_port_address(given.port_address, out.data); !taken) return std::unexpected(taken.error());
  }
  if (!given.external_address.empty()) {
    out.data.external = address_of(given.external_address);
    if (!out.data.external)
      return fail("usage.external_address", "\"" + given.external_address + "\" is not an IP address");
  }
  auto tls = tls_of(given);
  if (!tls) return std::unexpected(tls.error());
  out.tls = std::move(*tls);
  if (given.text) out.type = client::representation::ascii;
  return out;
}

}  // namespace ferry::cli
