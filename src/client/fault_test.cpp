// Every step of every dialogue fails once: what is then said to be done is right, and nothing waits for ever.
#include <gtest/gtest.h>

#include "client/listing.hpp"
#include "client/test_support/client_runner.hpp"

namespace ferry::client {
namespace {

using test_support::client_runner;

std::string content_of(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 % 251);
  return out;
}

// True while the fault was met.
bool play(net::fault_plan faults, std::size_t size, unsigned& succeeded) {
  client_runner t(faults);
  const auto content = content_of(size);
  t.server.files["a"] = content;
  auto got = t.get("a");
  if (got) {
    ++succeeded;
    EXPECT_TRUE(t.read("got") == content);
  } else {
    EXPECT_FALSE(got.error().id.empty());
    EXPECT_FALSE(t.read("got"));
  }
  auto sent = t.put(content, "b");
  if (sent) {
    ++succeeded;
    EXPECT_TRUE(t.server.files["b"] == content);
  }
  auto s = t.make();
  if (t.run(s->open())) {
    auto listed = t.run(list(*s, ""));
    if (listed) EXPECT_GE(listed->entries.size(), 1u);
    t.run([](session& of) -> net::task<bool> {
      co_await of.close();
      co_return true;
    }(*s));
  }
  return t.network.operations() >= faults.fail_at;
}

TEST(Faults, AtEveryStep) {
  unsigned succeeded = 0, steps = 0;
  for (std::uint64_t step = 2; play({.fail_at = step}, 70000, succeeded) && !testing::Test::HasFailure(); ++step)
    ++steps;
  EXPECT_GT(steps, 100u);
  // One fault is healed by another try, but where it is not seen as one of the network.
  EXPECT_GT(succeeded, steps * 9 / 5);
}

TEST(Faults, OfEveryKindAtOnce) {
  unsigned succeeded = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    try {
      play({.seed = seed,
            .split = net::fault_plan::pieces::random,
            .delay = std::chrono::milliseconds(50),
            .resets = 5,
            .refused = 50,
            .lost = 20},
           200000, succeeded);
    } catch (const std::exception& why) {
      ADD_FAILURE() << "seed " << seed << ": " << why.what();
    }
  }
  EXPECT_GT(succeeded, 60u);
}

TEST(Faults, ByteByByte) {
  unsigned succeeded = 0;
  play({.split = net::fault_plan::pieces::bytes}, 3000, succeeded);
  EXPECT_EQ(succeeded, 2u);
}

// Asking in advance of a server that does not take it: the transfers still come right.
TEST(Faults, AServerThatRefusesToBeAskedInAdvance) {
  client_runner t;
  settings how;
  how.pipelining = settings::pipelines::on;
  for (auto name : {"a", "b", "c"}) t.server.files[name] = name;
  t.server.instead["EPSV"] = {"~", "450 a transfer is in progress\r\n", "~"};
  auto s = t.make(how);
  for (std::string name : {"a", "b", "c"}) {
    s->more_follows = true;
    auto got = t.run(get(*s, name, *t.disk, storage::path{}.child(name)));
    ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
    EXPECT_EQ(t.read(name), name);
  }
}

TEST(Faults, APortAskedForInAdvanceThatIsGone) {
  client_runner t;
  settings how;
  how.pipelining = settings::pipelines::on;
  for (auto name : {"a", "b"}) t.server.files[name] = name;
  t.server.instead["EPSV"] = {"~", "229 (|||9|)\r\n", "~"};
  auto s = t.make(how);
  for (std::string name : {"a", "b"}) {
    s->more_follows = true;
    auto got = t.run(get(*s, name, *t.disk, storage::path{}.child(name)));
    ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
    EXPECT_EQ(t.read(name), name);
    EXPECT_EQ(got->tries, 1u);
  }
}

}  // namespace
}  // namespace ferry::client
