#include "ferryd/reachability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ferry::ferryd {
namespace {

using testing::Contains;
using testing::Not;

machine with_addresses(std::vector<std::string> addresses) {
  machine out;
  for (const auto& each : addresses) out.addresses.push_back(net::asio::ip::make_address(each));
  out.descriptors = 1 << 20;
  return out;
}

std::vector<server::listener_settings> listeners(std::uint16_t port) {
  std::vector<server::listener_settings> out;
  for (const auto& each : everywhere(port)) out.push_back({.at = each});
  return out;
}

config with_ports(std::uint16_t first, std::uint16_t last) {
  config out;
  out.server.listen = listeners(21);
  out.server.passive.first_port = first;
  out.server.passive.last_port = last;
  return out;
}

std::vector<std::string> ids(const config& what, const machine& here, concern at_least = concern::note) {
  std::vector<std::string> out;
  for (const auto& each : reachability(what, here)) {
    if (each.how >= at_least) out.push_back(each.id);
  }
  return out;
}

TEST(reachability, ports) {
  const auto here = with_addresses({"203.0.113.7"});
  EXPECT_THAT(ids(with_ports(0, 0), here), Contains("passive.ports.any"));
  EXPECT_THAT(ids(with_ports(50000, 50099), here), Contains("passive.ports.ephemeral"));
  EXPECT_THAT(ids(with_ports(10000, 10099), here), Not(Contains(testing::StartsWith("passive.ports"))));
  EXPECT_THAT(ids(with_ports(10000, 10000), here), Not(Contains(testing::StartsWith("passive.ports"))));
  auto kept = with_addresses({"203.0.113.7"});
  kept.reserved = {{50000, 50999}};
  EXPECT_THAT(ids(with_ports(50000, 50099), kept), Not(Contains("passive.ports.ephemeral")));
}

TEST(reachability, address) {
  const auto inside = with_addresses({"10.66.0.2", "fd00::2"}), outside = with_addresses({"203.0.113.7"});
  auto what = with_ports(10000, 10099);
  EXPECT_THAT(ids(what, inside), Contains("passive.advertise.missing"));
  EXPECT_THAT(ids(what, outside), Not(Contains(testing::StartsWith("passive.advertise"))));
  for (auto [named, id] : {std::pair{"0.0.0.0", "passive.advertise.useless"},
                           {"127.0.0.1", "passive.advertise.useless"},
                           {"10.1.1.1", "passive.advertise.private"}}) {
    what.server.passive.advertise.address = net::asio::ip::make_address(named);
    EXPECT_THAT(ids(what, inside, concern::trouble), Contains(id)) << named;
  }
  for (auto fine : {"203.0.113.7", "10.66.0.2"}) {
    what.server.passive.advertise.address = net::asio::ip::make_address(fine);
    EXPECT_THAT(ids(what, inside), Not(Contains(testing::StartsWith("passive.advertise")))) << fine;
  }
}

TEST(reachability, a_name_is_what_it_stands_for) {
  auto inside = with_addresses({"10.66.0.2"});
  auto what = with_ports(10000, 10099);
  what.server.passive.advertise.name = "ftp.example.org";
  EXPECT_THAT(ids(what, inside, concern::trouble), Contains("passive.advertise.unresolved"));
  inside.names.emplace("ftp.example.org", fail("resolve", "no such name"));
  EXPECT_THAT(ids(what, inside, concern::trouble), Contains("passive.advertise.unresolved"));
  for (auto [address, id] :
       {std::pair{"127.0.1.1", "passive.advertise.useless"}, {"10.1.1.1", "passive.advertise.private"}}) {
    inside.names.insert_or_assign("ftp.example.org", net::asio::ip::make_address(address));
    EXPECT_THAT(ids(what, inside, concern::trouble), Contains(id)) << address;
  }
  inside.names.insert_or_assign("ftp.example.org", net::asio::ip::make_address("203.0.113.7"));
  EXPECT_THAT(ids(what, inside), Not(Contains(testing::StartsWith("passive.advertise"))));
}

TEST(reachability, an_address_for_some_may_be_private_and_behind_a_balancer_none_is_needed) {
  const auto inside = with_addresses({"10.66.0.2"});
  auto what = with_ports(10000, 10099);
  what.server.passive.advertise.address = net::asio::ip::make_address("203.0.113.7");
  auto& rule = what.server.passive.networks.emplace_back();
  rule.clients = {*net::address_range::parse("10.0.0.0/8")};
  rule.what.address = net::asio::ip::make_address("10.66.0.9");
  EXPECT_THAT(ids(what, inside), Not(Contains(testing::StartsWith("passive.advertise"))));
  rule.what.address = net::asio::ip::make_address("127.0.0.1");
  EXPECT_THAT(ids(what, inside, concern::trouble), Contains("passive.advertise.useless"));
  auto balanced = with_ports(10000, 10099);
  EXPECT_THAT(ids(balanced, inside), Contains("passive.advertise.missing"));
  balanced.server.proxies = {*net::address_range::parse("10.66.0.1")};
  EXPECT_THAT(ids(balanced, inside), Not(Contains("passive.advertise.missing")));
}

TEST(reachability, filter) {
  auto here = with_addresses({"203.0.113.7"});
  EXPECT_THAT(ids(with_ports(10000, 10099), here), Contains("filter.unread"));
  // Half of the range.
  auto rules = packet_filter::parse(
      R"({"nftables":[{"chain":{"family":"inet","table":"f","name":"in","type":"filter","hook":"input","policy":"drop"}},
      {"rule":{"family":"inet","table":"f","chain":"in","expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp",
      "field":"dport"}},"right":{"set":[21,{"range":[10000,10050]}]}}},{"accept":null}]}}]})");
  ASSERT_TRUE(rules);
  here.filter = std::move(*rules);
  EXPECT_THAT(ids(with_ports(10000, 10099), here, concern::trouble), Contains("filter.passive"));
  EXPECT_THAT(ids(with_ports(10000, 10050), here), Not(Contains(testing::StartsWith("filter"))));
  auto elsewhere = with_ports(10000, 10050);
  elsewhere.server.listen = listeners(2121);
  EXPECT_THAT(ids(elsewhere, here, concern::trouble), Contains("filter.control"));
  here.helper_loaded = true;
  EXPECT_THAT(ids(with_ports(10000, 10050), here), Contains("filter.helper"));
}

