#include "proto/text.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

TEST(text, case_is_ascii_only) {
  EXPECT_EQ(to_upper("aZ9-\xE9"), "AZ9-\xE9");
  EXPECT_TRUE(equal_ignoring_case("Type", "tYPE"));
  EXPECT_FALSE(equal_ignoring_case("type", "types"));
  EXPECT_FALSE(equal_ignoring_case("\xE9", "\xC9"));
}

TEST(text, parse_decimal) {
  EXPECT_EQ(parse_decimal("0"), 0u);
  EXPECT_EQ(parse_decimal("007"), 7u);
  EXPECT_EQ(parse_decimal("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_decimal("256", 255), std::nullopt);
  for (const auto* bad : {"", " 1", "1 ", "+1", "-1", "0x1", "1a", "18446744073709551616", "99999999999999999999999"})
    EXPECT_EQ(parse_decimal(bad), std::nullopt) << bad;
}

TEST(text, parse_octal) {
  EXPECT_EQ(parse_octal("0"), 0u);
  EXPECT_EQ(parse_octal("0644"), 0644u);
  EXPECT_EQ(parse_octal("37777777777"), UINT32_MAX);
  EXPECT_EQ(parse_octal("1000", 0777), std::nullopt);
  for (const auto* bad : {"", " 1", "1 ", "+1", "-1", "8", "0o7", "40000000000"})
    EXPECT_EQ(parse_octal(bad), std::nullopt) << bad;
}

// ProFTPD Issue 2286 (negative REST and RANG) and its kin at the edges of integers.
TEST(text, issue_2286_offsets_at_the_edges) {
  EXPECT_EQ(parse_offset("-1"), std::nullopt);
  EXPECT_EQ(parse_offset("0"), 0u);
  EXPECT_EQ(parse_offset("2147483648"), 2147483648u);
  EXPECT_EQ(parse_offset("9223372036854775807"), 9223372036854775807u);
  EXPECT_EQ(parse_offset("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_offset("18446744073709551616"), std::nullopt);
}

TEST(text, take_decimal) {
  std::string_view text = "12345,6";
  EXPECT_EQ(take_decimal(text, 999, 3), 123u);
  EXPECT_EQ(text, "45,6");
  EXPECT_EQ(take_decimal(text, 44), std::nullopt);
  EXPECT_EQ(text, "45,6");
}

TEST(text, append) {
  std::string out;
  append_decimal(out, 7, 3, '0');
  append_decimal(out, 1234, 3, '0');
  append_decimal(out, 0);
  EXPECT_EQ(out, "00712340");
  out.clear();
  append_on_one_line(out, std::string_view("a\r\n\0b", 5));
  EXPECT_EQ(out, "a???b");
}

}  // namespace
}  // namespace ferry::proto
