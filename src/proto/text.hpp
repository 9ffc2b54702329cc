// Letters and decimal numbers as the protocol writes them: ASCII, whatever the locale. Nothing here throws on bad
// input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string to_upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Offsets and sizes end here, so that they fit the kernel's signed ones.
inline constexpr std::uint64_t max_offset = INT64_MAX;

// The whole text as digits only (no sign, no space); nothing when it is not, or is above `max`.
std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max = UINT64_MAX);

// The argument of REST, ALLO, RANG, SIZE's answer: 0..max_offset.
inline std::optional<std::uint64_t> parse_offset(std::string_view text) { return parse_decimal(text, max_offset); }

// The same in octal digits, as permissions are written.
std::optional<std::uint32_t> parse_octal(std::string_view text, std::uint32_t max = UINT32_MAX);

// Takes the digits at the front off `text`, at most `max_digits` of them. `text` is unchanged when nothing is returned.
std::optional<std::uint64_t> take_decimal(std::string_view& text, std::uint64_t max, std::size_t max_digits = 20);

void append_decimal(std::string& out, std::uint64_t value);
// Right-aligned in `width` bytes, filled with `fill` on the left; a longer number is written whole.
void append_decimal(std::string& out, std::uint64_t value, std::size_t width, char fill);

// A name as it may stand on one line of text: CR, LF and NUL, which would end it, become '?'.
void append_on_one_line(std::string& out, std::string_view name);

}  // namespace ferry::proto
