// Which addresses count as one peer.
#pragma once

#include "net/stream.hpp"

namespace ferry::net {

// An IPv4 address itself. Of an IPv6 address the first 64 bits: whoever has one address of a subnet has them all
// (RFC 4291 §2.5.1); but link-local addresses share theirs with every neighbour, and are each their own.
address prefix_of(const address& peer);

}  // namespace ferry::net
