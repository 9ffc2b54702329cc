// ferry's own client and server against each other: what the client says is done, is.
#include <gtest/gtest.h>

#include "client/get.hpp"
#include "client/limits.hpp"
#include "client/listing.hpp"
#include "client/put.hpp"
#include "sim/replay.hpp"
#include "sim/world.hpp"
#include "storage/memory/memory_storage.hpp"

namespace ferry::sim {
namespace {

using pieces = net::fault_plan::pieces;

class only_addresses : public client::resolver {
 public:
  net::task<result<std::vector<net::address>>> resolve(std::string host, time_point) override {
    co_return fail("resolve.failed", host);
  }
};

class noting : public client::observer {
 public:
  explicit noting(world& in) : in_(in) {}
  void command(unsigned, std::string_view line) override { in_.note(1, "> " + std::string(line)); }
  void reply(unsigned, const proto::reply& what) override {
    in_.note(1, "< " + std::to_string(what.code) + " " + what.text());
  }
  void retrying(unsigned, const error& why, unsigned, std::chrono::milliseconds) override {
    in_.note(1, "again: " + std::string(why.id) + " " + why.cause);
  }

 private:
  world& in_;
};

class user {
 public:
  explicit user(world& in) : in_(in), watch_(in) {}

  // Puts each in the place of the one before and gets it back, then lists.
  net::task<> visit(std::vector<std::string> contents, unsigned& done) {
    client::site where{.host = in_.service.address().to_string(), .user = "visitor", .password = "secret"};
    client::session s({in_.on, in_.through, names_, watch_, ways_}, where, {});
    for (const auto& content : contents) {
      co_await put(s, content, done);
      co_await get(s, done);
    }
    auto listed = co_await client::list(s, "");
    if (listed) done += listed->entries.size() == 1;
    co_await s.close();
  }

 private:
  net::task<> put(client::session& s, std::string content, unsigned& done) {
    const auto mine = storage::path().child("mine");
    const storage::create_options fresh;
    client::put_options plain;
    auto sink = co_await disk_->create(mine, fresh);
    auto written = co_await (*sink)->write(content);
    auto published = co_await (*sink)->commit();
    in_.was_sent_whole(content);
    auto sent = co_await client::put(s, *disk_, mine, "file", plain);
    in_.note(1, sent ? "put" : "not put: " + std::string(sent.error().id));
    auto there = co_await in_.content("/file");
    if (!sent) co_return;
    ++done;
    EXPECT_TRUE(there == content) << "put says done; the server has " << (there ? there->substr(0, 1) : "nothing")
                                  << ", not " << content.substr(0, 1);
  }

  net::task<> get(client::session& s, unsigned& done) {
    const auto target = storage::path().child("got");
    client::get_options plain;
    auto there = co_await in_.content("/file");
    auto came = co_await client::get(s, "file", *disk_, target, plain);
    in_.note(1, came ? "got" : "not got: " + std::string(came.error().id));
    if (!came) co_return;
    ++done;
    auto file = co_await disk_->open(target);
    EXPECT_TRUE(file && there);
    if (!file || !there) co_return;
    std::string bytes((*file)->about().size, '\0');
    auto count = co_await (*file)->read(0, bytes);
    EXPECT_TRUE(count && bytes == *there) << "get says done";
  }

  world& in_;
  only_addresses names_;
  noting watch_;
  client::routes ways_;
  std::unique_ptr<storage::storage> disk_ = storage::open_memory(storage::make_memory_tree());
};

struct outcome {
  unsigned done = 0;
  std::uint64_t operations = 0, storage = 0;
};

// Some are as long as the one before, and differ.
const std::vector<std::string> small{std::string(70'000, '1'), std::string(70'000, '2'), "3", {}};
// Worth resuming.
const std::vector<std::string> large{std::string(limit::resumable_from, '1'), std::string(limit::resumable_from, '2')};

constexpr std::size_t everything(const std::vector<std::string>& contents) { return 2 * contents.size() + 1; }

outcome play(const std::vector<std::string>& contents, world_plan plan) {
  outcome out;
  world here(std::move(plan));
  user who(here);
  here.plan_visit(who.visit(contents, out.done));
  here.run();
  out.operations = here.through.operations();
  out.storage = here.storage_operations();
  return out;
}

constexpr std::size_t window = 2'000'000;

TEST(client_and_server, agree) {
  EXPECT_EQ(play(small, {}).done, everything(small));
  EXPECT_EQ(play(large, {.network{.seed = 1, .split = pieces::random, .delay = 100ms}}).done, everything(large));
}

class every_step_of_a_client : public testing::TestWithParam<const std::vector<std::string>*> {};
INSTANTIATE_TEST_SUITE_P(with, every_step_of_a_client, testing::Values(&small, &large),
                         [](const auto& tried) { return tried.param == &small ? "small_files" : "large_files"; });

TEST_P(every_step_of_a_client, of_the_network) {
  const auto untouched = play(*GetParam(), {.network{.window = window}});
  const std::uint64_t stride = GetParam() == &large ? 4 : 1;  // where most steps are alike
  std::size_t done = 0, runs = 0;
  for (std::uint64_t at = 1; at <= untouched.operations; at += stride, ++runs) {
    SCOPED_TRACE(at);
    done += play(*GetParam(), {.network{.window = window, .fail_at = at}}).done;
    if (HasFailure()) return;
  }
  EXPECT_GT(done, runs * (untouched.done - 1));  // another try heals nearly everything
}

TEST_P(every_step_of_a_client, of_the_servers_storage) {
  const auto untouched = play(*GetParam(), {.network{.window = window}});
  for (std::uint64_t at = 1; at <= untouched.storage; ++at) {
    SCOPED_TRACE(at);
    EXPECT_GE(play(*GetParam(), {.network{.window = window}, .storage_fails_at = at}).done, untouched.done / 2);
    if (HasFailure()) return;
  }
}

TEST(random_clients, say_what_is_so) {
  const auto first = wanted.seed.value_or(0);
  const auto count = wanted.seed ? 1 : wanted.seeds / 4;
  for (auto seed = first; seed < first + count; ++seed) {
    play(seed % 4 == 0 ? large : small, {.network{.seed = seed,
                                                  .split = pieces::random,
                                                  .delay = 300ms,
                                                  .window = window,
                                                  .resets = seed % 3 == 0 ? 0u : 1u,
                                                  .refused = seed % 2 == 0 ? 0u : 100u,
                                                  .lost = seed % 5 == 0 ? 100u : 0u}});
    if (HasFailure()) FAIL() << "replay it with sim_test --gtest_filter='random_clients*' --seed=" << seed;
  }
}

}  // namespace
}  // namespace ferry::sim
