// Files from one server to another where one of the two, or the connection to it, fails.
#include "client/fxp.hpp"

#include <gtest/gtest.h>

#include "client/limits.hpp"
#include "client/test_support/client_runner.hpp"

namespace ferry::client {
namespace {

using test_support::client_runner;

std::string content_of(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  for (auto& c : out) c = static_cast<char>((seed = seed * 1664525u + 1013904223u) >> 24);
  return out;
}

// Between these the data passes through the client.
struct pair : client_runner {
  pair() : other(on, network, {net::asio::ip::make_address("10.0.0.2"), 21}) {
    server.files["file"] = content;
    how.verify = verification::size;
  }
  result<file_facts> copy(copy_options options = {}) {
    const surroundings around{on, network, names, watch, known};
    session from(around, where, how, 1), to(around, {.host = "10.0.0.2"}, how, 2);
    fxp_route route{.apart = error{"copy.blocked", "they are apart", {}}};
    options.fallback = true;
    return run(client::copy(from, "file", to, "copied", route, std::move(options)));
  }

  const std::string content = content_of(2 * limit::resumable_from + 7, 1);
  settings how;
  test_support::fake_server other;
};

TEST(FxpFailing, AnOlderFileIsNeverTakenForOursByALaterTry) {
  pair t;
  t.other.files["copied"] = content_of(limit::resumable_from + 3, 2);
  t.other.instead["SIZE"] = {"!", "~"};
  auto done = t.copy();
  ASSERT_TRUE(done) << done.error().cause;
  EXPECT_EQ(done->tries, 2u);
  EXPECT_EQ(done->offset, 0u);
  EXPECT_TRUE(t.other.files["copied"] == t.content);
}

TEST(FxpFailing, WhatATryHasWrittenIsContinuedByTheNext) {
  pair t;
  t.other.broken = limit::resumable_from;
  auto done = t.copy();
  ASSERT_TRUE(done) << done.error().cause;
  EXPECT_EQ(done->tries, 2u);
  EXPECT_GT(done->offset, 0u);
  EXPECT_TRUE(t.other.files["copied"] == t.content);
}

TEST(FxpFailing, ALaterTryContinuesWhereItWasToldTo) {
  for (const std::size_t held : {std::size_t{1000}, std::size_t{limit::resumable_from + 3}}) {
    pair t;
    t.other.files["copied"] = t.content.substr(0, held);
    t.other.instead["SIZE"] = {"!", "~"};
    auto done = t.copy({.continue_target = true});
    ASSERT_TRUE(done) << done.error().cause;
    EXPECT_EQ(done->offset, held);
    EXPECT_TRUE(t.other.files["copied"] == t.content);
  }
}

TEST(FxpFailing, ALaterTryContinuesNoFileThatIsLonger) {
  pair t;
  const auto longer = t.content + "more";
  t.other.files["copied"] = longer;
  t.other.instead["SIZE"] = {"!", "~"};
  auto done = t.copy({.continue_target = true});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().id, "verify.longer");
  EXPECT_TRUE(t.other.files["copied"] == longer);
}

// The end of the source's data is no end of the file when its server says otherwise, nor when there is too little.
TEST(FxpFailing, APartOfTheFileIsNoUpload) {
  struct row {
    std::string ending, id;
    bool resets;
  };
  const row rows[] = {{"451 disk error\r\n", "remote.busy", false},
                      {"426 broken\r\n", "remote.data", false},
                      {"226 done\r\n", "data.short", false},
                      {"426 broken\r\n", "data.lost", true}};
  for (const auto& each : rows) {
    pair t;
    t.how.retry.tries = 1;
    t.server.ending = each.ending;
    (each.resets ? t.server.broken : t.server.cut) = 5000;
    auto done = t.copy();
    ASSERT_FALSE(done) << each.ending;
    EXPECT_EQ(done.error().id, each.id) << each.ending;
    EXPECT_TRUE(t.other.was_told("ABOR")) << each.ending;
  }
}

TEST(FxpFailing, AWordOfTheSourceThatIsLostCostsNothingWhereTheSizeIsKnown) {
  pair t;
  t.server.finish = test_support::fake_server::finish::never;
  auto done = t.copy();
  ASSERT_TRUE(done) << done.error().cause;
  EXPECT_TRUE(t.other.files["copied"] == t.content);
}

// Between these it does not. The source listens, and answers to RETR when it has its data connection.
struct silent_pair : pair {
  silent_pair() {
    server.files["other"] = "short";
    route.worked = fxp_way{.source_listens = true};
  }
  result<file_facts> meet(std::string name, copy_options options = {}) {
    const surroundings around{on, network, names, watch, known};
    session from(around, where, how, 1), to(around, {.host = "10.0.0.2"}, how, 2);
    return run(client::copy(from, name, to, name, route, std::move(options)));
  }
  fxp_route route;
};

TEST(Fxp, ASourceThatWaitsForItsConnectionIsFoundOutOnce) {
  silent_pair t;
  for (const bool first : {true, false, false}) {
    const auto began = t.on.now();
    auto done = t.meet("other");
    ASSERT_TRUE(done) << done.error().cause;
    EXPECT_EQ(t.other.files["other"], "short");
    EXPECT_EQ(t.on.now() - began >= limit::early_data, first);
    EXPECT_LT(t.on.now() - began, first ? limit::early_data + limit::refusal_wait : 2 * limit::refusal_wait);
  }
  EXPECT_TRUE(t.route.worked);
}

TEST(Fxp, AFileThatCannotBeHadCostsTheTargetNothing) {
  silent_pair t;
  t.how.retry.tries = 1;
  ASSERT_TRUE(t.meet("other"));
  t.other.files["gone"] = "dear";
  const entry listed{.name = "gone", .size = 5};
  auto done = t.meet("gone", {.known = listed});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().id, "remote.not_found") << done.error().cause;
  EXPECT_EQ(t.other.files["gone"], "dear");
  EXPECT_FALSE(t.other.was_told("STOR gone"));
}

}  // namespace
}  // namespace ferry::client
