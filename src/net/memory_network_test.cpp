#include "net/memory_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/thread_pool.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/limits.hpp"

namespace ferry::net {
namespace {

using pieces = fault_plan::pieces;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;
using testing::SizeIs;

const endpoint service(asio::ip::make_address("192.0.2.1"), 21);

// One client that sends to one server, in a world of its own.
class small_world {
 public:
  explicit small_world(const fault_plan& faults) : through(on, faults) {}
  ~small_world() { workers.join(); }

  void send(std::string_view bytes) {
    on.spawn(serve());
    on.spawn(visit(bytes));
    on.simulate();
  }

  net::asio::thread_pool workers{1};
  loop on{workers};
  memory_network through;
  std::string told;                // ids of errors, and how reading ended
  std::vector<std::size_t> parts;  // as they were read
  std::string got;
  duration took{};

 private:
  task<> serve() {
    auto ear = through.listen(service, {});
    if (!ear) {
      told += ear.error().id;
      co_return;
    }
    std::unique_ptr<stream> guest;
    const auto until = on.now() + 1h;
    while (!guest) {
      const auto status = co_await (*ear)->ready(until);
      if (status != wait_status::ready) co_return;
      if (auto next = (*ear)->try_accept(); next && *next) guest = std::move(*next);
    }
    for (char bytes[4096];;) {
      auto io = guest->try_read(bytes);
      if (io.what == io_result::state::would_block) {
        co_await guest->ready(io.wants, time_point::max());
      } else if (io.what == io_result::state::moved) {
        got.append(bytes, io.count);
        parts.push_back(io.count);
      } else {
        told += io.what == io_result::state::end ? "end " : "broken ";
        co_return;
      }
    }
  }

  task<> visit(std::string_view bytes) {
    const auto begun = on.now();
    const dial_options options{.deadline = begun + 1min};
    auto made = co_await through.dial(service, options);
    took = on.now() - begun;
    if (!made) {
      told += made.error().id;
      co_return;
    }
    while (!bytes.empty()) {
      auto io = (*made)->try_write(bytes);
      if (io.what == io_result::state::failed) co_return;
      if (io.what == io_result::state::would_block) co_await (*made)->ready(io.wants, time_point::max());
      bytes.remove_prefix(io.count);
    }
  }
};

const std::string text(3000, 't');

TEST(memory_network, without_faults_nothing_goes_wrong) {
  small_world world({});
  world.send(text);
  EXPECT_EQ(world.got, text);
  EXPECT_EQ(world.told, "end ");
  EXPECT_THAT(world.parts, ElementsAre(text.size()));
  EXPECT_EQ(world.took, 0s);
  EXPECT_EQ(world.through.connections(), 0u);
  EXPECT_TRUE(world.on.context().stopped());
}

TEST(memory_network, bytes_come_one_by_one) {
  small_world world({.split = pieces::bytes});
  world.send(text);
  EXPECT_EQ(world.got, text);
  EXPECT_THAT(world.parts, AllOf(SizeIs(text.size()), Each(1u)));
}

TEST(memory_network, bytes_come_in_pieces_of_many_sizes) {
  small_world world({.seed = 5, .split = pieces::random});
  world.send(text);
  EXPECT_EQ(world.got, text);
  EXPECT_GT(std::set(world.parts.begin(), world.parts.end()).size(), 4u);
}

TEST(memory_network, what_is_sent_takes_its_time) {
  small_world world({.seed = 5, .delay = 10s});
  world.send(text);
  EXPECT_EQ(world.got, text);
  EXPECT_THAT(world.took, AllOf(Ge(1ms), Le(10s)));
}

TEST(memory_network, the_window_holds_the_sender_back) {
  small_world world({.window = 100});
  world.send(text);
  EXPECT_EQ(world.got, text);
  EXPECT_THAT(world.parts, Each(Le(100u)));
}

TEST(memory_network, a_connection_breaks_after_so_many_bytes) {
  small_world world({.split = pieces::bytes, .reset_after = 1234});
  world.send(text);
  EXPECT_EQ(world.got.size(), 1234u);
  EXPECT_EQ(world.told, "broken ");
}

TEST(memory_network, each_operation_can_be_the_one_that_fails) {
  small_world untouched({});
  untouched.send(text);
  const auto operations = untouched.through.operations();
  ASSERT_GE(operations, 5u);  // listen, dial, accept, write, read
  int whole = 0;
  for (std::uint64_t k = 1; k <= operations; ++k) {
    small_world world({.fail_at = k});
    world.send(text);
    whole += world.told == "end ";
    EXPECT_EQ(world.through.connections(), 0u);
  }
  EXPECT_EQ(whole, 0);
  small_world beyond({.fail_at = operations + 1});
  beyond.send(text);
  EXPECT_EQ(beyond.told, "end ");
}

TEST(memory_network, resets_come_by_chance) {
  int broken = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    small_world world({.seed = seed, .resets = 200});
    world.send(text);
    broken += world.told == "broken ";
    EXPECT_EQ(world.got, text.substr(0, world.got.size()));
  }
  EXPECT_THAT(broken, AllOf(Ge(10), Le(90)));
}

TEST(memory_network, a_dial_is_refused) {
  small_world world({.refused = 1000});
  world.send(text);
  EXPECT_EQ(world.told, "connect.refused");
}

TEST(memory_network, a_dial_is_lost) {
  small_world world({.lost = 1000});
  world.send(text);
  EXPECT_EQ(world.told, "connect.timeout");
  EXPECT_EQ(world.took, 1min);
}

TEST(memory_network, a_lost_dial_can_be_given_up) {
  small_world world({.lost = 1000});
  dial_ticket ticket;
  std::string told;
  world.on.spawn([](memory_network& through, dial_ticket& of, std::string& out) -> task<> {
    const dial_options options{.ticket = &of, .deadline = time_point::max()};
    auto made = co_await through.dial(service, options);
    out = made ? "made" : made.error().id;
  }(world.through, ticket, told));
  world.on.simulate();
  EXPECT_EQ(told, "");
  ticket.cancel();
  world.on.simulate();
  EXPECT_EQ(told, "connect.cancelled");
}

TEST(memory_network, connections_overtake_each_other) {
  small_world world({.seed = 3, .delay = 10s});
  std::vector<int> arrived;
  auto visit = [](small_world& in, int number, std::vector<int>& out) -> task<> {
    const dial_options options{.deadline = in.on.now() + 1min};
    auto made = co_await in.through.dial(service, options);
    if (made) out.push_back(number);
  };
  auto ear = world.through.listen(service, {});
  for (int i = 0; i < 8; ++i) world.on.spawn(visit(world, i, arrived));
  world.on.simulate();
  ASSERT_THAT(arrived, SizeIs(8));
  EXPECT_FALSE(std::ranges::is_sorted(arrived));
}

TEST(memory_network, a_seed_replays) {
  auto outcome = [](std::uint64_t seed) {
    small_world world({.seed = seed, .split = pieces::random, .delay = 1s, .resets = 5});
    world.send(text);
    return std::tuple(world.told, world.parts, world.took, world.through.operations());
  };
  std::set<std::vector<std::size_t>> runs;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(outcome(seed), outcome(seed)) << seed;
    runs.insert(std::get<1>(outcome(seed)));
  }
  EXPECT_GT(runs.size(), 15u);
}

}  // namespace
}  // namespace ferry::net
