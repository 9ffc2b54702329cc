#include "proto/facts.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr fact_set all = (1 << 12) - 1;
const file_time noon = sys_days(2026y / 7 / 4) + 12h;

entry_facts full() {
  entry_facts facts;
  facts.type = "file";
  facts.size = 123;
  facts.modify = noon;
  facts.create = noon + 1s;
  facts.unique = "fd01g2a";
  facts.perm = "adfrw";
  facts.lang = "en";
  facts.media_type = "text/plain";
  facts.charset = "UTF-8";
  facts.unix_mode = 0644;
  facts.unix_owner = "ann";
  facts.unix_group = "staff";
  return facts;
}

std::string write(const entry_facts& facts, fact_set chosen, std::string_view name) {
  std::string out;
  append_facts_line(out, facts, chosen, name);
  return out;
}

TEST(facts, writes_what_is_chosen_and_known) {
  EXPECT_EQ(write(full(), all, "a b"),
            "type=file;size=123;modify=20260704120000;create=20260704120001;unique=fd01g2a;perm=adfrw;lang=en;"
            "media-type=text/plain;charset=UTF-8;UNIX.mode=0644;UNIX.owner=ann;UNIX.group=staff; a b");
  EXPECT_EQ(write(full(), fact::size | fact::type, "n"), "type=file;size=123; n");
  EXPECT_EQ(write(full(), 0, "n"), " n");
  EXPECT_EQ(write({}, all, "n"), " n");
}

TEST(facts, round_trip) {
  for (const auto* name : {"a", " a ", "a; b", "a=b;c=d; e", "\xC3\xA9"}) {
    const auto parsed = parse_facts_line(write(full(), all, name));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, (facts_line{full(), name}));
    EXPECT_EQ(parse_facts_line(write(full(), 0, name))->name, name);
  }
}

TEST(facts, neither_values_nor_names_can_add_facts_or_lines) {
  entry_facts facts;
  facts.unix_owner = "a b;type=dir\r\n";
  EXPECT_EQ(write(facts, all, "x\r\ny"), "UNIX.owner=a_b_type=dir__; x??y");
}

TEST(facts, reads_with_patience) {
  const auto parsed = parse_facts_line("Type=DIR;SIZE=x;Modify=bad;unix.MODE=0100755;;nothing;X.y=z; n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->facts.type, "DIR");
  EXPECT_EQ(parsed->facts.size, std::nullopt);
  EXPECT_EQ(parsed->facts.modify, std::nullopt);
  EXPECT_EQ(parsed->facts.unix_mode, 0755u);
  EXPECT_EQ(parsed->facts.others, (std::vector<std::pair<std::string, std::string>>{{"X.y", "z"}}));
  EXPECT_EQ(parsed->name, "n");
}

TEST(facts, last_semicolon_missing) {
  const auto parsed = parse_facts_line("type=file;size=3 a name");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->facts.size, 3u);
  EXPECT_EQ(parsed->name, "a name");
}

TEST(facts, spaces_in_a_value) {
  const auto parsed = parse_facts_line("type=OS.unix=slink:/a b;size=3; name");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->facts.type, "OS.unix=slink:/a b");
  EXPECT_EQ(parsed->facts.size, 3u);
  EXPECT_EQ(parsed->name, "name");
}

TEST(facts, no_name) {
  for (const auto* line : {"", " ", "type=file;", "type=file; "}) EXPECT_EQ(parse_facts_line(line), std::nullopt);
}

TEST(facts, unknown_facts_are_bounded) {
  std::string line;
  for (int i = 0; i < 1000; ++i) line += "x=y;";
  EXPECT_EQ(parse_facts_line(line + " n")->facts.others.size(), max_other_facts);
}

// Pure-FTPd CVE-2024-48208 and ProFTPD Issue 2146: MLST and MLSD with long or odd names and options.
TEST(facts, cve_2024_48208_names_of_every_byte_and_length) {
  for (int c = 0; c < 256; ++c) {
    const std::string name(255, static_cast<char>(c));
    const auto parsed = parse_facts_line(write(full(), all, name));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->name, c == 0 || c == '\r' || c == '\n' ? std::string(255, '?') : name);
  }
  EXPECT_EQ(parse_opts_mlst(std::string(4096, ';'), all), 0u);
  EXPECT_EQ(parse_opts_mlst(std::string(4096, 's'), all), 0u);
}

TEST(facts, options) {
  const auto offered = fact::type | fact::size | fact::unix_mode;
  EXPECT_EQ(parse_opts_mlst("TYPE;size;create;nonsense;", offered), fact::type | fact::size);
  EXPECT_EQ(parse_opts_mlst("type;unix.mode", offered), fact::type | fact::unix_mode);
  EXPECT_EQ(parse_opts_mlst("", offered), 0u);
  EXPECT_EQ(format_mlst_feature(offered, fact::size), "MLST type;size*;UNIX.mode;");
  EXPECT_EQ(format_opts_mlst(fact::type | fact::size), "MLST OPTS type;size;");
  EXPECT_EQ(format_opts_mlst(0), "MLST OPTS");
}

}  // namespace
}  // namespace ferry::proto
