// Every step of every dialogue fails once: what is then said to be done is right, and nothing waits for ever.
#include <gtest/gtest.h>

#include <map>

#include "client/crew.hpp"
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

using pipelines = settings::pipelines;

// Gets three files and puts them back, with what is asked and dialled ahead of its time, then lists. True while the
// fault was met.
bool play(net::fault_plan faults, std::size_t size, pipelines pipelining, unsigned& succeeded) {
  client_runner t(faults);
  settings how;
  how.pipelining = pipelining;
  const std::vector<std::string> names{"a", "b", "c"};
  std::map<std::string, std::string> contents;
  for (const auto& name : names) contents[name] = content_of(size++);
  t.server.files = contents;
  t.server.features.push_back("MFMT");
  crew sessions(surroundings{t.on, t.network, t.names, t.watch, t.known}, t.where, how);

  std::vector<download> wanted;
  for (const auto& name : names) wanted.push_back({name, storage::path{}.child(name)});
  auto got = t.run(get_many(sessions, *t.disk, std::move(wanted)));
  std::vector<upload> sent;
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(got[i].failed.has_value(), !t.read(names[i]));
    if (got[i].failed) continue;
    ++succeeded;
    EXPECT_TRUE(t.read(names[i]) == contents[names[i]]) << names[i];
    sent.push_back({storage::path{}.child(names[i]), "new " + names[i]});
  }
  auto put = t.run(put_many(sessions, *t.disk, sent));
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (put[i].failed) continue;
    ++succeeded;
    EXPECT_TRUE(t.server.files[sent[i].remote] == contents[std::string(sent[i].file.name())]) << sent[i].remote;
  }
  auto ready = t.run(sessions.first().recover());
  if (ready) {
    auto listed = t.run(list(sessions.first(), ""));
    if (listed) {
      EXPECT_EQ(listed->entries.size(), t.server.files.size());
    }
  }
  t.run([](crew& all) -> net::task<bool> {
    co_await all.close();
    co_return true;
  }(sessions));
  return t.network.operations() >= faults.fail_at;
}

class Faults : public testing::TestWithParam<pipelines> {};
INSTANTIATE_TEST_SUITE_P(All, Faults, testing::Values(pipelines::off, pipelines::on));

TEST_P(Faults, AtEveryStep) {
  unsigned succeeded = 0, steps = 0;
  for (std::uint64_t step = 2; play({.fail_at = step}, 70000, GetParam(), succeeded) && !HasFailure(); ++step) ++steps;
  EXPECT_GT(steps, 200u);
  // One fault is healed by another try, but where it is not seen as one of the network.
  EXPECT_GT(succeeded, steps * 29 / 5);
}

// Small files are sent without waiting to be asked for them.
TEST_P(Faults, AtEveryStepOfSmallFiles) {
  unsigned succeeded = 0, steps = 0;
  for (std::uint64_t step = 2; play({.fail_at = step}, 100, GetParam(), succeeded) && !HasFailure(); ++step) ++steps;
  EXPECT_GT(steps, 100u);
  EXPECT_GT(succeeded, steps * 29 / 5);
}

TEST_P(Faults, OfEveryKindAtOnce) {
  unsigned succeeded = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    play({.seed = seed,
          .split = net::fault_plan::pieces::random,
          .delay = std::chrono::milliseconds(50),
          .resets = 5,
          .refused = 50,
          .lost = 20},
         seed % 2 == 0 ? 100 : 200000, GetParam(), succeeded);
  }
  EXPECT_GT(succeeded, 200u);
}

TEST_P(Faults, ByteByByte) {
  unsigned succeeded = 0;
  play({.split = net::fault_plan::pieces::bytes}, 3000, GetParam(), succeeded);
  EXPECT_EQ(succeeded, 6u);
}

// Asking in advance of a server that does not take it: the transfers still come right.
TEST(AskingAhead, AServerThatRefusesToBeAskedInAdvance) {
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

TEST(AskingAhead, APortAskedForInAdvanceThatIsGone) {
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
