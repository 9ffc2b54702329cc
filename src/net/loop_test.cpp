#include "net/loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "net/event.hpp"
#include "support/loop_runner.hpp"

namespace ferry::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// An alarm that notes its number when it rings.
struct noted {
  noted(loop& on, duration in, int number, std::vector<int>& into)
      : number_(number),
        into_(into),
        alarm_(on, on.now() + in, [](void* p) { static_cast<noted*>(p)->note(); }, this) {}
  void note() { into_.push_back(number_); }

  int number_;
  std::vector<int>& into_;
  alarm alarm_;
};

class loop_test : public testing::Test, public support::loop_runner {
 protected:
  std::vector<int> rung;
};

TEST_F(loop_test, a_coroutine_runs_when_the_loop_does) {
  bool ran = false;
  on.spawn([](bool& out) -> task<> {
    out = true;
    co_return;
  }(ran));
  EXPECT_FALSE(ran);
  drain();
  EXPECT_TRUE(ran);
}

TEST_F(loop_test, yield_gives_every_coroutine_its_turn) {
  std::string order;
  auto work = [](loop& l, std::string& out, std::string words) -> task<> {
    for (char each : words) {
      out += each;
      co_await l.yield();
    }
  };
  on.spawn(work(on, order, "ace"));
  on.spawn(work(on, order, "bdf"));
  drain();
  EXPECT_EQ(order, "abcdef");
}

TEST_F(loop_test, sleep_takes_its_time) {
  const auto begun = clock::now();
  run(on.sleep(20ms));
  EXPECT_GE(clock::now() - begun, 20ms);
}

TEST_F(loop_test, skip_moves_sleepers_and_the_time_on) {
  const auto begun = on.now();
  on.spawn(on.sleep(1h));
  settle();
  on.skip(2h);
  drain();
  EXPECT_GE(on.now() - begun, 2h);
}

TEST_F(loop_test, a_skip_that_is_too_short_wakes_nobody) {
  bool awake = false;
  on.spawn([](loop& l, bool& out) -> task<> {
    co_await l.sleep(1h);
    out = true;
  }(on, awake));
  settle();
  on.skip(59min);
  settle();
  EXPECT_FALSE(awake);
  on.skip(1min);
  drain();
  EXPECT_TRUE(awake);
}

TEST_F(loop_test, alarms_ring_in_the_order_of_their_times) {
  std::vector<int> order(6);
  std::iota(order.begin(), order.end(), 1);
  const auto sorted = order;
  do {
    std::vector<std::unique_ptr<noted>> all;
    all.reserve(order.size());
    for (int each : order) all.push_back(std::make_unique<noted>(on, each * 1min, each, rung));
    on.skip(10min);
    on.context().restart();
    on.context().poll();
    ASSERT_EQ(rung, sorted);
    rung.clear();
  } while (std::ranges::next_permutation(order).found);
}

TEST_F(loop_test, an_earlier_alarm_does_not_wait_for_a_later_one) {
  noted late(on, 1h, 2, rung);
  noted soon(on, 1ms, 1, rung);
  on.context().run_for(30ms);
  EXPECT_THAT(rung, ElementsAre(1));
}

TEST_F(loop_test, alarms_of_one_time_all_ring) {
  noted a(on, 1min, 1, rung), b(on, 1min, 2, rung), c(on, 1min, 3, rung);
  on.skip(1min);
  settle();
  EXPECT_THAT(rung, ElementsAre(1, 2, 3));
}

TEST_F(loop_test, a_destroyed_alarm_does_not_ring) {
  auto first = std::make_unique<noted>(on, 1min, 1, rung);
  auto second = std::make_unique<noted>(on, 2min, 2, rung);
  auto third = std::make_unique<noted>(on, 3min, 3, rung);
  second.reset();
  first.reset();
  on.skip(1h);
  settle();
  EXPECT_THAT(rung, ElementsAre(3));
}

