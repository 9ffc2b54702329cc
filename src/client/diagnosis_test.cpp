#include "client/diagnosis.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ferry::client {
namespace {

using testing::ElementsAre;
using e = ending;

// The endings of EPSV, PASV, PASV as replied, EPRT, PORT.
using five = std::array<ending, probed_ways>;
constexpr five all_work{e::works, e::works, e::works, e::works, e::works};

struct view {
  std::string server = "203.0.113.2", local = "192.168.77.2", seen_as = "192.168.77.2", named = "203.0.113.2";
};

line_finding line(bool tls, five ends, const view& how = {}) {
  line_finding out;
  out.control.to = net::asio::ip::make_address(how.server);
  out.control.tls = tls;
  out.control.local = {net::asio::ip::make_address(how.local), 50000};
  out.control.peer = {out.control.to, 21};
  out.control.seen_as = how.seen_as;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto way = static_cast<probed_way>(i);
    if (out.control.to.is_v6() && rung_of(way) != rung::epsv && rung_of(way) != rung::eprt) continue;
    auto& each = out.ways.emplace_back();
    each.plan = {way, tls, out.control.to};
    each.ended = ends[i];
    if (rung_of(way) == rung::pasv) each.named = how.named;
  }
  return out;
}

line_finding locked_out(bool tls, std::string_view id) {
  auto out = line(tls, {});
  out.ways.clear();
  out.control.failed = error{id, "words", {}};
  return out;
}

std::vector<std::string> causes_of(std::vector<line_finding> lines) {
  examination what;
  what.lines = std::move(lines);
  std::vector<std::string> out;
  for (const auto& each : diagnose(what).causes) out.push_back(each.id);
  return out;
}

TEST(Diagnosis, NothingIsWrong) {
  examination what;
  what.lines = {line(false, all_work), line(true, all_work)};
  auto means = diagnose(what);
  EXPECT_TRUE(means.causes.empty());
  EXPECT_TRUE(means.data_moves);
}

constexpr five no_active(ending how) { return {e::works, e::works, e::works, how, how}; }
constexpr five no_passive(ending how) { return {how, how, how, e::works, e::works}; }
constexpr five nothing(ending how) { return {how, how, how, how, how}; }

TEST(Diagnosis, ActiveMode) {
  const view nat{.seen_as = "203.0.113.1"};
  EXPECT_THAT(causes_of({line(true, no_active(e::refused), nat)}), ElementsAre("client.nat"));
  EXPECT_THAT(causes_of({line(true, no_active(e::refused))}), ElementsAre("server.active.refused"));
  EXPECT_THAT(causes_of({line(false, all_work), line(true, no_active(e::refused))}), ElementsAre("client.nat.helper"));
  EXPECT_THAT(causes_of({line(false, all_work), line(true, no_active(e::timeout))}),
              ElementsAre("client.firewall.helper"));
  EXPECT_THAT(causes_of({line(true, no_active(e::timeout))}), ElementsAre("client.firewall.dropped"));
  EXPECT_THAT(causes_of({line(true, no_active(e::rejected))}), ElementsAre("client.firewall.refused"));
}

// A server tells whom it sees when it refuses.
TEST(Diagnosis, TheRefusalOfPortNamesTheClient) {
  auto seen = line(true, no_active(e::refused), {.seen_as = ""});
  seen.ways.back().reply = "500 I won't open a connection to 192.168.77.2 (only to 203.0.113.1)";
  examination what;
  what.lines = {seen};
  auto means = diagnose(what);
  ASSERT_EQ(means.causes.size(), 1u);
  EXPECT_EQ(means.causes[0].id, "client.nat");
  EXPECT_THAT(means.causes[0].cause, testing::HasSubstr("203.0.113.1"));
}

