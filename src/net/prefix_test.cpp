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

}  // namespace
}  // namespace ferry::net
