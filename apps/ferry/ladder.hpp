// --trace: a session drawn as a ladder diagram, one HTML page that needs nothing else.
#pragma once

#include <string>

#include "base/result.hpp"
#include "ferry/recorder.hpp"

namespace ferry::cli {

std::string draw_ladder(const recorder& from);

// Errors: local.trace
result<void> write_ladder(const recorder& from, const std::string& file);

}  // namespace ferry::cli
