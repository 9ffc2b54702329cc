// The forms that start with a numeric date (DOS, IIS) or hold one (AS/400).
#include "proto/list_forms.hpp"
#include "proto/text.hpp"

namespace ferry::proto {
namespace {

bool is_half_of_day(std::string_view word) {
  return equal_ignoring_case(word, "AM") || equal_ignoring_case(word, "PM");
}

// "<JUNCTION> name [target]"
void read_dos_link(list_entry& entry, std::string_view name) {
  const auto open = name.rfind(" [");
  if (open == name.npos || open == 0 || !name.ends_with(']')) {
    entry.name = name;
    return;
  }
  entry.name = name.substr(0, open);
  entry.target = name.substr(open + 2, name.size() - open - 3);
}

}  // namespace

// "02-25-99  03:07PM       <DIR>          name", "2020-02-25  15:07      1,234 name"
std::optional<list_entry> parse_dos_line(std::string_view line) {
  const list_words words(line);
  const auto date = read_numeric_date(words[0]);
  std::string clock_text(words[1].substr(0, 16));
  std::size_t at = 2;
  if (is_half_of_day(words[2])) {
    clock_text += words[2];
    ++at;
  }
  const auto clock = read_clock(clock_text);
  auto name = words.after(at);
  skip_spaces(name);
  if (!date || !clock || name.empty()) return std::nullopt;
  list_entry entry;
  entry.modified = *date + clock->since_midnight;
  entry.precision = clock->precision;
  const auto what = words[at];
  if (equal_ignoring_case(what, "<DIR>")) {
    entry.kind = entry_kind::directory;
  } else if (what == "<JUNCTION>" || what == "<SYMLINKD>" || what == "<SYMLINK>") {
    entry.kind = entry_kind::link;
    read_dos_link(entry, name);
    return entry;
  } else {
    entry.size = read_grouped_size(what);
    if (!entry.size) return std::nullopt;
  }
  entry.name = name;
  return entry;
}

// "QSYS   77824 02/23/00 15:09:55 *DIR   QGPL/"
std::optional<list_entry> parse_as400_line(std::string_view line) {
  const list_words words(line);
  const auto date = read_numeric_date(words[2]);
  const auto clock = read_clock(words[3]);
  const auto size = read_grouped_size(words[1]);
  auto name = words.after(4);
  skip_spaces(name);
  if (!date || !clock || !size || !words[4].starts_with('*') || name.empty()) return std::nullopt;
  list_entry entry;
  const bool slash = name.size() > 1 && name.ends_with('/');
  if (slash) name.remove_suffix(1);
  entry.name = name;
  entry.kind = slash || words[4] == "*DIR" ? entry_kind::directory : entry_kind::file;
  if (entry.kind == entry_kind::file) entry.size = size;
  entry.modified = *date + clock->since_midnight;
  entry.precision = clock->precision;
  entry.owner = words[0];
  return entry;
}

}  // namespace ferry::proto
