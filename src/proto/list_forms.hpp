// Inside list_parser: one function a form, from a line without its end to the entry or nothing.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "proto/list_parse.hpp"

namespace ferry::proto {

std::optional<list_entry> parse_mlsd_line(std::string_view line);
std::optional<list_entry> parse_eplf_line(std::string_view line);
std::optional<list_entry> parse_unix_line(std::string_view line, file_time now);
std::optional<list_entry> parse_netware_line(std::string_view line, file_time now);
std::optional<list_entry> parse_dos_line(std::string_view line);
std::optional<list_entry> parse_as400_line(std::string_view line);
std::optional<list_entry> parse_vms_line(std::string_view line);
std::optional<list_entry> parse_mvs_line(std::string_view line);
std::optional<list_entry> parse_mvs_member_line(std::string_view line);

// The words of a line, up to max_words of them: a name with more stays whole through after().
class list_words {
 public:
  static constexpr std::size_t max_words = 24;

  explicit list_words(std::string_view line);

  std::size_t size() const { return count_; }
  std::string_view operator[](std::size_t i) const { return i < count_ ? words_[i] : std::string_view(); }
  // What follows word i, its first space included.
  std::string_view after(std::size_t i) const;

 private:
  std::string_view line_;
  std::array<std::string_view, max_words> words_;
  std::size_t count_ = 0;
};

struct list_date {
  file_time time;
  time_precision precision;
  std::size_t words;  // how many the date took
};

// The date at word `at` in any of the ways Unix servers write it; without a year, the latest not after `now`.
std::optional<list_date> read_unix_date(const list_words& words, std::size_t at, file_time now);

// "12:34", "12:34:56", "12:34:56.78", "01:30PM".
struct list_clock {
  std::chrono::seconds since_midnight;
  time_precision precision;
};
std::optional<list_clock> read_clock(std::string_view text);

// "02-25-99", "02/25/1999", "25.02.99" (day first with points), "1999-02-25"; a first number above 12 is the day.
std::optional<std::chrono::sys_days> read_numeric_date(std::string_view text);

// In English, and the abbreviations of some neighbours.
std::optional<unsigned> read_month(std::string_view text);

std::optional<std::chrono::sys_days> make_date(std::uint64_t year, std::uint64_t month, std::uint64_t day);

// 512, 1,234 and 1.234.
std::optional<std::uint64_t> read_grouped_size(std::string_view text);

inline void skip_spaces(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
}

}  // namespace ferry::proto