TEST(Diagnosis, PassiveMode) {
  const view nat{.named = "10.66.0.2"};
  EXPECT_THAT(causes_of({line(true, no_passive(e::timeout))}), ElementsAre("server.ports.dropped"));
  EXPECT_THAT(causes_of({line(true, no_passive(e::rejected))}), ElementsAre("server.ports.refused"));
  EXPECT_THAT(causes_of({line(true, no_passive(e::prohibited))}), ElementsAre("server.ports.prohibited"));
  EXPECT_THAT(causes_of({line(true, no_passive(e::timeout), nat)}), ElementsAre("server.nat.ports"));
  EXPECT_THAT(causes_of({line(false, all_work), line(true, no_passive(e::timeout))}),
              ElementsAre("server.firewall.helper"));
  EXPECT_THAT(causes_of({line(false, all_work), line(true, no_passive(e::timeout), nat)}),
              ElementsAre("server.nat.helper"));
  EXPECT_THAT(causes_of({line(false, all_work), line(true, nothing(e::timeout))}), ElementsAre("firewall.helper"));
  const view v6{.server = "2001:db8::1", .local = "2001:db8::2", .seen_as = ""};
  EXPECT_THAT(causes_of({line(true, all_work), line(true, no_passive(e::timeout), v6)}),
              ElementsAre("server.ipv6.ports"));
}

TEST(Diagnosis, NothingMoves) {
  for (auto [how, id] :
       {std::pair{e::timeout, "data.dropped"}, {e::rejected, "data.reset"}, {e::prohibited, "data.prohibited"}}) {
    examination what;
    what.lines = {line(true, nothing(how))};
    auto means = diagnose(what);
    ASSERT_EQ(means.causes.size(), 1u);
    EXPECT_EQ(means.causes[0].id, id);
    EXPECT_EQ(means.causes[0].how, weight::fatal);
    EXPECT_FALSE(means.data_moves);
  }
}

// Routers send so much ICMP and no more.
TEST(Diagnosis, AProhibitionIsNotAlwaysSaid) {
  const five some{e::timeout, e::prohibited, e::timeout, e::rejected, e::timeout};
  EXPECT_THAT(causes_of({line(true, some)}), ElementsAre("data.prohibited"));
  const five passive{e::timeout, e::prohibited, e::timeout, e::works, e::works};
  EXPECT_THAT(causes_of({line(true, passive)}), ElementsAre("server.ports.prohibited"));
}

TEST(Diagnosis, TheAddressIn227) {
  five as_replied = all_work;
  as_replied[2] = e::rejected;
  for (auto [named, id] : {std::pair{"0.0.0.0", "server.address.unspecified"},
                           {"127.0.0.1", "server.address.loopback"},
                           {"10.1.2.3", "server.address.private"},
                           {"172.16.0.1", "server.address.private"},
                           {"100.64.0.1", "server.address.private"},
                           {"192.0.2.55", "server.address.other"}}) {
    EXPECT_THAT(causes_of({line(true, as_replied, {.named = named})}), ElementsAre(id)) << named;
  }
  // Inside the same private network the address is right.
  EXPECT_TRUE(causes_of({line(true, all_work, {.server = "10.1.2.3", .named = "10.1.2.3"})}).empty());
}

TEST(Diagnosis, BoxesThatRead) {
  for (auto [how, id] : {std::pair{e::refused, "box.epsv.refused"},
                         {e::unanswered, "box.epsv.swallowed"},
                         {e::broken, "box.epsv.reset"}}) {
    const five clear{how, e::works, e::works, how, e::works};
    EXPECT_THAT(causes_of({line(false, clear), line(true, all_work)}), ElementsAre(id));
  }
  const five garbled{e::garbled, e::works, e::works, e::works, e::works};
  EXPECT_THAT(causes_of({line(false, garbled), line(true, all_work)}), ElementsAre("box.epsv.garbled"));
  const five only_pasv{e::timeout, e::works, e::works, e::works, e::works};
  EXPECT_THAT(causes_of({line(false, only_pasv), line(true, no_passive(e::timeout))}), ElementsAre("box.pasv.only"));
  const five old{e::refused, e::works, e::works, e::works, e::works};
  EXPECT_THAT(causes_of({line(false, old)}), ElementsAre("server.epsv.missing"));
  EXPECT_THAT(causes_of({line(false, all_work), locked_out(true, "tls.stripped")}), ElementsAre("box.auth.stripped"));
}

