// The form of `ls -l` with its many variations, and NetWare's, which ends alike.
#include <algorithm>

#include "proto/list_forms.hpp"
#include "proto/text.hpp"

namespace ferry::proto {
namespace {

constexpr std::string_view types = "-dlbcpsDnCM";

bool is_mode(std::string_view word) {
  return word.size() >= 10 && types.contains(word[0]) &&
         std::ranges::all_of(word.substr(1, 9), [](char c) { return std::string_view("-rwxsStTlLaA").contains(c); });
}

entry_kind kind_of(char type) {
  switch (type) {
    case '-': return entry_kind::file;
    case 'd': return entry_kind::directory;
    case 'l': return entry_kind::link;
    default: return entry_kind::other;
  }
}

std::uint32_t mode_bits(std::string_view rwx) {
  std::uint32_t mode = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    const char c = rwx[i];
    const bool set = c != '-' && c != 'S' && c != 'T' && c != 'l' && c != 'L';
    mode = mode << 1 | set;
  }
  const auto special = [&](std::size_t at, std::string_view letters, std::uint32_t bit) {
    if (letters.contains(rwx[at])) mode |= bit;
  };
  special(2, "sS", 04000);
  special(5, "sSlL", 02000);
  special(8, "tT", 01000);
  return mode;
}

// [links] [owner] [group...]: the words from 1 up to `end`. Any of them may be left out.
void read_owners(list_entry& entry, const list_words& words, std::size_t end) {
  std::size_t at = 1;
  if (at < end && parse_decimal(words[at]) && (end - at != 2 || !parse_decimal(words[at + 1]))) ++at;
  if (at < end) entry.owner = words[at++];
  for (; at < end; ++at) {
    if (!entry.group.empty()) entry.group += ' ';
    entry.group += words[at];
  }
}

void read_name(list_entry& entry, std::string_view text) {
  if (entry.kind == entry_kind::link) {
    const auto arrow = text.find(" -> ");
    if (arrow != text.npos && arrow > 0) {
      entry.target = text.substr(arrow + 4);
      text = text.substr(0, arrow);
    }
  }
  if (entry.kind == entry_kind::directory && text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  entry.name = text;
}

// Where "size date" stands: the first date with a number before it. The words before are owners, which may be numbers.
std::optional<list_date> find_date(const list_words& words, std::size_t first, file_time now, std::size_t& at) {
  for (at = first; at < words.size(); ++at) {
    const auto before = words[at - 1];
    if (!parse_decimal(before.substr(before.find(',') + 1))) continue;
    if (const auto date = read_unix_date(words, at, now)) return date;
  }
  return std::nullopt;
}

}  // namespace

std::optional<list_entry> parse_unix_line(std::string_view line, file_time now) {
  const list_words words(line);
  if (!is_mode(words[0])) return std::nullopt;
  std::size_t at = 0;
  const auto date = find_date(words, 2, now, at);
  if (!date) return std::nullopt;
  list_entry entry;
  entry.kind = kind_of(words[0][0]);
  entry.mode = mode_bits(words[0].substr(1));
  entry.modified = date->time;
  entry.precision = date->precision;
  std::size_t owners_end = at - 1;
  const bool device = words[at - 1].contains(',') || words[at - 2].ends_with(',');
  if (device) {
    if (words[at - 2].ends_with(',')) --owners_end;
  } else {
    entry.size = parse_offset(words[at - 1]);
  }
  read_owners(entry, words, owners_end);
  auto name = words.after(at + date->words - 1);
  if (name.size() < 2) return std::nullopt;
  name.remove_prefix(1);  // just the one space: further ones belong to the name
  read_name(entry, name);
  return entry;
}

// "d [RWCEAFMS] owner   512 Jan 16 18:53   name"
std::optional<list_entry> parse_netware_line(std::string_view line, file_time now) {
  const list_words words(line);
  if ((words[0] != "d" && words[0] != "-") || !words[1].starts_with('[') || !words[1].ends_with(']'))
    return std::nullopt;
  std::size_t at = 0;
  const auto date = find_date(words, 4, now, at);
  if (!date) return std::nullopt;
  list_entry entry;
  entry.kind = kind_of(words[0][0]);
  entry.modified = date->time;
  entry.precision = date->precision;
  entry.size = parse_offset(words[at - 1]);
  entry.owner = words[2];
  auto name = words.after(at + date->words - 1);
  skip_spaces(name);
  if (name.empty()) return std::nullopt;
  entry.name = name;
  return entry;
}

}  // namespace ferry::proto
