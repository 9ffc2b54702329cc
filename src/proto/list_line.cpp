#include "proto/list_line.hpp"

#include <algorithm>

#include "proto/text.hpp"
#include "proto/timestamp.hpp"

namespace ferry::proto {
namespace {

constexpr std::chrono::seconds half_year{365 * 86'400 / 2};
constexpr std::size_t owner_width = 8;

void append_owner(std::string& out, std::string_view owner) {
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out += owner.empty() ? "?" : owner;
  std::replace_if(
      out.begin() + start, out.end(), [](char c) { return c == ' ' || c == '\r' || c == '\n' || c == '\0'; }, '?');
  if (owner.size() < owner_width) out.append(owner_width - std::max<std::size_t>(owner.size(), 1), ' ');
  out += ' ';
}

void append_date(std::string& out, file_time time, file_time now) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto t = on_calendar(time);
  out += months.substr(3 * (t.month - 1), 3);
  out += ' ';
  append_decimal(out, t.day, 2, ' ');
  using std::chrono::floor, std::chrono::seconds;
  if (time > now || floor<seconds>(now) - floor<seconds>(time) > half_year) {
    append_decimal(out, static_cast<unsigned>(t.year), 6, ' ');
    return;
  }
  out += ' ';
  append_decimal(out, t.hour, 2, '0');
  out += ':';
  append_decimal(out, t.minute, 2, '0');
}

}  // namespace

void append_mode(std::string& out, char type, std::uint32_t mode) {
  char text[] = {type, 'r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'};
  for (unsigned i = 0; i < 9; ++i) {
    if (!(mode >> (8 - i) & 1)) text[1 + i] = '-';
  }
  const auto special = [&](std::uint32_t bit, std::size_t at, char with_x, char without_x) {
    if (mode & bit) text[at] = text[at] == 'x' ? with_x : without_x;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  out.append(text, sizeof text);
}

void append_list_line(std::string& out, const list_line& line, file_time now) {
  append_mode(out, line.type, line.mode);
  out += ' ';
  append_decimal(out, line.links, 3, ' ');
  out += ' ';
  append_owner(out, line.owner);
  append_owner(out, line.group);
  append_decimal(out, line.size, 10, ' ');
  out += ' ';
  append_date(out, line.modified, now);
  out += ' ';
  append_on_one_line(out, line.name);
  if (line.target.empty()) return;
  out += " -> ";
  append_on_one_line(out, line.target);
}

}  // namespace ferry::proto
