// The command line of ferryd: reads it and does what it says. Returns the exit code.
#pragma once

namespace ferry::ferryd {

int command_line(int count, const char* const* words);

}  // namespace ferry::ferryd
