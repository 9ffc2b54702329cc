// How long a session lasts when its peer does nothing, too little, or too much: to the second, for time leaps here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/telnet.hpp"
#include "sim/visitor.hpp"

namespace ferry::sim {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::Le;

class limits_of_a_session : public testing::Test {
 protected:
  // Runs `visit` and gives how long it took in the world's time.
  template <class F>
  duration last(F visit, world_plan plan = {}) {
    world here(std::move(plan));
    visitor who(here, 1);
    duration out{-1};
    auto timed = [](world& in, visitor& of, F& what, duration& took) -> net::task<> {
      const auto begun = in.on.now();
      co_await what(of, in);
      took = in.on.now() - begun;
      of.hang_up();
    };
    here.plan_visit(timed(here, who, visit, out));
    here.run();
    return out;
  }

  static constexpr limits limit{};
  static constexpr duration at_once = 1s;
};

TEST_F(limits_of_a_session, who_does_not_log_in) {
  auto took = last([](visitor& who, world&) -> net::task<> {
    co_await who.connect();
    co_await who.ask("USER visitor");
    auto said = co_await who.hear();
    EXPECT_EQ(said.code, 421);
    co_await who.fall_silent();
  });
  EXPECT_EQ(took, limit.login);
}

TEST_F(limits_of_a_session, who_begins_again_and_again) {
  auto took = last([](visitor& who, world& in) -> net::task<> {
    co_await who.connect();
    for (int i = 0; i < 10 && !who.left(); ++i) {
      co_await in.on.sleep(50s);
      co_await who.ask("USER visitor");
      co_await who.ask("REIN");
    }
  });
  EXPECT_THAT(took, AllOf(Ge(limit.login), Le(limit.login + 50s)));
}

// Offers of Telnet options are refused; a peer that reads no refusal is heard no further.
TEST_F(limits_of_a_session, who_offers_telnet_options_and_reads_no_refusal) {
  constexpr std::size_t window = 8'000;
  const std::string offers = "\xFF\xFD\x18\xFF\xFB\x18\xFF\xF1";
  std::size_t sent = 0;
  auto took = last(
      [&](visitor& who, world& in) -> net::task<> {
        co_await who.arrive();
        sent = co_await who.repeat(offers);
        while (!who.left()) co_await in.on.sleep(1s);
      },
      {.network{.window = window}});
  const auto reads = window / proto::telnet_filter::max_refusals + 2;  // until the way back is full
  EXPECT_LE(sent * offers.size(), window + reads * ferry::limit::control_read);
  EXPECT_THAT(took, AllOf(Ge(limit.reply_write), Le(limit.reply_write + 2s)));
}

TEST_F(limits_of_a_session, who_types_a_byte_now_and_then) {
  auto took = last([](visitor& who, world& in) -> net::task<> {
    co_await who.arrive();
    while (who.here() && !who.left()) {
      co_await in.on.sleep(20s);
      co_await who.say("N");
    }
    auto said = co_await who.hear();
    EXPECT_EQ(said.code, 421);
  });
  EXPECT_THAT(took, AllOf(Ge(limit.idle), Le(limit.idle + 20s)));
}

TEST_F(limits_of_a_session, who_says_nothing) {
  auto took = last([](visitor& who, world&) -> net::task<> {
    co_await who.arrive();
    auto said = co_await who.hear();
    EXPECT_EQ(said.code, 421);
    co_await who.fall_silent();
  });
  EXPECT_EQ(took, limit.idle);
}

TEST_F(limits_of_a_session, who_does_not_read_the_replies) {
  auto took = last(
      [](visitor& who, world& in) -> net::task<> {
        co_await who.arrive();
        for (int i = 0; i < 20; ++i) co_await who.say("HELP\r\n");
        while (!who.left()) co_await in.on.sleep(1s);
      },
      {.network{.window = 2000}});
  EXPECT_THAT(took, AllOf(Ge(limit.reply_write), Le(limit.reply_write + 1s)));
}

TEST_F(limits_of_a_session, a_data_connection_that_does_not_come) {
  auto took = last([](visitor& who, world&) -> net::task<> {
    co_await who.arrive();
    co_await who.upload("STOR", "/a", "content", way::pasv, turn::never_opened);
    co_await who.leave();
  });
  EXPECT_EQ(took, limit.data_open);
}

TEST_F(limits_of_a_session, an_upload_that_stalls) {
  auto took = last([](visitor& who, world&) -> net::task<> {
    co_await who.arrive();
    co_await who.upload("STOR", "/a", "content", way::pasv, turn::stall);
    co_await who.leave();
  });
  EXPECT_EQ(took, limit.stalled);
}

TEST_F(limits_of_a_session, abor_ends_the_wait_for_a_data_connection) {
  auto took = last([](visitor& who, world&) -> net::task<> {
    co_await who.arrive();
    co_await who.ask("PASV");
    auto opening = co_await who.ask("STOR /a");
    EXPECT_EQ(opening.code, 150);
    auto aborted = co_await who.ask("ABOR");
    EXPECT_EQ(aborted.code, 426);
    auto done = co_await who.hear();
    EXPECT_EQ(done.code, 226);
    co_await who.leave();
  });
  EXPECT_LE(took, at_once);
}

TEST_F(limits_of_a_session, abor_ends_a_transfer) {
  auto took = last([](visitor& who, world&) -> net::task<> {
    co_await who.arrive();
    co_await who.upload("STOR", "/a", "content", way::pasv, turn::abort);
    co_await who.upload("STOR", "/a", "content", way::port, turn::abort);
    co_await who.leave();
  });
  EXPECT_LE(took, at_once);
}

TEST_F(limits_of_a_session, who_leaves_takes_the_upload_along) {
  auto took = last([](visitor& who, world& in) -> net::task<> {
    co_await who.arrive();
    co_await who.ask("PASV");
    auto opening = co_await who.ask("STOR /a");
    EXPECT_EQ(opening.code, 150);
    who.hang_up();
    while (!who.left()) co_await in.on.sleep(100ms);
  });
  EXPECT_LE(took, at_once);
}

TEST_F(limits_of_a_session, what_is_sent_behind_a_transfer_stays_with_the_client) {
  constexpr std::size_t window = 10'000;
  std::size_t sent = 0, answered = 0;
  last(
      [&](visitor& who, world&) -> net::task<> {
        co_await who.arrive();
        co_await who.ask("PASV");
        auto opening = co_await who.ask("STOR /a");
        EXPECT_EQ(opening.code, 150);
        sent = co_await who.repeat("PWD\n");
        auto done = co_await who.hear();
        EXPECT_EQ(done.code, 425);
        for (; answered < sent; ++answered) {
          auto said = co_await who.hear();
          if (said.code != 257) break;
        }
        co_await who.leave();
      },
      {.network{.window = window}});
  EXPECT_LE(sent * 4, window + ferry::limit::held_bytes + 2 * ferry::limit::control_read);
  EXPECT_GE(sent, 500u) << "some hundreds are taken ahead";
  EXPECT_EQ(answered, sent);
}

TEST_F(limits_of_a_session, who_leaves_much_unheard_takes_the_upload_along) {
  auto took = last(
      [](visitor& who, world& in) -> net::task<> {
        co_await who.arrive();
        co_await who.ask("PASV");
        auto opening = co_await who.ask("STOR /a");
        EXPECT_EQ(opening.code, 150);
        co_await who.repeat("PWD\n");
        who.hang_up();
        while (!who.left()) co_await in.on.sleep(100ms);
      },
      {.network{.window = 10'000}});
  EXPECT_LE(took, 5s);
}

TEST_F(limits_of_a_session, a_server_that_stops_says_so) {
  auto took = last(
      [](visitor& who, world&) -> net::task<> {
        co_await who.arrive();
        auto said = co_await who.hear();
        EXPECT_EQ(said.code, 421);
        co_await who.fall_silent();
      },
      {.stops_after = 10s});
  EXPECT_EQ(took, 10s);
}

TEST_F(limits_of_a_session, a_server_that_stops_ends_transfers_in_time) {
  auto took = last(
      [](visitor& who, world&) -> net::task<> {
        co_await who.arrive();
        co_await who.upload("STOR", "/a", "content", way::pasv, turn::stall);
        auto said = co_await who.hear();
        EXPECT_EQ(said.code, 421);
        co_await who.fall_silent();
      },
      {.stops_after = 10s});
  EXPECT_EQ(took, 10s + limit.stop);
}

TEST_F(limits_of_a_session, a_server_that_stops_begins_nothing_new) {
  auto took = last(
      [](visitor& who, world&) -> net::task<> {
        co_await who.arrive();
        std::string much;
        for (int i = 0; i < 20; ++i) much += "EPSV\r\nSTOR /a\r\n";
        co_await who.say(much);
        co_await who.fall_silent();
      },
      {.stops_after = 10s});
  EXPECT_EQ(took, 10s + limit.stop);
}

}  // namespace
}  // namespace ferry::sim
