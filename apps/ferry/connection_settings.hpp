// The options as the client's settings.
#pragma once

#include "client/settings.hpp"
#include "ferry/options.hpp"

namespace ferry::cli {

// Errors: usage.port_address, usage.external_address
result<client::settings> settings_of(const options& given);

}  // namespace ferry::cli
