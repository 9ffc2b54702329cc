// A folder's entries on standard output.
#pragma once

#include "ferry/context.hpp"

namespace ferry::cli {

net::task<result<void>> show_listing(context& c, remote at, bool details);

}  // namespace ferry::cli
