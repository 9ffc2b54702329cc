// VMS, and MVS (z/OS) with its datasets and the members of partitioned ones.
#include <algorithm>

#include "proto/list_forms.hpp"
#include "proto/text.hpp"

namespace ferry::proto {
namespace {

// "10-DEC-1997"
std::optional<std::chrono::sys_days> read_vms_date(std::string_view text) {
  const auto day = take_decimal(text, 31, 2);
  if (!day || !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  const auto end = text.find('-');
  if (end == text.npos) return std::nullopt;
  const auto month = read_month(text.substr(0, end));
  const auto year = parse_decimal(text.substr(end + 1), 9999);
  return month && year ? make_date(*year, *month, *day) : std::nullopt;
}

// The bytes of "NAME.TYPE;VERSION" at the front of a line; 0 when there is no version.
std::size_t vms_name_length(std::string_view line) {
  const auto semicolon = line.find(';');
  if (semicolon == line.npos || semicolon == 0) return 0;
  auto end = semicolon + 1;
  while (end < line.size() && is_digit(line[end])) ++end;
  const bool ended = end == line.size() || line[end] == ' ' || line[end] == '\t';
  return ended && end > semicolon + 1 ? end : 0;
}

// "[GROUP,OWNER]" or "[OWNER]"
void read_vms_owner(list_entry& entry, std::string_view word) {
  if (!word.starts_with('[') || !word.ends_with(']')) return;
  word = word.substr(1, word.size() - 2);
  const auto comma = word.find(',');
  if (comma != word.npos) entry.group = word.substr(0, comma);
  entry.owner = comma == word.npos ? word : word.substr(comma + 1);
}

bool is_dataset_organisation(std::string_view word) {
  constexpr std::string_view known[] = {"PS", "PS-E", "PS-L", "PO", "PO-E", "DA", "VS", "VSAM", "IS", "GDG"};
  return std::ranges::find(known, word) != std::end(known);
}

std::string unquoted(std::string_view name) {
  if (name.size() > 2 && name.starts_with('\'') && name.ends_with('\'')) name = name.substr(1, name.size() - 2);
  return std::string(name);
}

}  // namespace

// "README.TXT;4   18/20   10-DEC-1997 19:11:54 [SYSTEM] (RWED,RWED,RE,)": size and date in either order. The version
// stays in a file's name, as it says which of them is meant; a directory's ".DIR;1" goes, as no CWD wants it.
std::optional<list_entry> parse_vms_line(std::string_view line) {
  const auto length = vms_name_length(line);
  if (length == 0) return std::nullopt;
  const list_words words(line.substr(length));
  list_entry entry;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (const auto date = read_vms_date(words[i])) {
      const auto clock = read_clock(words[i + 1]);
      entry.modified = clock ? *date + clock->since_midnight : *date;
      entry.precision = clock ? clock->precision : time_precision::day;
    }
    read_vms_owner(entry, words[i]);
  }
  // A file one may not look into shows an error in place of the date.
  const bool hidden = line.find("%RMS") != line.npos || line.find("insufficient privilege") != line.npos ||
                      line.find("No privilege") != line.npos;
  if (!entry.modified && !hidden) return std::nullopt;
  auto name = line.substr(0, length);
  const auto base = name.substr(0, name.find(';'));
  if (base.size() > 4 && equal_ignoring_case(base.substr(base.size() - 4), ".DIR")) {
    entry.kind = entry_kind::directory;
    name = base.substr(0, base.size() - 4);
  }
  entry.name = name;
  return entry;
}

// "WPTA01 3290   2004/03/04  1    3  FB      80  3125  PO  SPZ.NETD", "Migrated   NAME", "Pseudo Directory   NAME"
std::optional<list_entry> parse_mvs_line(std::string_view line) {
  const list_words words(line);
  if (words.size() < 2 || words.size() > 12) return std::nullopt;
  const auto last = words.size() - 1;
  list_entry entry;
  entry.name = unquoted(words[last]);
  if (words.size() == 2) {
    const bool away = equal_ignoring_case(words[0], "Migrated") || words[0] == "MIGRAT";
    return away ? std::optional(entry) : std::nullopt;
  }
  if (words[0] == "Pseudo" && words[1] == "Directory") {
    entry.kind = entry_kind::directory;
    return entry;
  }
  if (words[0] == "ARCIVE" || words[0] == "MIGRAT") return entry;
  if (!is_dataset_organisation(words[last - 1])) return std::nullopt;
  if (words[last - 1].starts_with("PO")) entry.kind = entry_kind::directory;
  if (const auto date = read_numeric_date(words[2])) {
    entry.modified = *date;
    entry.precision = time_precision::day;
  }
  return entry;
}

// " MEMBER  01.03 2002/09/12 2002/10/11 09:37    11    11     0 USER1"; a member without statistics is its name alone.
std::optional<list_entry> parse_mvs_member_line(std::string_view line) {
  constexpr std::size_t max_member_name = 8;
  const list_words words(line);
  if (words.size() == 0 || words[0].size() > max_member_name) return std::nullopt;
  list_entry entry;
  entry.name = words[0];
  const auto changed = read_numeric_date(words[3]);
  const auto clock = read_clock(words[4]);
  if (changed && clock) {
    entry.modified = *changed + clock->since_midnight;
    entry.precision = clock->precision;
    entry.owner = words[8];
  }
  return entry;
}

}  // namespace ferry::proto
