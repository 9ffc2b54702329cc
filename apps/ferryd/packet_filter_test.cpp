#include "ferryd/packet_filter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ferry::ferryd {
namespace {

// The rules as `nft -j list ruleset` prints them, of one chain that filters what comes in.
packet_filter filter(std::string policy, std::string rules, std::string more = "", std::string family = "inet") {
  auto text = fmt::format(
      R"({{"nftables":[{{"metainfo":{{"version":"1.0.6"}}}},{{"table":{{"family":"{0}","name":"f"}}}},)"
      R"({{"chain":{{"family":"{0}","table":"f","name":"in","type":"filter","hook":"input","prio":0,"policy":"{1}"}}}})"
      "{2}{3}]}}",
      family, policy, more, rules);
  auto out = packet_filter::parse(text);
  if (!out) throw std::runtime_error(text);
  return std::move(*out);
}

std::string rule(std::string_view expressions, std::string_view chain = "in", std::string_view family = "inet") {
  return fmt::format(R"(,{{"rule":{{"family":"{}","table":"f","chain":"{}","expr":[{}]}}}})", family, chain,
                     expressions);
}

std::string port(std::string_view what, std::string_view op = "==") {
  return fmt::format(
      R"({{"match":{{"op":"{}","left":{{"payload":{{"protocol":"tcp","field":"dport"}}}},"right":{}}}}})", op, what);
}

constexpr std::string_view established =
    R"({"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null})";
const std::string accepts = R"(,{"accept":null})", drops = R"(,{"drop":null})";

passage passes(const packet_filter& by, std::uint16_t to, bool ipv4 = true) { return by.comes_in(to, ipv4).what; }

TEST(packet_filter, policies) {
  EXPECT_EQ(passes(filter("accept", ""), 50000), passage::open);
  EXPECT_EQ(passes(filter("drop", rule(established)), 50000), passage::closed);
  EXPECT_TRUE(filter("drop", "").comes_in(21, true).why.contains("chain inet f in: policy drop"));
}

TEST(packet_filter, ports) {
  for (auto what : {"50000", R"({"range":[50000,50099]})", R"({"set":[21,{"range":[49990,50010]}]})",
                    R"({"set":[{"elem":{"val":50000,"counter":{}}}]})"}) {
    const auto by = filter("drop", rule(established) + rule(port(what) + accepts));
    EXPECT_EQ(passes(by, 50000), passage::open) << what;
    EXPECT_EQ(passes(by, 60000), passage::closed) << what;
    const auto without = filter("accept", rule(port(what, "!=") + drops));
    EXPECT_EQ(passes(without, 50000), passage::open) << what;
    EXPECT_EQ(passes(without, 60000), passage::closed) << what;
  }
}

TEST(packet_filter, a_set_by_its_name) {
  const std::string set =
      R"(,{"set":{"family":"inet","table":"f","name":"ftp","type":"inet_service","elem":[21,{"range":[50000,50099]}]}})";
  const auto by = filter("drop", rule(port(R"("@ftp")") + accepts), set);
  EXPECT_EQ(passes(by, 50050), passage::open);
  EXPECT_EQ(passes(by, 50100), passage::closed);
}

TEST(packet_filter, families_are_apart) {
  const auto by = filter("drop", "", "", "ip6");
  EXPECT_EQ(passes(by, 21, true), passage::open);
  EXPECT_EQ(passes(by, 21, false), passage::closed);
}

TEST(packet_filter, chains_that_are_jumped_to) {
  const std::string chain = R"(,{"chain":{"family":"inet","table":"f","name":"ftp"}})";
  const std::string jump = rule(R"({"jump":{"target":"ftp"}})");
  EXPECT_EQ(passes(filter("drop", jump + rule(port("21") + accepts, "ftp"), chain), 21), passage::open);
  EXPECT_EQ(passes(filter("drop", jump + rule(port("21") + accepts, "ftp"), chain), 22), passage::closed);
  EXPECT_EQ(passes(filter("accept", jump + rule(R"({"return":null})", "ftp") + rule(R"({"drop":null})"), chain), 21),
            passage::closed);
  // Round and round, which the kernel refuses.
  EXPECT_EQ(passes(filter("drop", jump + rule(R"({"jump":{"target":"ftp"}})", "ftp"), chain), 21), passage::unclear);
}

TEST(packet_filter, what_looks_at_more_than_the_port_is_not_clear) {
  const std::string from =
      R"({"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"192.0.2.1"}},)";
  EXPECT_EQ(passes(filter("drop", rule(from + port("21") + accepts)), 21), passage::unclear);
  EXPECT_EQ(passes(filter("drop", rule(from + port("21") + accepts)), 50000), passage::closed);
  EXPECT_EQ(passes(filter("drop", rule(R"({"xt":{"type":"match","name":"multiport"}},{"accept":null})")), 21),
            passage::unclear);
  const std::string lo = R"({"match":{"op":"==","left":{"meta":{"key":"iif"}},"right":"lo"}},{"accept":null})";
  EXPECT_EQ(passes(filter("drop", rule(lo)), 21), passage::closed);
}

