#include "transfer/data_offer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <set>
#include <vector>

#include "transfer/test_support/ends.hpp"

namespace ferry::transfer {
namespace {

using net::endpoint;

const net::address home = net::asio::ip::make_address("127.0.0.1");
const net::address stranger = net::asio::ip::make_address("127.0.0.2");

enum class over { tcp, memory };
void PrintTo(over tried, std::ostream* out) { *out << (tried == over::tcp ? "tcp" : "memory"); }

class data_offer_test : public testing::TestWithParam<over>, public support::loop_runner {
 protected:
  using opened = result<std::unique_ptr<net::stream>>;

  data_offer passive(port_range ports = {}) {
    auto made = data_offer::passive(*through, home, ports, home);
    EXPECT_TRUE(made) << made.error().cause;
    return std::move(*made);
  }
  std::unique_ptr<net::listener> listen() { return std::move(*through->listen({home, 0}, {.backlog = 16})); }

  std::unique_ptr<net::stream> dial(const endpoint& to) {
    auto made = run(through->dial(to, {.from = endpoint(home, 0), .deadline = time_point::max()}));
    EXPECT_TRUE(made) << made.error().cause;
    settle();
    return made ? std::move(*made) : nullptr;
  }

  // May be turned away before it knows that it was let in.
  std::unique_ptr<net::stream> knock(const endpoint& to) {
    auto made = run(through->dial(to, {.from = endpoint(stranger, 0), .deadline = time_point::max()}));
    settle();
    return made ? std::move(*made) : nullptr;
  }

  net::task<> open_and_tell(data_offer& what, std::optional<opened>& told) {
    told = co_await what.open(*through, on.now() + 60s);
  }
  void begin(data_offer& what, std::optional<opened>& told) {
    on.spawn(open_and_tell(what, told));
    settle();
  }
  opened open(data_offer& what) { return run(what.open(*through, on.now() + 60s)); }

  // So many neighbouring ports, free a moment ago.
  port_range free_ports(std::uint16_t count) {
    for (;;) {
      auto first = listen()->local().port();
      if (first > 65535 - count) continue;
      bool free = true;
      for (std::uint16_t i = 0; i < count; ++i) free = free && through->listen({home, std::uint16_t(first + i)}, {});
      if (free) return {first, std::uint16_t(first + count - 1)};
    }
  }

  std::unique_ptr<net::network> through = GetParam() == over::tcp
                                              ? std::unique_ptr<net::network>(std::make_unique<net::tcp_network>(on))
                                              : std::make_unique<net::memory_network>(on);
};

INSTANTIATE_TEST_SUITE_P(through, data_offer_test, testing::Values(over::tcp, over::memory),
                         testing::PrintToStringParamName());

TEST_P(data_offer_test, a_passive_offer_is_where_the_peer_may_come) {
  auto offer = passive();
  EXPECT_TRUE(offer.is_passive());
  EXPECT_EQ(offer.where().address(), home);
  EXPECT_NE(offer.where().port(), 0);
  std::optional<opened> told;
  begin(offer, told);
  EXPECT_FALSE(told);
  auto peer = dial(offer.where());
  ASSERT_TRUE(told && *told);
  EXPECT_EQ((**told)->peer(), peer->local());
}

TEST_P(data_offer_test, who_came_already_is_there_at_once) {
  auto offer = passive();
  EXPECT_EQ(offer.at_once(), nullptr);
  auto peer = dial(offer.where());
  auto channel = offer.at_once();
  ASSERT_NE(channel, nullptr);
  EXPECT_EQ(channel->peer(), peer->local());
  EXPECT_EQ(offer.at_once(), nullptr);
}

TEST_P(data_offer_test, only_ports_of_the_range_are_used) {
  const auto ports = free_ports(3);
  std::vector<data_offer> offers;
  std::set<std::uint16_t> used;
  for (int i = 0; i < 3; ++i) {
    offers.push_back(passive(ports));
    used.insert(offers.back().where().port());
  }
  EXPECT_THAT(used, testing::ElementsAre(ports.first, ports.first + 1, ports.last));

  auto none = data_offer::passive(*through, home, ports, home);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().id, "data.passive.ports");
  EXPECT_THAT(none.error().cause, testing::HasSubstr(std::to_string(ports.last)));

