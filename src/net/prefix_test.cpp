#include "net/prefix.hpp"

#include <gtest/gtest.h>

namespace ferry::net {
namespace {

address of(const char* text) { return prefix_of(asio::ip::make_address(text)); }

TEST(prefix, of_ipv4_is_the_address) {
  EXPECT_EQ(of("192.0.2.1").to_string(), "192.0.2.1");
  EXPECT_EQ(of("::ffff:192.0.2.1"), of("192.0.2.1"));
}

TEST(prefix, of_ipv6_is_its_subnet) {
  EXPECT_EQ(of("2001:db8:1:2:3:4:5:6").to_string(), "2001:db8:1:2::");
  EXPECT_EQ(of("2001:db8:1:2:ffff:ffff:ffff:ffff"), of("2001:db8:1:2::"));
  EXPECT_NE(of("2001:db8:1:3::1"), of("2001:db8:1:2::1"));
}

TEST(prefix, of_neighbours_on_a_link_are_their_own) {
  EXPECT_NE(of("fe80::1%1"), of("fe80::2%1"));
  EXPECT_NE(of("fe80::1%1"), of("fe80::1%2"));
  EXPECT_EQ(of("::1").to_string(), "::1");
}

bool holds(const char* range, const char* one) {
  auto read = address_range::parse(range);
  EXPECT_TRUE(read) << range;
  return read && read->holds(asio::ip::make_address(one));
}

TEST(address_range, holds_what_begins_alike) {
  EXPECT_TRUE(holds("192.0.2.0/24", "192.0.2.0"));
  EXPECT_TRUE(holds("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
  EXPECT_TRUE(holds("192.0.2.0/24", "::ffff:192.0.2.7"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.129"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(holds("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(holds("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(holds("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(holds("fe80::/10", "fe80::1%1"));
  EXPECT_FALSE(holds("::/0", "::ffff:192.0.2.7"));
}

TEST(address_range, is_not_anything_else) {
  for (auto text :
       {"", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/8x", "192.0.2.0/24/1", "example.org",
        "2001:db8::/129", "192.0.2.1/24", "2001:db8::1/64", "::ffff:10.0.0.0/104", " 192.0.2.0/24"}) {
    EXPECT_FALSE(address_range::parse(text)) << text;
  }
  EXPECT_EQ(address_range::parse("192.0.2.1/24").error().advice, "write 192.0.2.0/24");
}

}  // namespace
}  // namespace ferry::net
