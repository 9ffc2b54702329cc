#include "proto/facts.hpp"

#include <algorithm>
#include <charconv>

#include "proto/text.hpp"
#include "proto/timestamp.hpp"

namespace ferry::proto {
namespace {

using text_member = std::string entry_facts::*;
using time_member = std::optional<file_time> entry_facts::*;

// In the order they are written. A fact is text, a time, or one of the two numbers, which have neither member.
struct row {
  fact_set bit;
  std::string_view name;
  text_member text = nullptr;
  time_member time = nullptr;
};

constexpr row rows[] = {
    {fact::type, "type", &entry_facts::type},
    {fact::size, "size"},
    {fact::modify, "modify", nullptr, &entry_facts::modify},
    {fact::create, "create", nullptr, &entry_facts::create},
    {fact::unique, "unique", &entry_facts::unique},
    {fact::perm, "perm", &entry_facts::perm},
    {fact::lang, "lang", &entry_facts::lang},
    {fact::media_type, "media-type", &entry_facts::media_type},
    {fact::charset, "charset", &entry_facts::charset},
    {fact::unix_mode, "UNIX.mode"},
    {fact::unix_owner, "UNIX.owner", &entry_facts::unix_owner},
    {fact::unix_group, "UNIX.group", &entry_facts::unix_group},
};

const row* find_row(std::string_view name) {
  const auto found = std::ranges::find_if(rows, [&](const row& r) { return equal_ignoring_case(r.name, name); });
  return found == std::end(rows) ? nullptr : &*found;
}

void read_fact(entry_facts& facts, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == text.npos) return;
  const auto name = text.substr(0, equals);
  const auto value = text.substr(equals + 1);
  const row* const found = find_row(name);
  if (!found) {
    if (facts.others.size() < max_other_facts) facts.others.emplace_back(name, value);
  } else if (found->text) {
    facts.*found->text = value;
  } else if (found->time) {
    facts.*found->time = parse_timestamp(value);
  } else if (found->bit == fact::size) {
    facts.size = parse_offset(value);
  } else {
    facts.unix_mode = parse_octal(value);
    if (facts.unix_mode) *facts.unix_mode &= 07777;
  }
}

// Where the space between facts and name stands. It follows a ';', but old servers leave the last ';' out, and some
// write spaces into values: those are told apart by whether all up to the first "; " looks like facts.
std::size_t find_name_space(std::string_view line) {
  const auto space = line.find(' ');
  if (space == line.npos || space == 0 || line[space - 1] == ';') return space;
  const auto end = line.find("; ");
  if (end == line.npos) return space;
  for (auto facts = line.substr(0, end + 1); !facts.empty(); facts.remove_prefix(facts.find(';') + 1)) {
    if (facts.substr(0, facts.find(';')).find('=') == facts.npos) return space;
  }
  return end + 1;
}

void append_value(std::string& out, std::string_view value) {
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out += value;
  const auto unfit = [](char c) { return c == ';' || c == '\x7F' || static_cast<unsigned char>(c) <= ' '; };
  std::replace_if(out.begin() + start, out.end(), unfit, '_');
}

bool known(const entry_facts& facts, const row& r) {
  if (r.text) return !(facts.*r.text).empty();
  if (r.time) return (facts.*r.time).has_value();
  return r.bit == fact::size ? facts.size.has_value() : facts.unix_mode.has_value();
}

void append_fact(std::string& out, const entry_facts& facts, const row& r) {
  out += r.name;
  out += '=';
  if (r.text) {
    append_value(out, facts.*r.text);
  } else if (r.time) {
    append_timestamp(out, *(facts.*r.time));
  } else if (r.bit == fact::size) {
    append_decimal(out, *facts.size);
  } else {
    for (int shift = 9; shift >= 0; shift -= 3) out += static_cast<char>('0' + (*facts.unix_mode >> shift & 7));
  }
  out += ';';
}

}  // namespace

std::optional<facts_line> parse_facts_line(std::string_view line) {
  const auto space = find_name_space(line);
  if (space == line.npos || space + 1 == line.size()) return std::nullopt;
  facts_line result;
  result.name = line.substr(space + 1);
  auto facts = line.substr(0, space);
  while (!facts.empty()) {
    const auto end = std::min(facts.find(';'), facts.size());
    read_fact(result.facts, facts.substr(0, end));
    facts.remove_prefix(std::min(end + 1, facts.size()));
  }
  return result;
}

void append_facts_line(std::string& out, const entry_facts& facts, fact_set chosen, std::string_view name) {
  for (const auto& r : rows) {
    if ((chosen & r.bit) && known(facts, r)) append_fact(out, facts, r);
  }
  out += ' ';
  append_on_one_line(out, name);
}

fact_set parse_opts_mlst(std::string_view argument, fact_set offered) {
  fact_set chosen = 0;
  while (!argument.empty()) {
    const auto end = std::min(argument.find(';'), argument.size());
    if (const row* const found = find_row(argument.substr(0, end))) chosen |= found->bit & offered;
    argument.remove_prefix(std::min(end + 1, argument.size()));
  }
  return chosen;
}

std::string format_mlst_feature(fact_set offered, fact_set chosen) {
  std::string out = "MLST ";
  for (const auto& r : rows) {
    if (!(offered & r.bit)) continue;
    out += r.name;
    out += chosen & r.bit ? "*;" : ";";
  }
  return out;
}

std::string format_opts_mlst(fact_set chosen) {
  std::string out = "MLST OPTS";
  for (const auto& r : rows) {
    if (!(chosen & r.bit)) continue;
    out += out.ends_with("OPTS") ? " " : "";
    out += r.name;
    out += ';';
  }
  return out;
}

}  // namespace ferry::proto
