#include "net/proxied.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "net/memory_network.hpp"
#include "proto/proxy_header.hpp"

namespace ferry::net {
namespace {

const endpoint behind_balancer(asio::ip::make_address("192.0.2.1"), 21);
constexpr proto::proxy_end named_client{.address = {203, 0, 113, 7}, .port = 4000};
constexpr proto::proxy_end named_port{.address = {198, 51, 100, 1}, .port = 21};
using namespace std::chrono_literals;

const std::string a_header = proto::format_proxy_v2({named_client, named_port});

// What becomes of a connection that a balancer makes and then writes `bytes` on, in simulated time.
struct story {
  explicit story(std::string_view bytes, bool ends = false, fault_plan faults = {}) : through(on, faults) {
    on.spawn(serve());
    on.spawn(balance(bytes, ends));
    on.simulate();
  }
  ~story() { workers.join(); }

  task<> serve() {
    auto ear = through.listen(behind_balancer, {});
    std::unique_ptr<stream> raw;
    while (!raw) {
      co_await (*ear)->ready(time_point::max());
      if (auto next = (*ear)->try_accept(); next && *next) raw = std::move(*next);
    }
    const auto begun = on.now();
    auto got = co_await introduced(on, std::move(raw));
    took = on.now() - begun;
    if (!got) {
      told = got.error().id;
      why = got.error().cause;
      co_return;
    }
    told = show((*got)->peer()) + " at " + show((*got)->dialled());
    char piece[64];
    for (;;) {
      const auto io = (*got)->try_read(piece);
      if (io.what == io_result::state::moved) rest.append(piece, io.count);
      if (io.what == io_result::state::end || io.what == io_result::state::failed) co_return;
      if (io.what == io_result::state::would_block) co_await (*got)->ready(io.wants, time_point::max());
    }
  }
  task<> balance(std::string_view bytes, bool ends) {
    co_await on.yield();
    auto made = co_await through.dial(
        behind_balancer, {.from = endpoint(behind_balancer.address(), 5000), .deadline = time_point::max()});
    if (!made) co_return;
    while (!bytes.empty()) {
      const auto io = (*made)->try_write(bytes);
      if (io.what == io_result::state::moved) bytes.remove_prefix(io.count);
      if (io.what == io_result::state::would_block) co_await (*made)->ready(io.wants, time_point::max());
    }
    if (!ends) co_await on.sleep(1h);
  }

  asio::thread_pool workers{1};
  loop on{workers};
  memory_network through;
  std::string told, why, rest;
  duration took{};
};

TEST(introduced, the_client_is_whom_the_header_names) {
  for (auto split : {fault_plan::pieces::whole, fault_plan::pieces::random, fault_plan::pieces::bytes}) {
    for (const auto& text : {a_header, proto::format_proxy_v1({named_client, named_port})}) {
      story it(text + "and the rest", true, {.seed = 7, .split = split});
      EXPECT_EQ(it.told, "203.0.113.7:4000 at 198.51.100.1:21");
      EXPECT_EQ(it.rest, "and the rest");
    }
  }
}

TEST(introduced, a_header_of_nobody_leaves_the_balancer) {
  story it(proto::format_proxy_v2({}) + "rest", true);
  EXPECT_EQ(it.told, "192.0.2.1:5000 at 192.0.2.1:21");
  EXPECT_EQ(it.rest, "rest");
}

TEST(introduced, who_is_silent_is_waited_for_no_longer_than_the_limit) {
  for (std::size_t sent = 0; sent < a_header.size(); ++sent) {
    story it(std::string_view(a_header).substr(0, sent));
    EXPECT_EQ(it.told, "proxy.header") << sent;
    EXPECT_THAT(it.why, testing::HasSubstr("in time"));
    EXPECT_GE(it.took, limit::proxy_header_time);
    EXPECT_LE(it.took, limit::proxy_header_time + 1s);
  }
}

TEST(introduced, an_end_within_the_header_is_no_header) {
  for (std::size_t sent = 0; sent < a_header.size(); ++sent) {
    story it(std::string_view(a_header).substr(0, sent), true);
    EXPECT_EQ(it.told, "proxy.header") << sent;
    EXPECT_THAT(it.why, testing::HasSubstr("ended"));
  }
}

TEST(introduced, whatever_else_comes_is_no_header) {
  story it("USER alice\r\n");
  EXPECT_EQ(it.told, "proxy.header");
  EXPECT_EQ(it.took, duration::zero());
}

}  // namespace
}  // namespace ferry::net
