// Standard output and standard error, which may be closed, full, or a pipe that nobody reads.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

namespace ferry::shared {

// Comes first of all: where one of the three standard streams is closed, the next file or connection would take its
// place, and be written to.
void hold_standard_streams();

// What the stream does not take is no reason to stop; for standard output, written() tells in the end.
void write(std::FILE* to, std::string_view text);
void flush(std::FILE* to);

template <class... T>
void print(std::FILE* to, fmt::format_string<T...> format, T&&... values) {
  write(to, fmt::format(format, std::forward<T>(values)...));
}

// Whether standard output has taken all, now that the rest of it is written. If not, it is said why; who has closed a
// pipe knows.
bool written(std::string_view program);

}  // namespace ferry::shared
