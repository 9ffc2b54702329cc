// One command sent as it is, its reply printed.
#pragma once

#include "ferry/context.hpp"

namespace ferry::cli {

// Errors: those of the session; remote.* when the reply is negative
net::task<result<void>> quote(context& c, client::session& on, std::string line);

}  // namespace ferry::cli