constexpr std::string_view states =
    R"({"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["invalid",{"drop":null}],["established",{"accept":null}],)"
    R"(["related",{"accept":null}]]}}})";

TEST(packet_filter, verdict_maps) {
  // The state of a new connection is in none of its elements.
  EXPECT_EQ(passes(filter("drop", rule(states) + rule(port("21") + accepts)), 21), passage::open);
  EXPECT_EQ(passes(filter("drop", rule(states) + rule(port("21") + accepts)), 50000), passage::closed);
  const std::string chain = R"(,{"chain":{"family":"inet","table":"f","name":"fresh"}})";
  const std::string fresh =
      rule(R"({"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["new",{"jump":{"target":"fresh"}}]]}}})");
  const auto jumps = filter("drop", fresh + rule(port("21") + accepts, "fresh"), chain);
  EXPECT_EQ(passes(jumps, 21), passage::open);
  EXPECT_EQ(passes(jumps, 22), passage::closed);
  const std::string by_port =
      R"({"vmap":{"key":{"payload":{"protocol":"tcp","field":"dport"}},"data":{"set":[[21,{"accept":null}],)"
      R"([{"range":[50000,50099]},{"accept":null}],[22,{"drop":null}]]}}})";
  EXPECT_EQ(passes(filter("drop", rule(by_port)), 50050), passage::open);
  EXPECT_EQ(passes(filter("drop", rule(by_port)), 50100), passage::closed);
  EXPECT_EQ(passes(filter("accept", rule(by_port)), 22), passage::closed);
  const std::string map =
      R"(,{"map":{"family":"inet","table":"f","name":"m","type":"inet_service","map":"verdict","elem":[[21,{"accept":null}]]}})";
  const std::string named = R"({"vmap":{"key":{"payload":{"protocol":"tcp","field":"dport"}},"data":"@m"}})";
  EXPECT_EQ(passes(filter("drop", rule(named), map), 21), passage::open);
  EXPECT_EQ(passes(filter("drop", rule(named), map), 22), passage::closed);
  // By what is not known here.
  const std::string by_address =
      R"({"vmap":{"key":{"payload":{"protocol":"ip","field":"saddr"}},"data":{"set":[["192.0.2.1",{"drop":null}]]}}})";
  EXPECT_EQ(passes(filter("accept", rule(by_address)), 21), passage::unclear);
  EXPECT_EQ(passes(filter("drop", rule(by_address)), 21), passage::closed);
}

// Who goes to a chain does not come back: behind it is the policy.
TEST(packet_filter, chains_that_are_gone_to) {
  const std::string chain = R"(,{"chain":{"family":"inet","table":"f","name":"ftp"}})";
  const std::string rules =
      rule(R"({"goto":{"target":"ftp"}})") + rule(accepts.substr(1)) + rule(port("21") + accepts, "ftp");
  EXPECT_EQ(passes(filter("drop", rules, chain), 21), passage::open);
  EXPECT_EQ(passes(filter("drop", rules, chain), 22), passage::closed);
  EXPECT_EQ(passes(filter("accept", rules, chain), 22), passage::open);
  // The same of a return from the first chain.
  EXPECT_EQ(passes(filter("drop", rule(R"({"return":null})") + rule(accepts.substr(1))), 21), passage::closed);
}

TEST(packet_filter, what_may_or_may_not_apply_matters_only_where_it_changes_the_end) {
  const std::string from =
      R"({"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"192.0.2.1"}},)";
  EXPECT_EQ(passes(filter("accept", rule(from + accepts.substr(1))), 21), passage::open);
  EXPECT_EQ(passes(filter("drop", rule(from + drops.substr(1))), 21), passage::closed);
  EXPECT_EQ(passes(filter("drop", rule(R"({"limit":{"rate":10,"per":"second"}})" + accepts)), 21), passage::unclear);
}

TEST(packet_filter, the_helper_of_the_kernel) {
  EXPECT_TRUE(filter("accept", "").ftp_helper().empty());
  const std::string helper =
      R"(,{"ct helper":{"family":"inet","name":"ftp-standard","table":"f","handle":1,"type":"ftp","protocol":"tcp"}})";
  EXPECT_TRUE(filter("accept", "", helper).ftp_helper().contains("ftp-standard"));
}

TEST(packet_filter, anything_else_is_an_error) {
  for (auto text : {"", "[]", "{}", R"({"nftables":3})", "{\"nftables\":["}) {
    auto got = packet_filter::parse(text);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().id, "filter.json");
  }
  // Whatever stands in it.
  for (auto text : {R"({"nftables":[1,"x",null,{"chain":3},{"rule":{"expr":3}},{"set":{}}]})",
                    R"({"nftables":[{"rule":{"expr":[1,{"match":1},{"match":{"left":1,"right":2}}]}}]})"}) {
    EXPECT_TRUE(packet_filter::parse(text)) << text;
  }
}

}  // namespace
}  // namespace ferry::ferryd
