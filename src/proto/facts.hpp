// The facts of MLST and MLSD, and their choice by OPTS MLST (RFC 3659 §7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace ferry::proto {

// Facts as bits: fact::type | fact::size.
using fact_set = std::uint32_t;
namespace fact {
inline constexpr fact_set type = 1 << 0;
inline constexpr fact_set size = 1 << 1;
inline constexpr fact_set modify = 1 << 2;
inline constexpr fact_set create = 1 << 3;
inline constexpr fact_set unique = 1 << 4;
inline constexpr fact_set perm = 1 << 5;
inline constexpr fact_set lang = 1 << 6;
inline constexpr fact_set media_type = 1 << 7;
inline constexpr fact_set charset = 1 << 8;
inline constexpr fact_set unix_mode = 1 << 9;
inline constexpr fact_set unix_owner = 1 << 10;
inline constexpr fact_set unix_group = 1 << 11;
}  // namespace fact

// What is known of one entry. An empty string or optional: not known, and not written.
struct entry_facts {
  std::string type;  // file, dir, cdir, pdir, or OS.name=type ("OS.unix=slink:target")
  std::optional<std::uint64_t> size;
  std::optional<file_time> modify;
  std::optional<file_time> create;
  std::string unique;
  std::string perm;
  std::string lang;
  std::string media_type;
  std::string charset;
  std::optional<std::uint32_t> unix_mode;  // the low twelve bits
  std::string unix_owner;
  std::string unix_group;
  std::vector<std::pair<std::string, std::string>> others;  // facts of other names, as read; never written

  friend bool operator==(const entry_facts&, const entry_facts&) = default;
};

struct facts_line {
  entry_facts facts;
  std::string name;

  friend bool operator==(const facts_line&, const facts_line&) = default;
};

inline constexpr std::size_t max_other_facts = 32;  // more on one line are forgotten

// "type=file;size=3; name", without line end and without the space MLST sets before. Names of facts in any case, the
// last ';' may be missing, a value that cannot be read counts as not known. Nothing when there is no name.
std::optional<facts_line> parse_facts_line(std::string_view line);

// Appends the chosen facts that are known, a space and the name; no line end. In values a space, ';' or control byte
// becomes '_', in the name CR, LF and NUL become '?': neither may look like another fact or line.
void append_facts_line(std::string& out, const entry_facts& facts, fact_set chosen, std::string_view name);

// The argument of OPTS MLST, "type;size;": of the offered facts those it names; others are ignored (§7.9).
fact_set parse_opts_mlst(std::string_view argument, fact_set offered);

// "MLST type*;size*;perm;" for FEAT: the offered facts, those chosen now with a '*' (§7.8).
std::string format_mlst_feature(fact_set offered, fact_set chosen);
// "MLST OPTS type;size;" for the reply to OPTS MLST; without facts, "MLST OPTS".
std::string format_opts_mlst(fact_set chosen);

}  // namespace ferry::proto
