#include "net/tcp.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "support/loop_runner.hpp"

namespace ferry::net {
namespace {

const address home = asio::ip::address_v4::loopback();
const address home6 = asio::ip::address_v6::loopback();

int option(const stream& of, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(of.descriptor(), level, name, &value, &size), 0);
  return value;
}

class tcp_test : public testing::Test, public support::loop_runner {
 protected:
  result<std::unique_ptr<stream>> dial(endpoint to, dial_options options) {
    if (options.deadline == time_point{}) options.deadline = on.now() + 1h;
    return run(through.dial(to, options));
  }

  std::unique_ptr<listener> listen(const address& at, listen_options options = {}) {
    auto made = through.listen({at, 0}, options);
    EXPECT_TRUE(made) << made.error().cause;
    return made ? std::move(*made) : nullptr;
  }

  // Connects until the kernel takes no more: the next dial gets no answer.
  std::vector<std::unique_ptr<stream>> crowd(const listener& ear) {
    std::vector<std::unique_ptr<stream>> out;
    for (;;) {
      auto made = dial(ear.local(), {.deadline = on.now() + 50ms});
      if (!made) return out;
      out.push_back(std::move(*made));
    }
  }

  tcp_network through{on};
};

// The event queues of this process.
std::set<int> event_queues() {
  std::set<int> out;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(each, gone) == "anon_inode:[eventpoll]")
      out.insert(std::stoi(each.path().filename()));
  }
  return out;
}

TEST_F(tcp_test, a_connection_that_the_event_queue_does_not_take_fails_and_says_why) {
  const auto before = event_queues();
  loop full(workers);
  auto fresh = event_queues();
  for (int each : before) fresh.erase(each);
  ASSERT_EQ(fresh.size(), 1u);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::dup3(nothing, *fresh.begin(), O_CLOEXEC), *fresh.begin());
  ::close(nothing);

  tcp_network crowded(full);
  auto heard = crowded.listen({home, 0}, {});
  ASSERT_TRUE(heard);
  auto wait = [](listener& ear, wait_status& out, time_point until) -> task<> { out = co_await ear.ready(until); };
  auto wait_for = [](stream& of, interest what, wait_status& out, time_point until) -> task<> {
    out = co_await of.ready(what, until);
  };
  auto status = wait_status::ready;
  full.spawn(wait(**heard, status, full.now() + 1h));
  full.context().poll();
  EXPECT_EQ(status, wait_status::failed);
  auto none = (*heard)->try_accept();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().id, "accept.failed");
  EXPECT_EQ(none.error().code, std::errc::invalid_argument);
  EXPECT_TRUE((*heard)->try_accept());  // it can be tried again

  auto dialled = dial((*heard)->local(), {});
  ASSERT_TRUE(dialled);
  auto accepted = (*heard)->try_accept();
  ASSERT_TRUE(accepted && *accepted);
  for (auto what : {interest::read, interest::write}) {
    status = wait_status::ready;
    full.spawn(wait_for(**accepted, what, status, full.now() + 1h));
    full.context().restart();
    full.context().poll();
    EXPECT_EQ(status, wait_status::failed);
  }
  char byte = 0;
  auto io = (*accepted)->try_read({&byte, 1});
  EXPECT_EQ(io.what, io_result::state::failed);
  EXPECT_EQ(io.code, std::errc::invalid_argument);

  // What needs no wait goes on.
  ASSERT_EQ((*dialled)->try_write({"x", 1}).what, io_result::state::moved);
  while ((io = (*accepted)->try_read({&byte, 1})).what == io_result::state::would_block) continue;
  EXPECT_EQ(byte, 'x');
}