  const auto freed = offers[1].where().port();
  offers.erase(offers.begin() + 1);
  EXPECT_EQ(passive(ports).where().port(), freed);
}

TEST_P(data_offer_test, a_range_may_be_one_port) {
  const auto ports = free_ports(1);
  auto only = passive(ports);
  EXPECT_EQ(only.where().port(), ports.first);
  EXPECT_EQ(id_of(data_offer::passive(*through, home, ports, home)), "data.passive.ports");
}

// Where every port of the machine is taken.
class full_network : public net::network {
  result<std::unique_ptr<net::listener>> listen(const net::endpoint&, net::listen_options) override {
    return fail("listen.in_use", "the port is taken");
  }
  net::task<result<std::unique_ptr<net::stream>>> dial(net::endpoint, net::dial_options) override {
    co_return fail("connect.local", "the port is taken");
  }
};

TEST(data_offer, names_the_range_only_where_there_is_one) {
  full_network full;
  const auto home = net::asio::ip::make_address("127.0.0.1");
  auto none = data_offer::passive(full, home, {}, home);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().cause, "every port of this machine is in use");
  none = data_offer::passive(full, home, {50000, 50001}, home);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().cause, "every passive port from 50000 to 50001 is in use");
}

TEST_P(data_offer_test, nobody_can_tell_the_next_port) {
  const auto ports = free_ports(8);
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(passive(ports).where().port());
  EXPECT_GT(seen.size(), 4u);
}

TEST_P(data_offer_test, strangers_are_turned_away) {
  auto offer = passive();
  auto thief = knock(offer.where());
  auto peer = dial(offer.where());
  auto channel = offer.at_once();
  ASSERT_TRUE(thief && channel);
  EXPECT_EQ(channel->peer(), peer->local());
  peer_view seen;
  run(read_all(*thief, seen));
  EXPECT_EQ(seen.how, net::io_result::state::failed);
}

TEST_P(data_offer_test, a_stranger_does_not_keep_the_peer_out) {
  auto offer = passive();
  std::optional<opened> told;
  begin(offer, told);
  auto thief = knock(offer.where());
  EXPECT_FALSE(told);
  auto peer = dial(offer.where());
  ASSERT_TRUE(told && *told);
  EXPECT_EQ((**told)->peer(), peer->local());
}

TEST_P(data_offer_test, nobody_comes) {
  auto offer = passive();
  std::optional<opened> told;
  begin(offer, told);
  on.skip(59s);
  settle();
  EXPECT_FALSE(told);
  on.skip(1s);
  settle();
  ASSERT_TRUE(told);
  EXPECT_EQ(id_of(*told), "data.passive.timeout");
  EXPECT_THAT(told->error().cause, testing::HasSubstr(std::to_string(offer.where().port())));
}

TEST_P(data_offer_test, only_strangers_come) {
  auto offer = passive();
  std::optional<opened> told;
  begin(offer, told);
  auto thief = knock(offer.where());
  on.skip(60s);
  settle();
  ASSERT_TRUE(told);
  EXPECT_EQ(id_of(*told), "data.passive.stranger");
}

TEST_P(data_offer_test, it_is_cancelled_while_it_waits_for_the_peer) {
  auto offer = passive();
  std::optional<opened> told;
  begin(offer, told);
  offer.cancel();
  settle();
  ASSERT_TRUE(told);
  EXPECT_EQ(id_of(*told), "data.aborted");
}

TEST_P(data_offer_test, it_is_cancelled_before_it_is_opened) {
  auto offer = passive();
  offer.cancel();
  EXPECT_EQ(id_of(open(offer)), "data.aborted");

  auto ear = listen();
  auto active = data_offer::active(ear->local(), std::nullopt);
  active.cancel();
  EXPECT_EQ(id_of(open(active)), "data.aborted");
}

