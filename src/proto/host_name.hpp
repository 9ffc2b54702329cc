// The names of hosts, as HOST has them (RFC 7151 §3.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

// A name of the DNS, or an address ("192.0.2.1", "[2001:db8::1]"), in small letters and without the dot at its end;
// nothing when it is none.
std::optional<std::string> read_host_name(std::string_view text);

}  // namespace ferry::proto
