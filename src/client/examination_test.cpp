#include "client/examination.hpp"

#include <gtest/gtest.h>

#include "client/diagnosis.hpp"
#include "client/test_support/client_runner.hpp"

namespace ferry::client {
namespace {

using test_support::client_runner;

// The server bears so few connections at a time that most probes find no room at first.
TEST(Examination, WaitsItsTurnWhereThereIsLittleRoom) {
  for (unsigned room : {1u, 2u, 3u}) {
    client_runner t;
    t.server.connections_allowed = room;
    examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {},
                {.clear = true, .tls = false, .idle = std::chrono::seconds(300)});
    const auto found = t.run(by.run());
    ASSERT_EQ(found.lines.size(), 1u);
    EXPECT_FALSE(found.lines[0].control.failed);
    ASSERT_EQ(found.lines[0].ways.size(), probed_ways);
    for (const auto& each : found.lines[0].ways) EXPECT_EQ(each.ended, ending::works) << name_of(each.plan.way);
    ASSERT_EQ(found.idle.size(), limit::silences);
    for (const auto& each : found.idle) EXPECT_TRUE(each.survived) << each.silence.count();
  }
}

TEST(Examination, GivesUpWhereThereIsNoRoomAtAll) {
  client_runner t;
  t.server.connections_allowed = 0;
  examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {},
              {.clear = true, .tls = false, .idle = std::chrono::seconds(300)});
  const auto began = t.on.now();
  const auto found = t.run(by.run());
  ASSERT_EQ(found.lines.size(), 1u);
  ASSERT_TRUE(found.lines[0].control.failed);
  EXPECT_EQ(found.lines[0].control.failed->id, "greeting.busy");
  EXPECT_GE(t.on.now() - began, limit::probe_patience * limit::probe_again);
  EXPECT_LT(t.on.now() - began, 2 * limit::probe_patience * limit::probe_again);
}

TEST(Examination, TheClockByAFileThatIsStored) {
  client_runner t;
  examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {},
              {.what = "pub/", .clear = true, .tls = false, .write = true});
  const auto found = t.run(by.run());
  ASSERT_TRUE(found.clocks && *found.clocks);
  // The scripted server lives in 2024.
  EXPECT_LT((*found.clocks)->ahead, -std::chrono::hours(24 * 365));
  EXPECT_LT((*found.clocks)->uncertain, std::chrono::seconds(2));
  EXPECT_EQ(t.server.count("STOR pub/ferry-doctor-"), 1u);
  EXPECT_EQ(t.server.count("DELE pub/ferry-doctor-"), 1u);
  bool told = false;
  for (const auto& each : diagnose(found).causes) told |= each.id == "server.clock" && each.cause.contains("behind");
  EXPECT_TRUE(told);
}

// Nothing is stored where nobody said that it may be.
TEST(Examination, WritesNothingByItself) {
  client_runner t;
  examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {}, {.clear = true, .tls = false});
  EXPECT_FALSE(t.run(by.run()).clocks);
  EXPECT_EQ(t.server.count("STOR"), 0u);
}

TEST(Examination, TheServerRefusesTheFile) {
  client_runner t;
  t.server.instead["STOR"] = {"550 read-only\r\n"};
  examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {}, {.clear = true, .tls = false, .write = true});
  const auto found = t.run(by.run());
  ASSERT_TRUE(found.clocks);
  ASSERT_FALSE(*found.clocks);
  EXPECT_TRUE(found.clocks->error().cause.contains("read-only"));
  EXPECT_EQ(t.server.count("DELE"), 0u);
}

TEST(Examination, ThePortsThatAreOffered) {
  client_runner t;
  examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {},
              {.clear = true, .tls = false, .outside = expectation{}});
  const auto found = t.run(by.run());
  EXPECT_GE(found.offers.size(), limit::offers);
  EXPECT_LT(found.offers.size(), limit::offers + limit::offered_at_once);
  for (const auto& each : found.offers) EXPECT_EQ(each.ended, ending::works);
}

// Where none lets a connection in, a few tell as much as many.
TEST(Examination, PortsThatAreClosed) {
  client_runner t;
  t.server.instead["PASV"] = {"227 Entering Passive Mode (10,0,0,1,156,64)\r\n"};
  examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {},
              {.clear = true, .tls = false, .outside = expectation{}});
  const auto found = t.run(by.run());
  EXPECT_GE(found.offers.size(), limit::closed_offers);
  EXPECT_LT(found.offers.size(), limit::closed_offers + limit::offered_at_once);
  for (const auto& each : found.offers) EXPECT_NE(each.ended, ending::works);
}

TEST(Examination, Throughput) {
  client_runner t;
  t.server.files["large"] = std::string(1 << 20, 'x');
  examiner by({t.on, t.network, t.names, t.watch, t.known}, t.where, {},
              {.what = "large", .clear = true, .tls = false, .throughput = true});
  const auto found = t.run(by.run());
  ASSERT_EQ(found.flows.size(), 1 + limit::flows);
  for (const auto& each : found.flows) {
    EXPECT_FALSE(each.failed);
    EXPECT_GT(each.bytes, 700000u);
  }
  EXPECT_TRUE(found.round_trip);
}

}  // namespace
}  // namespace ferry::client
