#include "proto/long_port.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

TEST(long_port, lprt) {
  EXPECT_EQ(parse_lprt("4,4,127,0,0,1,2,18,52"), (long_port{4, {127, 0, 0, 1}, 4660}));
  const auto six = parse_lprt("6,16,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,2,18,52");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->address.size(), 16u);
  EXPECT_EQ(six->address.back(), 1);
  EXPECT_EQ(parse_lprt("9,1,7,2,0,1"), (long_port{9, {7}, 1}));  // for the 521
  for (const auto* bad : {"", "4", "4,4,127,0,0,1", "4,4,127,0,0,1,2,18", "4,4,127,0,0,1,2,18,52,",
                          "4,5,1,2,3,4,5,2,1,1", "4,4,127,0,0,1,3,18,52", "4,4,127,0,0,1,3,0,18,52",
                          "4,4,127,0,0,1,2,0,0", "6,4,1,2,3,4,2,1,1", "4,4,256,0,0,1,2,1,1"})
    EXPECT_EQ(parse_lprt(bad), std::nullopt) << bad;
}

TEST(long_port, round_trip) {
  const long_port value{6, std::vector<std::uint8_t>(16, 255), 65535};
  EXPECT_EQ(parse_lprt(format_lprt(value)), value);
  EXPECT_EQ(parse_228(format_228(value)), value);
  EXPECT_EQ(format_228({4, {1, 2, 3, 4}, 258}), "Entering Long Passive Mode (4,4,1,2,3,4,2,1,2).");
  EXPECT_EQ(parse_228("Entering Long Passive Mode 4,4,1,2,3,4,2,1,2"), (long_port{4, {1, 2, 3, 4}, 258}));
  EXPECT_EQ(parse_228("Entering Long Passive Mode"), std::nullopt);
}

}  // namespace
}  // namespace ferry::proto