TEST_F(loop_test, an_alarm_may_destroy_the_one_that_is_due_next) {
  auto victim = std::make_unique<noted>(on, 2min, 2, rung);
  alarm first(on, on.now() + 1min, [](void* p) { static_cast<std::unique_ptr<noted>*>(p)->reset(); }, &victim);
  noted third(on, 3min, 3, rung);
  on.skip(1h);
  settle();
  EXPECT_THAT(rung, ElementsAre(3));
}

TEST_F(loop_test, an_alarm_may_set_another) {
  struct chain {
    loop& on;
    std::vector<int>& rung;
    std::unique_ptr<noted> next;
  } link{on, rung, {}};
  alarm first(
      on, on.now() + 1min,
      [](void* p) {
        auto& self = *static_cast<chain*>(p);
        self.next = std::make_unique<noted>(self.on, 1min, 7, self.rung);
      },
      &link);
  on.skip(1min);
  settle();
  EXPECT_THAT(rung, ElementsAre());
  on.skip(1min);
  settle();
  EXPECT_THAT(rung, ElementsAre(7));
}

TEST_F(loop_test, an_alarm_without_a_time_never_rings) {
  alarm never(on, time_point::max(), [](void* p) { static_cast<std::vector<int>*>(p)->push_back(1); }, &rung);
  on.skip(24h * 365);
  settle();
  EXPECT_THAT(rung, ElementsAre());
}

TEST_F(loop_test, the_loop_does_not_wait_for_alarms_that_were_given_up) {
  const auto begun = clock::now();
  run([](loop& l) -> task<> {
    alarm unused(l, l.now() + 10min, [](void*) {}, nullptr);
    co_await l.yield();
  }(on));
  EXPECT_LT(clock::now() - begun, 1min);
}

TEST_F(loop_test, alarms_ring_after_a_time_when_nothing_ran) {
  run([](loop& l) -> task<> {
    alarm unused(l, l.now() + 10ms, [](void*) {}, nullptr);
    co_await l.yield();
  }(on));
  run(on.sleep(20ms));  // it ends
}

TEST_F(loop_test, stop_ends_the_run_from_another_thread) {
  on.spawn(on.sleep(1h));
  std::jthread other([this] { on.stop(); });
  on.run();
}

TEST_F(loop_test, offload_brings_the_result_back_to_the_loop) {
  run([](loop& l) -> task<> {
    const auto mine = std::this_thread::get_id();
    auto ask = [] { return std::make_unique<std::thread::id>(std::this_thread::get_id()); };
    auto there = co_await l.offload(ask);
    EXPECT_NE(*there, mine);
    EXPECT_EQ(std::this_thread::get_id(), mine);
  }(on));
}

TEST_F(loop_test, offload_without_a_result) {
  int done = 0;
  run(on.offload([&] { done = 1; }));
  EXPECT_EQ(done, 1);
}

TEST_F(loop_test, the_loop_goes_on_while_work_blocks) {
  std::latch may_end(1);
  std::string order;
  on.spawn([](loop& l, std::latch& wait, std::string& out) -> task<> {
    auto block = [&wait] { wait.wait(); };
    co_await l.offload(block);
    out += "worker ";
  }(on, may_end, order));
  on.spawn([](loop& l, std::latch& release, std::string& out) -> task<> {
    for (int i = 0; i < 3; ++i) co_await l.yield();
    out += "loop ";
    release.count_down();
  }(on, may_end, order));
  drain();
  EXPECT_EQ(order, "loop worker ");
}

TEST_F(loop_test, loops_on_threads_share_the_workers) {
  constexpr int loops = 3, coroutines = 8, rounds = 50;
  std::atomic<int> counted = 0;
  std::vector<int> kept(loops);
  {
    std::vector<std::jthread> threads;
    threads.reserve(loops);
    for (int each = 0; each < loops; ++each) {
      threads.emplace_back([&, each] {
        loop mine(workers);
        for (int i = 0; i < coroutines; ++i) {
          mine.spawn([](loop& l, std::atomic<int>& all, int& own) -> task<> {
            auto count = [&all] { return ++all > 0 ? 1 : 0; };
            for (int round = 0; round < rounds; ++round) own += co_await l.offload(count);
          }(mine, counted, kept[static_cast<std::size_t>(each)]));
        }
        mine.run();
      });
    }
  }
  EXPECT_EQ(counted, loops * coroutines * rounds);
  EXPECT_THAT(kept, ElementsAre(coroutines * rounds, coroutines * rounds, coroutines * rounds));
}