TEST(Diagnosis, WhatIsFatalForOneFamilyIsNotForAll) {
  examination what;
  what.lines = {line(true, all_work), locked_out(true, "connect.timeout")};
  auto means = diagnose(what);
  ASSERT_EQ(means.causes.size(), 1u);
  EXPECT_EQ(means.causes[0].id, "control.dropped");
  EXPECT_EQ(means.causes[0].how, weight::fault);
}

TEST(Diagnosis, TwoCausesAreTwo) {
  five both = no_active(e::timeout);
  both[2] = e::timeout;
  EXPECT_THAT(causes_of({line(true, both, {.named = "10.1.2.3"})}),
              ElementsAre("server.address.private", "client.firewall.dropped"));
}

TEST(Diagnosis, NoFailureIsPassedOver) {
  // Every combination of endings of two ways: either nothing fails, or something is said.
  for (std::size_t i = 0; i < endings; ++i) {
    for (std::size_t j = 0; j < endings; ++j) {
      for (bool tls : {false, true}) {
        five ends = all_work;
        ends[0] = static_cast<ending>(i);
        ends[4] = static_cast<ending>(j);
        const bool fails = (i != 0 && ends[0] != e::not_tried) || (j != 0 && ends[4] != e::not_tried);
        EXPECT_EQ(!causes_of({line(tls, ends)}).empty(), fails) << i << ' ' << j;
      }
    }
  }
}

TEST(Diagnosis, TheIdleLimitLiesBetween) {
  examination what;
  what.lines = {line(true, all_work)};
  const error full{"greeting.busy", "421 too many", {}};
  what.idle = {{.silence = std::chrono::seconds(30), .survived = true, .word = "200"},
               {.silence = std::chrono::seconds(45), .failed = full},
               {.silence = std::chrono::seconds(60), .word = "nothing"}};
  auto means = diagnose(what);
  ASSERT_EQ(means.causes.size(), 1u);
  EXPECT_EQ(means.causes[0].id, "box.idle");
  EXPECT_THAT(means.causes[0].cause, testing::HasSubstr("30 to 60 s"));
  what.idle[2].word = "421 Idle for too long";
  EXPECT_EQ(diagnose(what).causes[0].id, "server.idle");
}

// A connection that was never made was not forgotten by anybody.
TEST(Diagnosis, ASilenceThatWasNotTriedTellsNothing) {
  examination what;
  what.lines = {line(true, all_work)};
  what.idle = {{.silence = std::chrono::seconds(30), .failed = error{"greeting.busy", "421 too many", {}}}};
  EXPECT_TRUE(diagnose(what).causes.empty());
}

flow_finding flow(unsigned beside, std::uint64_t bytes, double seconds) {
  return {.beside = beside,
          .bytes = bytes,
          .took = std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds)),
          .failed = {}};
}

TEST(Diagnosis, WhatLimitsTheThroughput) {
  examination what;
  what.lines = {line(true, all_work)};
  const auto told = [&] { return diagnose(what).causes.at(0); };
  what.flows = {flow(1, 50'000'000, 5), flow(3, 17'000'000, 5), flow(3, 17'000'000, 5), flow(3, 17'000'000, 5)};
  EXPECT_EQ(told().id, "throughput.line");
  for (auto& each : what.flows) each.bytes = 50'000'000;
  what.round_trip = std::chrono::milliseconds(50);
  EXPECT_EQ(told().id, "throughput.connection");
  EXPECT_THAT(told().administrator, testing::HasSubstr("lost"));
  EXPECT_THAT(told().user, testing::HasSubstr("-j 3"));
  // 1 MB/s at 50 ms: 50 kB under way.
  for (auto& each : what.flows) each.bytes = 5'000'000;
  EXPECT_THAT(told().administrator, testing::HasSubstr("RFC 7323"));
  what.flows = {flow(1, 5000, 0.01), flow(3, 5000, 0.01)};
  EXPECT_EQ(told().id, "throughput.small");
}

