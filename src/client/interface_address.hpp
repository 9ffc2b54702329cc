// The address of one of this machine's network interfaces.
#pragma once

#include <string>

#include "base/result.hpp"
#include "net/stream.hpp"

namespace ferry::client {

// Errors: data.interface
result<net::address> interface_address(const std::string& name, bool v4);

}  // namespace ferry::client