TEST_F(tcp_test, control_connections_are_kept_alive_and_carry_urgent_data_in_line) {
  auto ear = listen(home, {.control = true});
  auto dialled = dial(ear->local(), {.control = true});
  ASSERT_TRUE(dialled);
  ASSERT_EQ(run(ear->ready(on.now() + 1h)), wait_status::ready);
  auto accepted = ear->try_accept();
  ASSERT_TRUE(accepted && *accepted);
  for (const stream* each : {dialled->get(), accepted->get()}) {
    EXPECT_EQ(option(*each, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(*each, SOL_SOCKET, SO_OOBINLINE), 1);
    EXPECT_EQ(option(*each, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(*each, IPPROTO_TCP, TCP_KEEPIDLE), limit::keepalive_idle_s);
    EXPECT_EQ(option(*each, IPPROTO_TCP, TCP_KEEPINTVL), limit::keepalive_interval_s);
    EXPECT_EQ(option(*each, IPPROTO_TCP, TCP_USER_TIMEOUT), limit::unacknowledged_ms);
  }
  ASSERT_EQ(::send((*dialled)->descriptor(), "ab", 2, MSG_OOB), 2);
  ASSERT_EQ(::send((*dialled)->descriptor(), "c", 1, 0), 1);
  std::string got;
  for (char bytes[8]; got.size() < 3;) {
    ASSERT_EQ(run((*accepted)->ready(interest::read, on.now() + 1h)), wait_status::ready);
    auto io = (*accepted)->try_read(bytes);
    ASSERT_EQ(io.what, io_result::state::moved);
    got.append(bytes, io.count);
  }
  EXPECT_EQ(got, "abc");
}

TEST_F(tcp_test, data_connections_are_not) {
  auto ear = listen(home);
  auto dialled = dial(ear->local(), {});
  ASSERT_TRUE(dialled);
  EXPECT_EQ(option(**dialled, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option(**dialled, SOL_SOCKET, SO_OOBINLINE), 0);
}

TEST_F(tcp_test, a_dial_without_an_answer_times_out) {
  auto ear = listen(home, {.backlog = 0});
  auto inside = crowd(*ear);
  auto made = dial(ear->local(), {.deadline = on.now() + 10ms});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().id, "connect.timeout");
  EXPECT_EQ(made.error().code, std::errc::timed_out);
  EXPECT_NE(made.error().cause.find(":" + std::to_string(ear->local().port())), std::string::npos);
}

TEST_F(tcp_test, a_dial_is_given_up) {
  auto ear = listen(home, {.backlog = 0});
  auto inside = crowd(*ear);
  dial_ticket ticket;
  on.spawn([](loop& l, dial_ticket& of) -> task<> {
    while (!of.pending) co_await l.yield();
    of.cancel();
  }(on, ticket));
  auto made = dial(ear->local(), {.ticket = &ticket});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().id, "connect.cancelled");
  EXPECT_EQ(ticket.pending, nullptr);
  ticket.cancel();  // afterwards it does nothing
}

TEST_F(tcp_test, only_addresses_of_this_machine_serve) {
  const address elsewhere = asio::ip::make_address("192.0.2.1");
  auto ear = through.listen({elsewhere, 0}, {});
  ASSERT_FALSE(ear);
  EXPECT_EQ(ear.error().id, "listen.address");
  EXPECT_NE(ear.error().cause.find("192.0.2.1:0"), std::string::npos);
  auto made = dial({home, 1}, {.from = endpoint(elsewhere, 0)});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().id, "connect.local");
}

TEST_F(tcp_test, what_cannot_be_routed_fails) {
  auto made = dial({asio::ip::make_address("192.0.2.1"), 9}, {.from = endpoint(home, 0)});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().id, "connect.failed");
}

TEST_F(tcp_test, listeners_that_agree_share_a_port) {
  auto first = listen(home, {.reuse_port = true});
  EXPECT_TRUE(through.listen(first->local(), {.reuse_port = true}));
  auto other = through.listen(first->local(), {});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().id, "listen.in_use");
}

TEST_F(tcp_test, both_families_may_have_the_same_port) {
  auto four = through.listen({asio::ip::address_v4::any(), 0}, {});
  ASSERT_TRUE(four) << four.error().cause;
  auto six = through.listen({asio::ip::address_v6::any(), (*four)->local().port()}, {});
  ASSERT_TRUE(six) << six.error().cause;
  auto made = dial({home6, (*six)->local().port()}, {});
  ASSERT_TRUE(made) << made.error().cause;
  ASSERT_EQ(run((*six)->ready(on.now() + 1h)), wait_status::ready);
  auto accepted = (*six)->try_accept();
  ASSERT_TRUE(accepted && *accepted);
  EXPECT_EQ((*accepted)->peer().address(), home6);
  EXPECT_EQ((*accepted)->local().address(), home6);
}

TEST_F(tcp_test, a_name_of_an_ipv6_address_stands_in_brackets) {
  auto ear = listen(home6);
  auto second = through.listen(ear->local(), {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().cause.find("[::1]:"), std::string::npos);
}

TEST_F(tcp_test, a_peer_that_hung_up_before_it_was_accepted_still_comes) {
  auto ear = listen(home);
  ASSERT_TRUE(dial(ear->local(), {}));
  ASSERT_EQ(run(ear->ready(on.now() + 1h)), wait_status::ready);
  auto accepted = ear->try_accept();
  ASSERT_TRUE(accepted && *accepted);
  EXPECT_TRUE((*accepted)->peer_closed());
}

TEST_F(tcp_test, the_end_of_descriptors_is_an_error) {
  auto ear = listen(home);
  auto made = dial(ear->local(), {});
  ASSERT_TRUE(made);
  ASSERT_EQ(run(ear->ready(on.now() + 1h)), wait_status::ready);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  auto refused = ear->try_accept();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "accept.descriptors");
  auto accepted = ear->try_accept();
  EXPECT_TRUE(accepted && *accepted);
}

}  // namespace
}  // namespace ferry::net
