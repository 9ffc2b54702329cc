#include "net/shared_ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "net/memory_network.hpp"
#include "net/proxied.hpp"
#include "net/tcp.hpp"
#include "support/loop_runner.hpp"

namespace ferry::net {
namespace {

using namespace std::chrono_literals;
using state = io_result::state;

const address client = asio::ip::make_address("127.0.0.1");
const address neighbour = asio::ip::make_address("127.0.0.2");

tls_session_name name(unsigned char which) {
  tls_session_name out;
  out.ticket.fill(which);
  return out;
}

// As a TLS 1.2 client says it that resumes by a ticket of that name.
std::string hello(unsigned char which, bool resumes = true, const std::string& id = {}) {
  const std::string ticket(32, static_cast<char>(which));
  const auto two = [](std::size_t size) { return std::string{char(size >> 8), char(size & 255)}; };
  std::string body = "\x03\x03" + std::string(32, 'r') + std::string(1, char(id.size())) + id + two(2) + "\xc0\x2f" +
                     std::string("\1\0", 2);
  const auto extension = resumes ? two(35) + two(ticket.size()) + ticket : std::string();
  body += two(extension.size()) + extension;
  const auto message = std::string("\1\0", 2) + two(body.size()) + body;
  return "\x16\x03\x01" + two(message.size()) + message;
}

enum class over { tcp, memory };

class shared_ports_test : public testing::TestWithParam<over>, public support::loop_runner {
 protected:
  using got = result<std::unique_ptr<shared_listener>>;
  using came = result<std::unique_ptr<stream>>;

  shared_ports_test() {
    for (;;) {
      const auto first = free_port();
      if (first == 65535) continue;
      if (!through->listen({client, static_cast<std::uint16_t>(first + 1)}, {})) continue;
      range = {client, first, static_cast<std::uint16_t>(first + 1)};
      break;
    }
    one_port = {client, range.first, range.first};
  }
  std::uint16_t free_port() { return (*through->listen({client, 0}, {}))->local().port(); }

  void ask(std::optional<got>& into, shared_ports::expected who, std::optional<shared_ports::place> where = {},
           network* by = nullptr) {
    on.spawn([](shared_ports_test& self, std::optional<got>& out, shared_ports::expected whom, shared_ports::place at,
                network& over) -> task<> {
      out = co_await self.ports.listen(self.on, over, std::move(at), std::move(whom));
    }(*this, into, std::move(who), where.value_or(one_port), by ? *by : *through));
    settle();
  }
  std::unique_ptr<shared_listener> take(shared_ports::expected who, std::optional<shared_ports::place> where = {}) {
    std::optional<got> out;
    ask(out, std::move(who), std::move(where));
    EXPECT_TRUE(out && *out);
    return out && *out ? std::move(**out) : nullptr;
  }
  // The first has had its turn, without a connection.
  std::pair<std::unique_ptr<shared_listener>, std::unique_ptr<shared_listener>> two_of_one_address(
      bool binding = false) {
    auto one = take({.peer = client, .session = name(1), .binding = binding});
    std::optional<got> next;
    ask(next, {.peer = client, .session = name(2), .binding = binding});
    EXPECT_FALSE(next);
    pass(limit::shared_port_turn + 1s);
    EXPECT_TRUE(next && *next);
    return {std::move(one), next && *next ? std::move(**next) : nullptr};
  }
  // As who has been asked for its data connection waits.
  void begin_to_wait(shared_listener& by, std::optional<wait_status>& into) {
    on.spawn([](shared_listener& who, std::optional<wait_status>& out) -> task<> {
      out = co_await who.ready(time_point::max());
    }(by, into));
    settle();
  }
  std::unique_ptr<stream> come(std::uint16_t port, const address& from = client, std::string_view says = {}) {
    auto made = run(through->dial({client, port}, {.from = endpoint(from, 0), .deadline = on.now() + 10s}));
    if (!made) return nullptr;
    (*made)->try_write(says);
    settle();
    return std::move(*made);
  }
  static bool is_of(stream& here, const std::unique_ptr<stream>& there) { return here.peer() == there->local(); }
  static bool broken(stream& which) {
    char byte[1];
    const auto how = which.try_read(byte).what;
    return how == state::failed || how == state::end;
  }
  void pass(duration how_long) {
    on.skip(how_long);
    settle();
  }