TEST(Diagnosis, TheClock) {
  examination what;
  what.lines = {line(true, all_work)};
  using std::chrono::milliseconds;
  what.clocks = clock_finding{.ahead = milliseconds(-2400), .uncertain = milliseconds(600), .left = {}};
  EXPECT_TRUE(diagnose(what).causes.empty());
  what.clocks = clock_finding{.ahead = milliseconds(61000), .uncertain = milliseconds(600), .left = {}};
  auto means = diagnose(what);
  ASSERT_EQ(means.causes.size(), 1u);
  EXPECT_THAT(means.causes[0].cause, testing::HasSubstr("61 s ahead of"));
  what.clocks = clock_finding{.left = "ferry-doctor-1"};
  EXPECT_EQ(diagnose(what).causes.at(0).id, "doctor.left");
}

offer_finding offer(std::uint16_t port, ending how) {
  return {.at = {net::asio::ip::make_address("203.0.113.2"), port}, .ended = how, .cause = {}};
}

std::vector<std::string> claims_of(const examination& what) {
  std::vector<std::string> out;
  for (const auto& each : diagnose(what).claims) out.push_back(fmt::format("{} {}", name_of(each.how), each.id));
  return out;
}

TEST(Diagnosis, WhatWasFoundFromInsideIsProved) {
  examination what;
  what.lines = {line(true, all_work)};
  what.offers = {offer(20000, e::works), offer(20099, e::rejected), offer(20099, e::works)};
  EXPECT_TRUE(claims_of(what).empty());  // nobody asked
  what.expected = expectation{.ports = {20000, 20099}, .address = net::asio::ip::make_address("203.0.113.2")};
  EXPECT_THAT(claims_of(what), ElementsAre("proved outside.control", "proved outside.range", "proved outside.ports",
                                           "proved outside.address"));
  EXPECT_TRUE(diagnose(what).causes.empty());
}

TEST(Diagnosis, AndRefuted) {
  examination what;
  what.lines = {line(true, all_work, {.named = "10.66.0.2"})};
  what.expected = expectation{.ports = {20000, 20049}, .address = net::asio::ip::make_address("203.0.113.2")};
  what.offers = {offer(20000, e::works), offer(20050, e::timeout)};
  EXPECT_THAT(claims_of(what), ElementsAre("proved outside.control", "refuted outside.range", "refuted outside.ports",
                                           "refuted outside.address"));
  const auto causes = diagnose(what).causes;
  ASSERT_EQ(causes.size(), 1u);
  EXPECT_EQ(causes[0].id, "server.ports.part");
  EXPECT_THAT(causes[0].evidence, ElementsAre(testing::HasSubstr("port 20050: timeout")));
  what.lines = {locked_out(true, "connect.timeout")};
  what.offers.clear();
  EXPECT_THAT(claims_of(what), ElementsAre("refuted outside.control", "open outside.address"));
}

// Beside the server everything works, and proves nothing.
TEST(Diagnosis, WhoAsksFromBesideTheServerIsTold) {
  examination what;
  what.lines = {line(true, all_work, {.server = "10.0.0.1", .local = "10.0.0.2", .seen_as = "", .named = "10.0.0.1"})};
  what.expected = expectation{};
  EXPECT_THAT(causes_of(what.lines), ElementsAre());
  EXPECT_EQ(diagnose(what).causes.at(0).id, "doctor.inside");
}

TEST(Probe, FindsTheAddressInARefusal) {
  const std::vector<std::string> known{"192.168.77.2"};
  EXPECT_EQ(address_in("500 I won't open a connection to 192.168.77.2 (only to 203.0.113.1)", known), "203.0.113.1");
  EXPECT_EQ(address_in("501 2001:db8::1 is not your address: the server sees you at 2001:db8::2; use passive mode.",
                       {"2001:db8::1"}),
            "2001:db8::2");
  EXPECT_EQ(address_in("211 Connected to 203.0.113.1.", {}), "203.0.113.1");
  EXPECT_EQ(address_in("500 Illegal PORT command.", {}), "");
  EXPECT_EQ(address_in("at 12:30 in version 1.2.3", {}), "");
}

}  // namespace
}  // namespace ferry::client
