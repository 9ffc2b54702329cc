// What a file costs in round trips: over a network where only distance takes time, the clock counts them.
#include <gtest/gtest.h>

#include "client/crew.hpp"
#include "client/mirror.hpp"
#include "client/test_support/client_runner.hpp"

namespace ferry::client {
namespace {

using test_support::client_runner;
using namespace std::chrono_literals;

constexpr auto round_trip = 100ms;
constexpr int files = 20;

struct far_away : client_runner {
  explicit far_away(settings::pipelines pipelining) : client_runner({.latency = round_trip / 2}) {
    how.pipelining = pipelining;
    server.features.push_back("MFMT");
    for (int i = 0; i < files; ++i) server.files[std::to_string(i)] = "content";
  }

  template <class F>
  double round_trips(F work) {
    const auto began = on.now();
    run(work());
    return std::chrono::duration<double>(on.now() - began) / round_trip;
  }
  // Of each file beyond the first, which finds nothing prepared.
  template <class F>
  double each(F many) {
    run(many(1));
    const auto one = round_trips([&] { return many(1); });
    return (round_trips([&] { return many(files); }) - one) / (files - 1);
  }

  net::task<bool> get(int count) {
    std::vector<download> what;
    for (int i = 0; i < count; ++i) {
      auto name = std::to_string(i);
      entry facts{.name = name, .size = 7, .modified = file_time{}, .precision = precision};
      what.push_back({name, storage::path{}.child(name), {.known = facts}});
    }
    for (auto& one : co_await get_many(sessions(), *disk, std::move(what)))
      EXPECT_FALSE(one.failed) << one.failed->cause;
    co_return true;
  }
  net::task<bool> put(int count) {
    std::vector<upload> what;
    for (int i = 0; i < count; ++i) what.push_back({storage::path{}.child("0"), "up" + std::to_string(i)});
    for (auto& one : co_await put_many(sessions(), *disk, std::move(what)))
      EXPECT_FALSE(one.failed) << one.failed->cause;
    co_return true;
  }
  net::task<bool> make_folders(int count) {
    plan what{.way = file_facts::direction::upload, .remote = "up", .target = {}, .actions = {}, .warnings = {}};
    for (int i = 0; i < count; ++i) {
      what.actions.push_back({.what = action::kind::make_directory, .path = std::to_string(i), .reason = "new"});
    }
    auto done = co_await carry_out(sessions(), *disk, std::move(what));
    EXPECT_TRUE(done && done->directories == static_cast<std::size_t>(count));
    co_return true;
  }
  crew& sessions() {
    if (!crew_) crew_ = std::make_unique<crew>(surroundings{on, network, names, watch, known}, where, how);
    return *crew_;
  }

  settings how;
  proto::time_precision precision = proto::time_precision::second;
  std::unique_ptr<crew> crew_;
};

TEST(RoundTrips, OfALogin) {
  for (auto [pipelining, wanted] : {std::pair(settings::pipelines::on, 3), std::pair(settings::pipelines::off, 5)}) {
    far_away t(pipelining);
    auto s = t.make(t.how);
    EXPECT_NEAR(t.round_trips([&] { return s->open(); }), wanted, 0.01);
  }
}

// As cheap as files.
TEST(RoundTrips, OfAFolderThatIsMade) {
  for (auto [pipelining, wanted] : {std::pair(settings::pipelines::on, 0), std::pair(settings::pipelines::off, 1)}) {
    far_away t(pipelining);
    EXPECT_DOUBLE_EQ(t.each([&](int count) { return t.make_folders(count); }), wanted);
  }
}

TEST(RoundTrips, OfADownload) {
  for (auto [pipelining, wanted] : {std::pair(settings::pipelines::on, 2), std::pair(settings::pipelines::off, 3)}) {
    far_away t(pipelining);
    EXPECT_DOUBLE_EQ(t.each([&](int count) { return t.get(count); }), wanted);
  }
}

TEST(RoundTrips, OfAnUpload) {
  for (auto [pipelining, wanted] : {std::pair(settings::pipelines::on, 2), std::pair(settings::pipelines::off, 6)}) {
    far_away t(pipelining);
    t.write("0", "content");
    EXPECT_DOUBLE_EQ(t.each([&](int count) { return t.put(count); }), wanted);
  }
}

// A digest, and a time that a listing tells to the minute only, cost none where commands may follow each other.
TEST(RoundTrips, OfADownloadThatIsVerified) {
  for (auto [pipelining, wanted] : {std::pair(settings::pipelines::on, 2), std::pair(settings::pipelines::off, 5)}) {
    far_away t(pipelining);
    t.precision = proto::time_precision::minute;
    t.server.features.push_back("XCRC");
    t.server.instead["XCRC"] = {"250 fec530a9\r\n"};
    EXPECT_DOUBLE_EQ(t.each([&](int count) { return t.get(count); }), wanted);
  }
}

TEST(RoundTrips, OfOneFileOfWhichNothingIsKnown) {
  for (auto [pipelining, wanted] : {std::pair(settings::pipelines::on, 3), std::pair(settings::pipelines::off, 5)}) {
    far_away t(pipelining);
    auto s = t.make(t.how);
    ASSERT_TRUE(t.run(s->open()));
    EXPECT_DOUBLE_EQ(t.round_trips([&] { return client::get(*s, "0", *t.disk, storage::path{}.child("0")); }), wanted);
  }
}

}  // namespace
}  // namespace ferry::client
