// The times of MDTM, MFMT and MLSx: YYYYMMDDHHMMSS[.sss], UTC (RFC 3659 §2.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace ferry::proto {

// The whole years that a file_time can hold.
inline constexpr int min_year = 1678;
inline constexpr int max_year = 2261;

// A time taken apart, UTC. Every file_time has one, the first and last too.
struct calendar_time {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0, nanosecond = 0;
};
calendar_time on_calendar(file_time time);

// Fourteen digits, then perhaps a point and up to 32 digits of a second (those past the ninth are ignored).
// Second 60 is the leap second of the RFC: the first moment of the next minute. Also read is "19100..." for 2000 and
// the like up to "19199...", the year-2000 bug of old servers. Nothing when a field is out of its range.
std::optional<file_time> parse_timestamp(std::string_view text);

enum class fraction { none, milliseconds };
void append_timestamp(std::string& out, file_time time, fraction digits = fraction::none);
std::string format_timestamp(file_time time, fraction digits = fraction::none);

}  // namespace ferry::proto
