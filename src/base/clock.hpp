// Time as ferry counts it: waits on a clock that never jumps, files and logs on the calendar.
#pragma once

#include <chrono>

namespace ferry {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = clock::duration;

// A calendar time with nanoseconds, UTC: what files carry and MDTM, MLSx and LIST show.
using file_time = std::chrono::sys_time<std::chrono::nanoseconds>;

}  // namespace ferry
