// The options as the client's settings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/settings.hpp"
#include "ferry/options.hpp"

namespace ferry::cli {

std::optional<net::address> address_of(const std::string& text);
std::optional<transfer::port_range> ports_of(std::string_view text);  // "20000-20099", "20000"

// Errors: usage.port_address, usage.external_address
result<client::settings> settings_of(const options& given);

}  // namespace ferry::cli
