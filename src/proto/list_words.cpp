#include <algorithm>

#include "proto/list_forms.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"

namespace ferry::proto {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

struct month_row {
  std::string_view start;  // lower case; the longer ones first where one begins another
  unsigned month;
};

constexpr month_row months[] = {
    {"jan", 1},
    {"feb", 2},
    {"mar", 3},
    {"apr", 4},
    {"may", 5},
    {"jun", 6},
    {"jul", 7},
    {"aug", 8},
    {"sep", 9},
    {"oct", 10},
    {"nov", 11},
    {"dec", 12},
    {"m\xC3\xA4r", 3},
    {"mrz", 3},
    {"mai", 5},
    {"okt", 10},
    {"dez", 12},
    {"f\xC3\xA9v", 2},
    {"avr", 4},
    {"juin", 6},
    {"juil", 7},
    {"ao\xC3\xBB", 8},
    {"d\xC3\xA9"
     "c",
     12},
    {"ene", 1},
    {"abr", 4},
    {"ago", 8},
    {"dic", 12},
    {"gen", 1},
    {"mag", 5},
    {"giu", 6},
    {"lug", 7},
    {"set", 9},
    {"ott", 10},
    {"fev", 2},
    {"out", 10},
};
constexpr std::size_t max_month_bytes = 10;

// A number that is the whole word.
std::optional<std::uint64_t> number(std::string_view word, std::uint64_t max) {
  return word.size() <= 4 ? parse_decimal(word, max) : std::nullopt;
}

// The year that puts month, day and time last before `now`; a day of grace for servers in other time zones.
std::optional<file_time> without_year(unsigned month, std::uint64_t day, std::chrono::seconds clock, file_time now) {
  using std::chrono::floor, std::chrono::seconds;
  const int this_year = on_calendar(now).year;
  // The 29th of February lies up to eight years back.
  for (int y = this_year + 1; y >= this_year - 8; --y) {
    const auto date = make_date(static_cast<std::uint64_t>(y), month, day);
    if (date && *date + clock <= floor<seconds>(now) + days(1)) return *date + clock;
  }
  return std::nullopt;
}

bool is_zone(std::string_view word) {
  return word.size() == 5 && (word[0] == '+' || word[0] == '-') && parse_decimal(word.substr(1)).has_value();
}

// 2020-01-31 12:34[:56[.789 +0100]], 2020-01-31, 01-31 12:34: `ls --time-style` and friends.
std::optional<list_date> read_iso_date(const list_words& words, std::size_t at, file_time now) {
  const auto text = words[at];
  const auto clock = read_clock(words[at + 1]);
  if (text.size() == 5 && text[2] == '-' && clock) {
    const auto month = number(text.substr(0, 2), 12), day = number(text.substr(3), 31);
    if (!month || !day) return std::nullopt;
    const auto time = without_year(static_cast<unsigned>(*month), *day, clock->since_midnight, now);
    if (!time) return std::nullopt;
    return list_date{*time, clock->precision, 2};
  }
  if (text.size() != 10 || text[4] != '-') return std::nullopt;
  const auto date = read_numeric_date(text);
  if (!date) return std::nullopt;
  if (!clock) return list_date{*date, time_precision::day, 1};
  const std::size_t zone = clock->precision == time_precision::second && is_zone(words[at + 2]);
  return list_date{*date + clock->since_midnight, clock->precision, 2 + zone};
}

}  // namespace

list_words::list_words(std::string_view line) : line_(line) {
  while (count_ < max_words) {
    skip_spaces(line);
    if (line.empty()) return;
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words_[count_++] = line.substr(0, end);
    line.remove_prefix(end);
  }
}

std::string_view list_words::after(std::size_t i) const {
  if (i >= count_) return {};
  const auto end = words_[i].data() + words_[i].size();
  return line_.substr(static_cast<std::size_t>(end - line_.data()));
}

