#include "proto/list_line.hpp"

#include <gtest/gtest.h>

#include "proto/list_parse.hpp"

namespace ferry::proto {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const file_time now = sys_days(2026y / 7 / 4) + 12h + 34min + 56s;

std::string write(const list_line& line) {
  std::string out;
  append_list_line(out, line, now);
  return out;
}

TEST(list_line, file_directory_link) {
  EXPECT_EQ(write({.mode = 0644, .owner = "ann", .group = "staff", .size = 1234, .modified = now - 24h, .name = "a b"}),
            "-rw-r--r--   1 ann      staff          1234 Jul  3 12:34 a b");
  EXPECT_EQ(write({.type = 'd',
                   .mode = 0755,
                   .links = 12,
                   .owner = "1000",
                   .group = "1000",
                   .size = 4096,
                   .modified = sys_days(2020y / 1 / 31),
                   .name = "dir"}),
            "drwxr-xr-x  12 1000     1000           4096 Jan 31  2020 dir");
  EXPECT_EQ(write({.type = 'l',
                   .mode = 0777,
                   .owner = "a",
                   .group = "b",
                   .size = 3,
                   .modified = now,
                   .name = "l",
                   .target = "t u"}),
            "lrwxrwxrwx   1 a        b                 3 Jul  4 12:34 l -> t u");
}

TEST(list_line, mode) {
  const auto mode = [](char type, std::uint32_t bits) {
    std::string out;
    append_mode(out, type, bits);
    return out;
  };
  EXPECT_EQ(mode('-', 07777), "-rwsrwsrwt");
  EXPECT_EQ(mode('-', 07000), "---S--S--T");
  EXPECT_EQ(mode('d', 0), "d---------");
  EXPECT_EQ(mode('b', 0421), "br---w---x");
}

TEST(list_line, half_a_year_decides_between_clock_and_year) {
  const auto date = [](file_time t) { return write({.modified = t, .name = "n"}).substr(44); };
  EXPECT_EQ(date(now), "Jul  4 12:34 n");
  EXPECT_EQ(date(now - 24h * 182), "Jan  3 12:34 n");
  EXPECT_EQ(date(now - 24h * 183), "Jan  2  2026 n");
  EXPECT_EQ(date(now + 1s), "Jul  4  2026 n");
  EXPECT_EQ(date(file_time::min()), "Sep 21  1677 n");
  EXPECT_EQ(date(file_time::max()), "Apr 11  2262 n");
}

// A name may not add a line to the listing, nor an owner a column.
TEST(list_line, names_stay_on_their_line) {
  EXPECT_EQ(write({.owner = "a b", .group = "", .name = "x\r\n-rw", .target = "t\n"}),
            "----------   1 a?b      ?                 0 Jan  1  1970 x?\?-rw -> t?");
}

TEST(list_line, wide_fields_are_whole) {
  const auto line = write({.links = 123456, .owner = "long-owner-name", .group = "g", .size = UINT64_MAX, .name = "n"});
  EXPECT_NE(line.find(" 123456 long-owner-name g        18446744073709551615 Jan"), std::string::npos) << line;
}

TEST(list_line, is_read_back) {
  for (const auto* name : {"plain", " leading", "trailing ", "a -> b", "\xC3\xA9", "Jan 1 12:34",
                           "."
                           "hidden"}) {
    list_parser parser(now);
    const auto entry = parser.line(write({.mode = 04751,
                                          .links = 3,
                                          .owner = "ann",
                                          .group = "staff",
                                          .size = 99,
                                          .modified = now - 24h,
                                          .name = name}));
    ASSERT_TRUE(entry) << name;
    EXPECT_EQ(entry->name, name);
    EXPECT_EQ(entry->size, 99u);
    EXPECT_EQ(entry->mode, 04751u);
    EXPECT_EQ(entry->owner, "ann");
    EXPECT_EQ(entry->group, "staff");
    EXPECT_EQ(entry->modified, now - 24h - 56s);
    EXPECT_EQ(entry->precision, time_precision::minute);
  }
}

}  // namespace
}  // namespace ferry::proto