TEST_P(data_offer_test, an_active_offer_dials_from_where_it_should) {
  auto ear = listen();
  const endpoint from(home, listen()->local().port());
  auto offer = data_offer::active(ear->local(), from);
  EXPECT_FALSE(offer.is_passive());
  EXPECT_EQ(offer.where(), ear->local());
  EXPECT_EQ(offer.at_once(), nullptr);
  auto channel = open(offer);
  ASSERT_TRUE(channel) << channel.error().cause;
  EXPECT_EQ((*channel)->local(), from);
  EXPECT_EQ((*channel)->peer(), ear->local());
}

TEST_P(data_offer_test, when_that_port_is_taken_another_one_will_do) {
  auto ear = listen();
  const endpoint from(home, listen()->local().port());
  auto first = data_offer::active(ear->local(), from);
  auto kept = open(first);
  ASSERT_TRUE(kept);
  auto second = data_offer::active(ear->local(), from);
  auto channel = open(second);
  ASSERT_TRUE(channel) << channel.error().cause;
  EXPECT_EQ((*channel)->local().address(), home);
  EXPECT_NE((*channel)->local().port(), from.port());
}

TEST_P(data_offer_test, nobody_listens_there) {
  auto offer = data_offer::active(listen()->local(), std::nullopt);
  auto channel = open(offer);
  ASSERT_FALSE(channel);
  EXPECT_EQ(channel.error().id, "data.active.refused");
  EXPECT_THAT(channel.error().advice, testing::HasSubstr("passive"));
}

class data_offer_faults : public testing::Test, public support::loop_runner {};

TEST_F(data_offer_faults, nobody_answers) {
  net::memory_network lost(on, {.lost = 1000});
  auto offer = data_offer::active({home, 1024}, std::nullopt);
  std::string_view told;
  on.spawn([](net::loop& l, net::network& through, data_offer& of, std::string_view& out) -> net::task<> {
    out = id_of(co_await of.open(through, l.now() + 60s));
  }(on, lost, offer, told));
  on.simulate();
  EXPECT_EQ(told, "data.active.timeout");
}

TEST_F(data_offer_faults, it_is_cancelled_while_nobody_answers) {
  net::memory_network lost(on, {.lost = 1000});
  auto offer = data_offer::active({home, 1024}, std::nullopt);
  on.spawn([](net::loop& l, data_offer& of) -> net::task<> {
    co_await l.sleep(1ms);
    of.cancel();
  }(on, offer));
  EXPECT_EQ(id_of(run(offer.open(lost, on.now() + 60s))), "data.aborted");
}

TEST_F(data_offer_faults, an_address_that_is_not_of_this_machine) {
  net::tcp_network tcp(on);
  const auto elsewhere = net::asio::ip::make_address("192.0.2.1");
  EXPECT_EQ(id_of(data_offer::passive(tcp, elsewhere, {}, home)), "listen.address");
  auto offer = data_offer::active({home, 1024}, endpoint(elsewhere, 0));
  EXPECT_EQ(id_of(run(offer.open(tcp, on.now() + 60s))), "data.active.failed");
}

TEST_F(data_offer_faults, an_error_of_listening_ends_the_search_for_a_port) {
  net::memory_network broken(on, {.fail_at = 1});
  EXPECT_EQ(id_of(data_offer::passive(broken, home, {2000, 3000}, home)), "listen.failed");
  EXPECT_EQ(broken.operations(), 1u);
}

TEST_F(data_offer_faults, without_descriptors_it_fails_and_does_not_spin) {
  net::tcp_network tcp(on);
  auto offer = data_offer::passive(tcp, home, {}, home);
  ASSERT_TRUE(offer);
  auto peer = run(tcp.dial(offer->where(), {.deadline = time_point::max()}));
  ASSERT_TRUE(peer);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_EQ(offer->at_once(), nullptr);
  auto channel = run(offer->open(tcp, on.now() + 60s));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(id_of(channel), "data.passive.failed");
}

}  // namespace
}  // namespace ferry::transfer
