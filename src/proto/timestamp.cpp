#include "proto/timestamp.hpp"

#include <algorithm>
#include <cstdint>

#include "proto/text.hpp"

namespace ferry::proto {
namespace {

constexpr std::size_t max_fraction_digits = 32;

// Takes a number of exactly `digits` digits in the given range off the front.
std::optional<int> take_field(std::string_view& text, std::size_t digits, int min, int max) {
  auto rest = text;
  const auto value = take_decimal(rest, static_cast<std::uint64_t>(max), digits);
  if (!value || text.size() - rest.size() != digits || static_cast<int>(*value) < min) return std::nullopt;
  text = rest;
  return static_cast<int>(*value);
}

std::optional<int> take_year(std::string_view& text) {
  const auto digits = text.find('.') == text.npos ? text.size() : text.find('.');
  if (digits == 15 && text.starts_with("191")) {
    text.remove_prefix(2);
    if (const auto since_1900 = take_field(text, 3, 100, 199)) return 1900 + *since_1900;
    return std::nullopt;
  }
  return take_field(text, 4, min_year, max_year);
}

// What is left after the seconds: nothing, or a point and digits.
std::optional<std::chrono::nanoseconds> parse_fraction(std::string_view text) {
  if (text.empty()) return std::chrono::nanoseconds(0);
  const auto digits = text.substr(1);
  const bool valid = text.front() == '.' && !digits.empty() && digits.size() <= max_fraction_digits &&
                     std::ranges::all_of(digits, is_digit);
  if (!valid) return std::nullopt;
  std::int64_t nanoseconds = 0;
  for (std::size_t i = 0; i < 9; ++i) nanoseconds = nanoseconds * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return std::chrono::nanoseconds(nanoseconds);
}

}  // namespace

std::optional<file_time> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_year(text);
  const auto m = take_field(text, 2, 1, 12);
  const auto d = take_field(text, 2, 1, 31);
  const auto hour = take_field(text, 2, 0, 23);
  const auto minute = take_field(text, 2, 0, 59);
  const auto second = take_field(text, 2, 0, 60);
  const auto rest = parse_fraction(text);
  if (!y || !m || !d || !hour || !minute || !second || !rest) return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) + *rest;
}

calendar_time on_calendar(file_time time) {
  using namespace std::chrono;
  // Days as nanoseconds would overflow at either end of file_time; days as seconds do not.
  const auto whole = floor<seconds>(time);
  const auto midnight = floor<days>(whole);
  const year_month_day date(midnight);
  const auto of_day = static_cast<unsigned>((whole - midnight).count());
  const auto remainder = time.time_since_epoch().count() % 1'000'000'000;
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          of_day / 3600,
          of_day / 60 % 60,
          of_day % 60,
          static_cast<unsigned>(remainder < 0 ? remainder + 1'000'000'000 : remainder)};
}

void append_timestamp(std::string& out, file_time time, fraction digits) {
  const auto t = on_calendar(time);
  append_decimal(out, static_cast<unsigned>(t.year), 4, '0');
  for (const unsigned field : {t.month, t.day, t.hour, t.minute, t.second}) append_decimal(out, field, 2, '0');
  if (digits == fraction::none) return;
  out += '.';
  append_decimal(out, t.nanosecond / 1'000'000, 3, '0');
}

std::string format_timestamp(file_time time, fraction digits) {
  std::string out;
  append_timestamp(out, time, digits);
  return out;
}

}  // namespace ferry::proto
