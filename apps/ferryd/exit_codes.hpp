// What ferryd ends with.
#pragma once

namespace ferry::ferryd {

inline constexpr int success = 0;
inline constexpr int failed =
    1;  // what was asked for could not be done; a configuration with mistakes; an end by force
inline constexpr int misused = 2;  // the command line

}  // namespace ferry::ferryd
