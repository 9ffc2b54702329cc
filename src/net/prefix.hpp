// Addresses that belong together: those that count as one peer, and those of a network.
#pragma once

#include <string_view>
#include <vector>

#include "net/stream.hpp"

namespace ferry::net {

// An IPv4 address itself. Of an IPv6 address the first 64 bits: whoever has one address of a subnet has them all
// (RFC 4291 §2.5.1); but link-local addresses share theirs with every neighbour, and are each their own.
address prefix_of(const address& peer);

// An IPv4 address in the form of IPv6 (RFC 4291 §2.5.5.2) as the IPv4 address that it is; others as they are.
address unmapped(const address& one);

// "192.0.2.0/24", "2001:db8::/32", or one address: those that begin with the same bits.
class address_range {
 public:
  // Errors: address.range (no address, no length that it can have, or bits behind the prefix)
  static result<address_range> parse(std::string_view text);

  bool holds(const address& one) const;  // an IPv4 address in the form of IPv6 is an IPv4 address

  friend bool operator==(const address_range&, const address_range&) = default;

 private:
  address first_;
  unsigned short bits_ = 0;
};

// Whether one of them does.
bool holds(const address& one, const std::vector<address_range>& ranges);

}  // namespace ferry::net
