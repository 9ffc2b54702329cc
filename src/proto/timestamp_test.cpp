#include "proto/timestamp.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const file_time noon = sys_days(2026y / 7 / 4) + 12h + 34min + 56s;

TEST(timestamp, reads) {
  EXPECT_EQ(parse_timestamp("20260704123456"), noon);
  EXPECT_EQ(parse_timestamp("20260704123456.789"), noon + 789ms);
  EXPECT_EQ(parse_timestamp("20260704123456.5"), noon + 500ms);
  EXPECT_EQ(parse_timestamp("20260704123456.1234567899999"), noon + 123456789ns);
  EXPECT_EQ(parse_timestamp("20161231235960"), sys_days(2017y / 1 / 1));  // a leap second
  EXPECT_EQ(parse_timestamp("16780101000000"), sys_days(1678y / 1 / 1));
  EXPECT_EQ(parse_timestamp("22611231235959.999999999"), sys_days(2262y / 1 / 1) - 1ns);
}

TEST(timestamp, reads_the_year_2000_bug) {
  EXPECT_EQ(parse_timestamp("191260704123456"), noon);
  EXPECT_EQ(parse_timestamp("191000101000000"), sys_days(2000y / 1 / 1));
  EXPECT_EQ(parse_timestamp("191260704123456.5"), noon + 500ms);
  EXPECT_EQ(parse_timestamp("192260704123456"), std::nullopt);
}

TEST(timestamp, refuses) {
  for (const auto* bad : {"",
                          "2026",
                          "2026070412345",
                          "202607041234567",
                          "20260704123456.",
                          "20260704123456.x",
                          "20260704123456 ",
                          " 20260704123456",
                          "20261304123456",
                          "20260004123456",
                          "20260732123456",
                          "20260230000000",
                          "20260704243456",
                          "20260704126056",
                          "20260704123461",
                          "2026070412345-6",
                          "00000101000000",
                          "16771231235959",
                          "22620101000000",
                          "99991231235959",
                          "+2026704123456",
                          "20260704123456.123456789012345678901234567890123"})
    EXPECT_EQ(parse_timestamp(bad), std::nullopt) << bad;
}

TEST(timestamp, writes) {
  EXPECT_EQ(format_timestamp(noon), "20260704123456");
  EXPECT_EQ(format_timestamp(noon + 7ms, fraction::milliseconds), "20260704123456.007");
  EXPECT_EQ(format_timestamp(file_time(-1ns)), "19691231235959");
  EXPECT_EQ(format_timestamp(file_time(-1ns), fraction::milliseconds), "19691231235959.999");
  EXPECT_EQ(format_timestamp(file_time::min()), "16770921001243");
  EXPECT_EQ(format_timestamp(file_time::max()), "22620411234716");
}

TEST(timestamp, round_trip) {
  for (file_time t = sys_days(1678y / 1 / 1); t < sys_days(2261y / 1 / 1); t += 9999h + 59min + 59s + 123ms)
    EXPECT_EQ(parse_timestamp(format_timestamp(t, fraction::milliseconds)), t);
}

}  // namespace
}  // namespace ferry::proto
