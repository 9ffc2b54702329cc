#include <gtest/gtest.h>

#include "client/crew.hpp"
#include "client/limits.hpp"
#include "client/part.hpp"
#include "client/test_support/client_runner.hpp"

namespace ferry::client {
namespace {

using test_support::client_runner;

TEST(Gaps, AreWhatNothingCovers) {
  using ranges = std::vector<range>;
  EXPECT_EQ(gaps({}, 10), (ranges{{0, 10}}));
  EXPECT_EQ(gaps({}, 0), ranges{});
  EXPECT_EQ(gaps({{0, 10}}, 10), ranges{});
  EXPECT_EQ(gaps({{4, 6}, {0, 2}}, 10), (ranges{{2, 4}, {6, 10}}));
  EXPECT_EQ(gaps({{0, 5}, {3, 4}, {5, 7}}, 10), (ranges{{7, 10}}));
}

std::string bytes_of(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 % 251 + i / 65536);
  return out;
}

// A download over four connections that break, and are not tried again.
struct interrupted : client_runner {
  interrupted() {
    how.connections = 4;
    how.retry.tries = 1;
    server.files["a"] = content;
    server.broken = 500'000;
    EXPECT_FALSE(segments());
    EXPECT_FALSE(read("got"));
    server.heard.clear();
  }
  result<file_facts> segments() {
    crew sessions(surroundings{on, network, names, watch, known}, where, how);
    return run(get_in_segments(sessions, "a", *disk, storage::path{}.child("got")));
  }

  const std::string content = bytes_of(9'000'001);
  settings how;
};

TEST(Segments, GoOnWithWhatIsMissing) {
  interrupted t;
  auto got = t.segments();
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(t.read("got") == t.content);
  EXPECT_GT(got->offset, 1'000'000u);
  EXPECT_EQ(got->bytes + got->offset, t.content.size());
  EXPECT_EQ(t.names_here(), std::vector<std::string>{"got"});
}

TEST(Segments, AreContinuedInOrderFromTheFirstGapOn) {
  interrupted t;
  auto got = t.get("a", t.how);
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(t.read("got") == t.content);
  EXPECT_GT(got->offset, 0u);
  EXPECT_EQ(t.names_here(), std::vector<std::string>{"got"});
}

TEST(Segments, ContinueWhatCameInOrder) {
  client_runner t;
  settings how;
  how.retry.tries = 1;
  how.connections = 4;
  const auto content = bytes_of(9'000'001);
  t.server.files["a"] = content;
  t.server.broken = 5'000'000;
  ASSERT_FALSE(t.get("a", how));
  crew sessions(surroundings{t.on, t.network, t.names, t.watch, t.known}, t.where, how);
  auto got = t.run(get_in_segments(sessions, "a", *t.disk, storage::path{}.child("got")));
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(t.read("got") == content);
  EXPECT_GT(got->offset, 4'000'000u);
}

TEST(Segments, OfAnotherFileAreNotContinued) {
  interrupted t;
  const auto other = bytes_of(9'000'002);
  t.server.files["a"] = other;
  auto got = t.segments();
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(t.read("got") == other);
  EXPECT_EQ(got->offset, 0u);
}

TEST(Segments, WithARecordThatIsDamagedBeginAnew) {
  for (const std::string damage : {"nonsense", "7-3\n", "0-99999999999\n", "x\n", "0-", "-", "\n"}) {
    interrupted t;
    auto record = t.read(".got.ferry-from").value_or("");
    record.resize(record.rfind("\n0-") + 1);  // the facts of the file stay
    t.write(".got.ferry-from", record + damage);
    auto got = t.segments();
    ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
    EXPECT_TRUE(t.read("got") == t.content) << damage;
    EXPECT_EQ(got->offset, 0u) << damage;
  }
}

TEST(Segments, InsistOnADigestWhenToldTo) {
  client_runner t;
  settings how;
  how.connections = 4;
  how.verify = verification::digest;
  t.server.files["a"] = bytes_of(9'000'001);
  crew sessions(surroundings{t.on, t.network, t.names, t.watch, t.known}, t.where, how);
  auto got = t.run(get_in_segments(sessions, "a", *t.disk, storage::path{}.child("got")));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().id, "verify.unsupported");
}

}  // namespace
}  // namespace ferry::client
