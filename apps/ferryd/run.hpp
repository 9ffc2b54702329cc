// From what ferryd is told to a server that runs until it is told to stop.
#pragma once

#include "ferryd/config.hpp"

namespace ferry::ferryd {

// Returns when the server has stopped in order. Errors: whatever keeps it from starting.
result<void> run(config what);

}  // namespace ferry::ferryd
