#include "proto/text.hpp"

#include <algorithm>
#include <charconv>

namespace ferry::proto {

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = to_upper(c);
  return upper;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](char c) { return to_upper(c); }, [](char c) { return to_upper(c); });
}

std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max) {
  auto value = take_decimal(text, max, text.size());
  return text.empty() ? value : std::nullopt;
}

std::optional<std::uint32_t> parse_octal(std::string_view text, std::uint32_t max) {
  std::uint32_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (failure != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> take_decimal(std::string_view& text, std::uint64_t max, std::size_t max_digits) {
  std::uint64_t value = 0;
  const char* const begin = text.data();
  const auto [end, failure] = std::from_chars(begin, begin + std::min(text.size(), max_digits), value);
  if (end == begin || failure != std::errc{} || value > max) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - begin));
  return value;
}

void append_decimal(std::string& out, std::uint64_t value) { append_decimal(out, value, 0, ' '); }

void append_decimal(std::string& out, std::uint64_t value, std::size_t width, char fill) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const auto length = static_cast<std::size_t>(end - digits);
  if (length < width) out.append(width - length, fill);
  out.append(digits, length);
}

void append_on_one_line(std::string& out, std::string_view name) {
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out += name;
  std::replace_if(out.begin() + start, out.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, '?');
}

}  // namespace ferry::proto
