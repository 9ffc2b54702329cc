#include "net/prefix.hpp"

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>

namespace ferry::net {
namespace {

address first_of(const address& one, unsigned short bits) {
  if (one.is_v4()) return asio::ip::network_v4(one.to_v4(), bits).network();
  return asio::ip::network_v6(asio::ip::address_v6(one.to_v6().to_bytes()), bits).network();
}

}  // namespace

address unmapped(const address& one) {
  if (!one.is_v6() || !one.to_v6().is_v4_mapped()) return one;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, one.to_v6());
}

bool holds(const address& one, const std::vector<address_range>& ranges) {
  return std::ranges::any_of(ranges, [&](const auto& each) { return each.holds(one); });
}

address prefix_of(const address& peer) {
  if (peer.is_v4()) return peer;
  const auto v6 = peer.to_v6();
  if (v6.is_v4_mapped()) return unmapped(peer);
  if (v6.is_link_local() || v6.is_loopback()) return peer;
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes);
}

result<address_range> address_range::parse(std::string_view text) {
  const auto refused = [&](std::string_view why, std::string advice) {
    return fail("address.range", "\"" + std::string(text) + "\" " + std::string(why), std::move(advice));
  };
  const auto slash = text.find('/');
  boost::system::error_code wrong;
  address_range out;
  out.first_ = asio::ip::make_address(text.substr(0, slash), wrong);
  if (wrong) return refused("is no network", "give one such as 192.0.2.0/24 or 2001:db8::/32");
  if (out.first_.is_v6() && out.first_.to_v6().is_v4_mapped()) {
    return refused("is an IPv4 network written as IPv6", "write it as IPv4: 192.0.2.0/24");
  }
  const unsigned short most = out.first_.is_v4() ? 32 : 128;
  out.bits_ = most;
  if (slash != text.npos) {
    const auto length = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(length.data(), length.data() + length.size(), out.bits_);
    if (failed != std::errc{} || end != length.data() + length.size() || out.bits_ > most) {
      return refused("has no length that a prefix can have", most == 32 ? "give 0 to 32" : "give 0 to 128");
    }
  }
  if (const auto first = first_of(out.first_, out.bits_); first != out.first_) {
    return refused("names an address within the network",
                   "write " + first.to_string() + std::string(text.substr(slash)));
  }
  return out;
}

bool address_range::holds(const address& one) const {
  const auto plain = unmapped(one);
  return plain.is_v4() == first_.is_v4() && first_of(plain, bits_) == first_;
}

}  // namespace ferry::net