TEST_F(loop_test, an_event_wakes_all_who_wait_and_those_who_come_late) {
  event happened(on);
  int woken = 0;
  auto wait = [](event& e, int& count) -> task<> {
    co_await e.wait();
    ++count;
  };
  on.spawn(wait(happened, woken));
  on.spawn(wait(happened, woken));
  on.context().poll();
  EXPECT_EQ(woken, 0);
  EXPECT_FALSE(happened.happened());
  happened.set();
  EXPECT_TRUE(happened.happened());
  drain();
  EXPECT_EQ(woken, 2);
  run(wait(happened, woken));
  EXPECT_EQ(woken, 3);
}

TEST_F(loop_test, a_wait_for_an_event_ends_at_its_deadline_and_others_go_on) {
  event happened(on);
  int late = 0, woken = 0;
  auto wait = [](event& e, time_point until, int& count) -> task<> {
    co_await e.wait_until(until);
    ++count;
  };
  on.spawn(wait(happened, on.now() + 1h, late));
  on.spawn(wait(happened, time_point::max(), woken));
  settle();
  on.skip(59min);
  settle();
  EXPECT_EQ(late, 0);
  on.skip(1min);
  settle();
  EXPECT_EQ(late, 1);
  EXPECT_EQ(woken, 0);
  on.spawn(wait(happened, on.now() + 1h, late));
  happened.set();
  drain();
  EXPECT_EQ(late, 2);
  EXPECT_EQ(woken, 1);
}

TEST_F(loop_test, a_simulation_leaps_over_the_time_when_nothing_happens) {
  const auto begun = clock::now();
  std::vector<duration> at;
  auto work = [](loop& l, duration every, std::vector<duration>& out, time_point from) -> task<> {
    for (int i = 0; i < 2; ++i) {
      co_await l.sleep(every);
      out.push_back(l.now() - from);
    }
  };
  on.simulate();
  const auto from = on.now();
  on.spawn(work(on, 3h, at, from));
  on.spawn(work(on, 2h, at, from));
  on.simulate();
  EXPECT_THAT(at, ElementsAre(2h, 3h, 4h, 6h));
  EXPECT_EQ(on.now(), from + 6h);
  EXPECT_LT(clock::now() - begun, 1min);
  EXPECT_TRUE(on.context().stopped());
}

TEST_F(loop_test, a_simulation_waits_for_workers_without_leaping) {
  duration took{1};
  on.spawn([](loop& l, duration& out) -> task<> {
    const auto from = l.now();
    alarm limit(l, from + 1s, [](void*) { ADD_FAILURE() << "the alarm rang"; }, nullptr);
    auto block = [] { std::this_thread::sleep_for(20ms); };
    co_await l.offload(block);
    out = l.now() - from;
  }(on, took));
  on.simulate();
  EXPECT_EQ(took, 0s);
}

TEST_F(loop_test, a_simulation_does_not_take_a_worker_for_a_coroutine_that_waits) {
  for (int times = 0; times < 2000; ++times) {
    on.spawn([](loop& l) -> task<> {
      auto nothing = [] {};
      co_await l.offload(nothing);
    }(on));
    on.simulate();
    ASSERT_TRUE(on.context().stopped()) << times;
  }
}

TEST_F(loop_test, a_simulation_ends_when_the_rest_waits_for_what_cannot_come) {
  event never(on);
  on.spawn(never.wait());
  on.simulate();
  EXPECT_FALSE(on.context().stopped());
  never.set();
  on.simulate();
  EXPECT_TRUE(on.context().stopped());
}

}  // namespace
}  // namespace ferry::net