  std::unique_ptr<network> through = GetParam() == over::tcp
                                         ? std::unique_ptr<network>(std::make_unique<tcp_network>(on))
                                         : std::make_unique<memory_network>(on);
  shared_ports::place range, one_port;
  shared_ports ports;
};

INSTANTIATE_TEST_SUITE_P(through, shared_ports_test, testing::Values(over::tcp, over::memory),
                         [](const auto& tried) { return tried.param == over::tcp ? "tcp" : "memory"; });

TEST_P(shared_ports_test, who_comes_is_handed_to_who_waits_for_its_address) {
  auto one = take({.peer = client}), other = take({.peer = neighbour});
  EXPECT_EQ(one->local(), other->local());
  auto second = come(one->local().port(), neighbour), first = come(one->local().port());
  auto at_one = *one->try_accept(), at_other = *other->try_accept();
  ASSERT_TRUE(at_one && at_other);
  EXPECT_TRUE(is_of(*at_one, first));
  EXPECT_TRUE(is_of(*at_other, second));
  EXPECT_FALSE(*one->try_accept());
}

TEST_P(shared_ports_test, one_address_is_given_each_port_before_it_waits) {
  auto one = take({.peer = client}, range), other = take({.peer = client}, range);
  EXPECT_NE(one->local().port(), other->local().port());
  std::optional<got> third, fourth;
  ask(third, {.peer = client}, range);
  ask(fourth, {.peer = client}, range);
  EXPECT_FALSE(third);
  auto came_to = come(other->local().port());
  EXPECT_TRUE(*other->try_accept());
  settle();
  ASSERT_TRUE(third && *third);
  EXPECT_EQ((**third)->local().port(), other->local().port());
  EXPECT_FALSE(fourth);  // in the order in which they asked
  one.reset();
  settle();
  ASSERT_TRUE(fourth && *fourth);
}

TEST_P(shared_ports_test, who_comes_later_asks_later) {
  auto one = take({.peer = client});
  std::optional<got> second, third, elsewhere;
  ask(second, {.peer = client});
  ask(third, {.peer = client});
  ask(elsewhere, {.peer = neighbour});
  EXPECT_TRUE(elsewhere && *elsewhere);
  one.reset();
  settle();
  EXPECT_TRUE(second && *second);
  EXPECT_FALSE(third);
}

TEST_P(shared_ports_test, who_does_nothing_gives_way) {
  auto one = take({.peer = client});
  std::optional<got> next;
  ask(next, {.peer = client});
  pass(limit::shared_port_turn - 1s);
  EXPECT_FALSE(next);
  pass(2s);
  ASSERT_TRUE(next && *next);
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  EXPECT_EQ(how, wait_status::timed_out);
  EXPECT_TRUE(one->met().withdrawn);
  auto first = come(one->local().port());
  EXPECT_TRUE(*(**next)->try_accept());
  EXPECT_FALSE(*one->try_accept());
}

TEST_P(shared_ports_test, whose_connection_has_come_is_given_it) {
  auto one = take({.peer = client});
  pass(limit::shared_port_turn + 1s);
  auto first = come(one->local().port());
  std::optional<got> next;
  ask(next, {.peer = client});
  pass(limit::shared_port_look * 2);
  ASSERT_TRUE(next && *next);
  EXPECT_FALSE(one->met().withdrawn);
  auto at_one = *one->try_accept();
  ASSERT_TRUE(at_one);
  EXPECT_TRUE(is_of(*at_one, first));
  EXPECT_FALSE(*(**next)->try_accept());
}

TEST_P(shared_ports_test, who_does_nothing_gives_way_to_who_comes_later_too) {
  auto one = take({.peer = client});
  pass(limit::shared_port_turn + 1s);
  std::optional<got> next;
  ask(next, {.peer = client});
  pass(limit::shared_port_look * 2);
  EXPECT_TRUE(next && *next);
  EXPECT_TRUE(one->met().withdrawn);
}

TEST_P(shared_ports_test, who_was_asked_for_its_connection_does_not) {
  auto one = take({.peer = client});
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  std::optional<got> next;
  ask(next, {.peer = client});
  pass(limit::shared_port_wait - 1s);
  EXPECT_FALSE(next);
  pass(2s);
  ASSERT_TRUE(next && !*next);
  EXPECT_EQ(next->error().id, "listen.shared");
  EXPECT_FALSE(how);
  auto first = come(one->local().port());
  EXPECT_EQ(how, wait_status::ready);
}

TEST_P(shared_ports_test, with_and_without_proxy_headers_are_not_shared) {
  const std::vector<address_range> balancers{*address_range::parse("127.0.0.9/32")};
  proxied_network balanced(on, *through, balancers, [](const auto&, std::string_view why) { ADD_FAILURE() << why; });
  auto one = take({.peer = client});
  std::optional<got> next;
  ask(next, {.peer = neighbour}, one_port, &balanced);
  pass(1s);
  EXPECT_FALSE(next);
  one.reset();
  pass(1s);
  ASSERT_TRUE(next && *next);
  std::optional<got> back;
  ask(back, {.peer = client});
  EXPECT_FALSE(back);
  next.reset();
  pass(1s);
  EXPECT_TRUE(back && *back);
}

TEST_P(shared_ports_test, networks_are_not_shared_with_whom_they_hold) {
  const auto all = *address_range::parse("127.0.0.0/8");
  auto one = take({.peer = client, .also = {all}});
  std::optional<got> next, another;
  ask(next, {.peer = neighbour});
  ask(another, {.peer = asio::ip::make_address("192.0.2.1"), .also = {all}});
  EXPECT_FALSE(next || another);
  auto foreign = come(one->local().port(), neighbour);
  EXPECT_TRUE(*one->try_accept());
  settle();
  EXPECT_TRUE(next && *next);
}

TEST_P(shared_ports_test, strangers_are_turned_away_and_counted) {
  auto one = take({.peer = client});
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  auto stranger = come(one->local().port(), neighbour);
  EXPECT_TRUE(!stranger || broken(*stranger));
  EXPECT_EQ(one->met().strangers, 1u);
  auto right = come(one->local().port());
  EXPECT_EQ(how, wait_status::ready);
}

TEST_P(shared_ports_test, the_port_is_closed_behind_the_last) {
  auto one = take({.peer = client}), other = take({.peer = neighbour});
  const auto port = one->local().port();
  one.reset();
  EXPECT_TRUE(come(port, neighbour));
  other.reset();
  settle();
  EXPECT_FALSE(come(port));
  EXPECT_TRUE(through->listen({client, port}, {}));
}

TEST_P(shared_ports_test, a_wait_can_be_given_up) {
  auto one = take({.peer = client});
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  one->cancel();
  settle();
  EXPECT_EQ(how, wait_status::cancelled);
}

TEST_P(shared_ports_test, what_other_programs_have_is_passed_over) {
  auto taken = std::move(*through->listen({client, range.first}, {}));
  auto one = take({.peer = client}, range);
  EXPECT_EQ(one->local().port(), range.last);
  std::optional<got> none;
  ask(none, {.peer = client});
  ASSERT_TRUE(none && !*none);
  EXPECT_EQ(none->error().id, "listen.in_use");
}

TEST_P(shared_ports_test, a_session_that_is_resumed_tells_apart_those_of_one_address) {
  auto [one, other] = two_of_one_address();
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  auto second = come(one->local().port(), client, hello(2));
  EXPECT_FALSE(how);
  auto first = come(one->local().port(), client, hello(1));
  EXPECT_EQ(how, wait_status::ready);
  auto at_one = *one->try_accept(), at_other = *other->try_accept();
  ASSERT_TRUE(at_one && at_other);
  EXPECT_TRUE(is_of(*at_one, first));
  EXPECT_TRUE(is_of(*at_other, second));
  // What it said is still to be read.
  std::string heard(hello(2).size(), '\0');
  EXPECT_EQ(at_other->try_read(heard).count, heard.size());
  EXPECT_EQ(heard, hello(2));
  second->try_write(std::string_view("more"));
  settle();
  EXPECT_EQ(at_other->try_read(heard).count, 4u);
}

TEST_P(shared_ports_test, who_resumes_neither_is_taken_by_none) {
  auto [one, other] = two_of_one_address();
  std::optional<wait_status> how, how_other;
  begin_to_wait(*one, how);
  begin_to_wait(*other, how_other);
  const auto port = one->local().port();
  auto clear = come(port, client, "USER anonymous\r\n"), third = come(port, client, hello(3)),
       none = come(port, client, hello(0, false));
  for (auto* each : {&clear, &third, &none}) EXPECT_TRUE(!*each || broken(**each));
  EXPECT_EQ(one->met().nameless, 3u);
  auto right = come(port, client, hello(1));
  auto right_other = come(port, client, hello(2));
  EXPECT_EQ(how, wait_status::ready);
  EXPECT_EQ(how_other, wait_status::ready);
}

// Then it is for the handshake to say.
TEST_P(shared_ports_test, the_only_one_left_takes_who_comes) {
  auto [one, other] = two_of_one_address();
  std::optional<wait_status> how_other;
  begin_to_wait(*other, how_other);
  const auto port = one->local().port();
  one.reset();
  pass(1s);
  auto last = come(port, client, hello(3));
  EXPECT_EQ(how_other, wait_status::ready);
}

TEST_P(shared_ports_test, the_session_of_another_is_not_taken_by_the_last_whom_its_own_binds) {
  for (bool binding : {false, true}) {
    auto [one, other] = two_of_one_address(binding);
    std::optional<wait_status> how;
    begin_to_wait(*other, how);
    const auto port = other->local().port();
    auto late = come(port);
    one.reset();
    late->try_write(std::string_view(hello(1)));
    settle();
    EXPECT_EQ(how.has_value(), !binding);
    EXPECT_EQ(broken(*late), binding);
    auto right = come(port, client, hello(2));
    EXPECT_EQ(how, wait_status::ready);
  }
}

TEST_P(shared_ports_test, what_resumes_nothing_is_left_to_the_handshake_of_the_last) {
  auto [one, other] = two_of_one_address(true);
  std::optional<wait_status> how;
  begin_to_wait(*other, how);
  auto late = come(other->local().port());
  one.reset();
  late->try_write(std::string_view(hello(0, false)));
  settle();
  EXPECT_EQ(how, wait_status::ready);
}

TEST_P(shared_ports_test, whose_connection_was_not_known_does_not_wait_for_long) {
  auto [one, other] = two_of_one_address();
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  auto none = come(one->local().port(), client, hello(0, false));
  pass(limit::shared_port_turn + 1s);
  EXPECT_EQ(how, wait_status::timed_out);
  EXPECT_EQ(one->met().nameless, 1u);
}

TEST_P(shared_ports_test, who_says_nothing_is_not_heard_for_ever) {
  auto [one, other] = two_of_one_address();
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  auto silent = come(one->local().port());
  EXPECT_FALSE(broken(*silent));
  pass(limit::shared_port_name + 1s);
  EXPECT_TRUE(broken(*silent));
  auto half = come(one->local().port(), client, hello(1).substr(0, 20));
  auto right = come(one->local().port(), client, hello(1));
  EXPECT_EQ(how, wait_status::ready);
}

TEST_P(shared_ports_test, not_more_are_heard_than_the_limit_says) {
  auto [one, other] = two_of_one_address();
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  std::vector<std::unique_ptr<stream>> crowd;
  for (std::size_t i = 0; i < limit::shared_port_heard; ++i) {
    auto made = run(through->dial(one->local(), {.from = endpoint(client, 0), .deadline = on.now() + 10s}));
    ASSERT_TRUE(made);
    crowd.push_back(std::move(*made));
  }
  settle();
  auto more = come(one->local().port(), client, hello(1));
  EXPECT_TRUE(!more || broken(*more));
  crowd.pop_back();
  settle();
  auto right = come(one->local().port(), client, hello(1));
  EXPECT_EQ(how, wait_status::ready);
}

TEST_P(shared_ports_test, one_session_twice_is_not_told_apart) {
  auto one = take({.peer = client, .session = name(1)});
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  std::optional<got> next;
  ask(next, {.peer = client, .session = name(1)});
  pass(limit::shared_port_turn + 1s);
  EXPECT_FALSE(next);
}

TEST_P(shared_ports_test, who_loses_its_name_where_it_counted_gives_way) {
  for (const auto& becomes : {std::optional<tls_session_name>(), std::optional(name(3))}) {
    auto [one, other] = two_of_one_address();
    std::optional<wait_status> how, how_other;
    begin_to_wait(*one, how);
    begin_to_wait(*other, how_other);
    one->expect(name(1));
    settle();
    EXPECT_FALSE(how);
    one->expect(becomes);
    settle();
    EXPECT_EQ(how, wait_status::timed_out);
    EXPECT_TRUE(one->met().withdrawn);
    auto second = come(one->local().port(), client, hello(2));
    EXPECT_EQ(how_other, wait_status::ready);
    EXPECT_FALSE(*one->try_accept());
  }
}

TEST_P(shared_ports_test, who_loses_its_name_alone_keeps_its_port) {
  auto one = take({.peer = client, .session = name(1)}), other = take({.peer = neighbour});
  one->expect({});
  auto first = come(one->local().port());
  EXPECT_TRUE(*one->try_accept());
  EXPECT_FALSE(one->met().withdrawn);
}

// As two control connections of TLS 1.2 of which the later has resumed the session of the other.
TEST_P(shared_ports_test, one_session_id_with_two_tickets_is_not_told_apart) {
  auto mine = name(1), its = name(2);
  mine.session_id = its.session_id = "one for both";
  auto one = take({.peer = client, .session = mine});
  std::optional<wait_status> how;
  begin_to_wait(*one, how);
  std::optional<got> next, after;
  ask(next, {.peer = client, .session = its});
  pass(limit::shared_port_wait + 1s);
  EXPECT_TRUE(next && !*next);
  its.session_id = "its own";
  ask(after, {.peer = client, .session = its});
  ASSERT_TRUE(after && *after);
  auto both = come(one->local().port(), client, hello(1, true, its.session_id));
  EXPECT_TRUE(!both || broken(*both));
  EXPECT_EQ(one->met().nameless, 1u);
  EXPECT_EQ((**after)->met().nameless, 1u);
}

}  // namespace
}  // namespace ferry::net