std::optional<list_date> read_unix_date(const list_words& words, std::size_t at, file_time now) {
  auto month = read_month(words[at]);
  auto day = number(words[at + 1], 31);
  if (!month) {  // "31 Jan"
    month = read_month(words[at + 1]);
    day = number(words[at].substr(0, words[at].find('.')), 31);
  }
  if (!month || !day) return read_iso_date(words, at, now);
  if (const auto clock = read_clock(words[at + 2])) {
    if (clock->precision == time_precision::second) {  // "Jan 31 12:34:56 2020"
      const auto year = number(words[at + 3], max_year);
      const auto date = year && words[at + 3].size() == 4 ? make_date(*year, *month, *day) : std::nullopt;
      if (date) return list_date{*date + clock->since_midnight, clock->precision, 4};
    }
    const auto time = without_year(*month, *day, clock->since_midnight, now);
    if (!time) return std::nullopt;
    return list_date{*time, clock->precision, 3};
  }
  const auto year = number(words[at + 2], max_year);
  const auto date = year ? make_date(*year, *month, *day) : std::nullopt;
  if (!date) return std::nullopt;
  return list_date{*date, time_precision::day, 3};
}

std::optional<list_clock> read_clock(std::string_view text) {
  const auto hour = take_decimal(text, 23, 2);
  if (!hour || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  const auto minute = take_decimal(text, 59, 2);
  if (!minute) return std::nullopt;
  list_clock clock{std::chrono::hours(*hour) + std::chrono::minutes(*minute), time_precision::minute};
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    const auto second = take_decimal(text, 60, 2);
    if (!second) return std::nullopt;
    clock.since_midnight += std::chrono::seconds(*second);
    clock.precision = time_precision::second;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    }
  }
  if (text.empty()) return clock;
  const bool pm = equal_ignoring_case(text, "PM") || equal_ignoring_case(text, "P");
  const bool am = equal_ignoring_case(text, "AM") || equal_ignoring_case(text, "A");
  if ((!am && !pm) || *hour > 12) return std::nullopt;
  if (pm && *hour < 12) clock.since_midnight += std::chrono::hours(12);
  if (am && *hour == 12) clock.since_midnight -= std::chrono::hours(12);
  return clock;
}

std::optional<sys_days> read_numeric_date(std::string_view text) {
  const auto whole = text;
  const auto first = take_decimal(text, 9999, 4);
  if (!first || text.empty() || (text[0] != '-' && text[0] != '/' && text[0] != '.')) return std::nullopt;
  const auto first_digits = whole.size() - text.size();
  const char separator = text[0];
  text.remove_prefix(1);
  const auto second = take_decimal(text, 31, 2);
  if (!second || !text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(1);
  const auto third_digits = text.size();
  const auto third = take_decimal(text, 9999, 4);
  if (!third || !text.empty()) return std::nullopt;
  if (first_digits == 4) return make_date(*first, *second, *third);
  // Two digits: 1970 to 2069. Three, 100 and above, are the year-2000 bug.
  const auto year = third_digits == 4 ? *third : *third >= 70 ? 1900 + *third : 2000 + *third;
  const bool day_first = separator == '.' || *first > 12;
  return day_first ? make_date(year, *second, *first) : make_date(year, *first, *second);
}

std::optional<unsigned> read_month(std::string_view text) {
  if (text.size() < 3 || text.size() > max_month_bytes) return std::nullopt;
  for (const auto& row : months) {
    if (equal_ignoring_case(text.substr(0, row.start.size()), row.start)) return row.month;
  }
  return std::nullopt;
}

std::optional<sys_days> make_date(std::uint64_t year, std::uint64_t month, std::uint64_t day) {
  using namespace std::chrono;
  if (year < min_year || year > max_year || month > 12 || day > 31) return std::nullopt;
  const year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<std::uint64_t> read_grouped_size(std::string_view text) {
  if (text.empty() || !is_digit(text.front()) || text.size() > 32) return std::nullopt;
  std::string digits;
  for (const char c : text) {
    if (c != ',' && c != '.') digits += c;
  }
  return parse_offset(digits);
}

}  // namespace ferry::proto
