// One line of a LIST reply in the form of `ls -l`, which every client reads (RFC 959 §4.1.3 leaves the form open).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace ferry::proto {

struct list_line {
  char type = '-';         // - d l b c p s, as ls has them
  std::uint32_t mode = 0;  // the low twelve bits: set-user-id, set-group-id, sticky, rwxrwxrwx
  std::uint64_t links = 1;
  std::string_view owner{};
  std::string_view group{};
  std::uint64_t size = 0;  // bytes
  file_time modified{};
  std::string_view name{};
  std::string_view target{};  // of a symbolic link, may be empty
};

// Appends "-rw-r--r--   1 owner    group        1234 Jan  2 15:04 name", without a line end. Times within the half
// year before `now` have hours and minutes, others (the future too) the year; all are UTC.
// CR, LF and NUL in names become '?', and so does a space in the owner or group, which would shift the columns.
void append_list_line(std::string& out, const list_line& line, file_time now);

// The ten characters of type and mode.
void append_mode(std::string& out, char type, std::uint32_t mode);

}  // namespace ferry::proto
