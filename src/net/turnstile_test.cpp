#include "net/turnstile.hpp"

#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>
#include <vector>

namespace ferry::net {
namespace {

constexpr auto for_ever = time_point::max();

address peer(int number) { return asio::ip::address_v4(0xC0000200u + static_cast<unsigned>(number)); }

TEST(turnstile, turns_away_when_enough_wait_and_lets_in_in_order) {
  asio::thread_pool workers{1};
  loop on(workers);
  turnstile gate(1, 2);
  std::vector<int> order;
  auto visit = [&](int who) -> task<> {
    auto place = co_await gate.enter(on, peer(1), for_ever);
    order.push_back(place ? who : -who);
    co_await on.yield();
  };
  for (int who = 1; who <= 4; ++who) on.spawn(visit(who));
  on.run();
  EXPECT_EQ(order, (std::vector<int>{1, -4, 2, 3}));
}

TEST(turnstile, the_peer_with_the_most_gives_way) {
  asio::thread_pool workers{1};
  loop on(workers);
  turnstile gate(1, 4);
  std::vector<int> in, out;
  auto visit = [&](int who, int from) -> task<> {
    auto place = co_await gate.enter(on, peer(from), for_ever);
    (place ? in : out).push_back(who);
    co_await on.yield();
  };
  on.spawn(visit(0, 9));
  for (int who = 1; who <= 4; ++who) on.spawn(visit(who, 1));
  on.spawn(visit(11, 2));
  on.spawn(visit(12, 2));
  on.spawn(visit(13, 2));  // both have two now: nobody gives way
  on.run();
  EXPECT_EQ(in, (std::vector<int>{0, 1, 11, 2, 12}));
  EXPECT_EQ(out, (std::vector<int>{13, 4, 3}));
}

TEST(turnstile, one_that_vanishes_while_it_waits_takes_no_place_with_it) {
  asio::thread_pool workers{1};
  loop on(workers);
  turnstile gate(1, 4);
  std::optional<turnstile::place> held;
  int entered = 0;
  auto hold = [&](loop& where) -> task<> { held.emplace(*co_await gate.enter(where, peer(1), for_ever)); };
  auto pass = [&](loop& where) -> task<> {
    if (co_await gate.enter(where, peer(1), for_ever)) ++entered;
  };
  on.spawn(hold(on));
  on.context().poll();
  ASSERT_TRUE(held);
  {
    loop waits(workers);
    waits.spawn(pass(waits));
    waits.context().poll();
    loop is_let_in(workers);
    is_let_in.spawn(pass(is_let_in));
    is_let_in.context().poll();
  }
  {
    loop is_let_in(workers);
    is_let_in.spawn(pass(is_let_in));
    is_let_in.context().poll();
    held.reset();  // given to one that never runs again
  }
  EXPECT_EQ(entered, 0);
  on.context().restart();
  on.spawn(pass(on));
  on.run();
  EXPECT_EQ(entered, 1);
}

}  // namespace
}  // namespace ferry::net
