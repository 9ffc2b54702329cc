#include "server/guest_list.hpp"

#include <gtest/gtest.h>

namespace ferry::server {
namespace {

using enum guest_list::verdict;

net::address address_of(const char* text) { return net::asio::ip::make_address(text); }

TEST(guest_list, one_subnet_of_ipv6_is_one_peer) {
  limits bounds;
  bounds.sessions = 100;
  bounds.sessions_per_address = 2;
  guest_list all(bounds);
  EXPECT_EQ(all.enter(address_of("2001:db8::1")), welcome);
  EXPECT_EQ(all.enter(address_of("2001:db8::2")), welcome);
  EXPECT_EQ(all.enter(address_of("2001:db8::3")), too_many_of_address);
  EXPECT_EQ(all.enter(address_of("2001:db8:0:1::1")), welcome);
  all.leave(address_of("2001:db8::1"));
  EXPECT_EQ(all.enter(address_of("2001:db8::3")), welcome);
  EXPECT_EQ(all.enter(address_of("2001:db8::3")), too_many_of_address);
}

TEST(guest_list, without_a_limit_of_one_peer_all_may_be_his) {
  limits bounds;
  bounds.sessions_per_address = 0;
  bounds.sessions = 3;
  guest_list all(bounds);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(all.enter(address_of("192.0.2.1")), welcome);
  EXPECT_EQ(all.enter(address_of("192.0.2.2")), full);
}

}  // namespace
}  // namespace ferry::server