TEST(reachability, descriptors) {
  auto here = with_addresses({});
  here.descriptors = 1024;
  auto what = with_ports(10000, 10099);
  EXPECT_THAT(ids(what, here), Not(Contains("descriptors")));
  what.server.limit.sessions = 1000;
  EXPECT_THAT(ids(what, here, concern::trouble), Contains("descriptors"));
}

TEST(reachability, the_command_that_proves_it) {
  auto what = with_ports(10000, 10099);
  const auto inside = with_addresses({"10.66.0.2", "2001:db8::7"}), outside = with_addresses({"2001:db8::7"});
  EXPECT_EQ(proof_from_outside(what, inside), "ferry doctor --from-outside --ports 10000-10099 ftp://USER@HOST/");
  what.server.listen = listeners(2121);
  what.server.passive.first_port = what.server.passive.last_port = 0;
  EXPECT_EQ(proof_from_outside(what, outside), "ferry doctor --from-outside ftp://USER@[2001:db8::7]:2121/");
  what.server.passive.advertise.address = net::asio::ip::make_address("203.0.113.7");
  EXPECT_EQ(proof_from_outside(what, outside),
            "ferry doctor --from-outside --address 203.0.113.7 ftp://USER@203.0.113.7:2121/");
  what.server.passive.advertise.address = net::asio::ip::make_address("0.0.0.0");
  EXPECT_EQ(proof_from_outside(what, inside), "ferry doctor --from-outside ftp://USER@HOST:2121/");
}

TEST(reachability, this_machine_can_be_asked) {
  const auto here = this_machine(with_ports(10000, 10099));
  EXPECT_GT(here.descriptors, 0u);
  EXPECT_LT(here.ephemeral.first, here.ephemeral.last);
  EXPECT_TRUE(here.filter.has_value() != !here.no_filter.empty());
}

}  // namespace
}  // namespace ferry::ferryd
