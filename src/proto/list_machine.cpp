// The two forms meant for programs: MLSD's facts (RFC 3659), met in LIST too, and EPLF.
#include <algorithm>

#include "proto/facts.hpp"
#include "proto/list_forms.hpp"
#include "proto/text.hpp"

namespace ferry::proto {
namespace {

entry_kind kind_of(std::string_view type) {
  const auto starts = [&](std::string_view start) { return equal_ignoring_case(type.substr(0, start.size()), start); };
  if (type.empty() || equal_ignoring_case(type, "file")) return entry_kind::file;
  if (equal_ignoring_case(type, "dir")) return entry_kind::directory;
  return starts("OS.unix=slink") || starts("OS.unix=symlink") ? entry_kind::link : entry_kind::other;
}

}  // namespace

std::optional<list_entry> parse_mlsd_line(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == line.npos || equals > line.find(' ') || equals > line.find(';')) return std::nullopt;
  auto parsed = parse_facts_line(line);
  if (!parsed) return std::nullopt;
  const auto& facts = parsed->facts;
  list_entry entry;
  const bool here = equal_ignoring_case(facts.type, "cdir");
  entry.name = here ? "." : equal_ignoring_case(facts.type, "pdir") ? ".." : std::move(parsed->name);
  entry.kind = kind_of(facts.type);
  if (entry.kind == entry_kind::link) {
    const auto colon = facts.type.find(':');
    if (colon != facts.type.npos) entry.target = facts.type.substr(colon + 1);
  }
  entry.size = facts.size;
  entry.modified = facts.modify;
  entry.mode = facts.unix_mode;
  entry.owner = facts.unix_owner;
  entry.group = facts.unix_group;
  return entry;
}

// "+i8388621.48594,m825718503,r,s280,\tname"
std::optional<list_entry> parse_eplf_line(std::string_view line) {
  if (!line.starts_with('+')) return std::nullopt;
  const auto tab = line.find('\t');
  if (tab == line.npos || tab + 1 == line.size()) return std::nullopt;
  list_entry entry;
  entry.name = line.substr(tab + 1);
  entry.kind = entry_kind::other;
  auto facts = line.substr(1, tab - 1);
  while (!facts.empty()) {
    const auto end = std::min(facts.find(','), facts.size());
    const auto one = facts.substr(0, end);
    facts.remove_prefix(std::min(end + 1, facts.size()));
    if (one == "/") entry.kind = entry_kind::directory;
    if (one == "r") entry.kind = entry_kind::file;
    if (one.starts_with('s')) entry.size = parse_offset(one.substr(1));
    if (one.starts_with('m')) {
      constexpr std::uint64_t last_second = 9'223'372'035;  // that a file_time can hold
      const auto seconds = parse_decimal(one.substr(1), last_second);
      if (seconds) entry.modified = file_time(std::chrono::seconds(*seconds));
    }
  }
  return entry;
}

}  // namespace ferry::proto
