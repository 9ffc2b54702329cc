// ferryd started by a service manager that opened its sockets.
#include "ferryd/activation.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>

#include "base/fd.hpp"
#include "ferryd/test_support/process.hpp"
#include "ferryd/test_support/run_test.hpp"
#include "support/wire.hpp"

namespace ferry::ferryd {
namespace {

using testing::HasSubstr;

// What a service manager opens: on 127.0.0.1, or for both protocols at once.
fd open_socket(bool both = false, int type = SOCK_STREAM) {
  fd out(::socket(both ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in at{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  sockaddr_in6 at6{};
  at6.sin6_family = AF_INET6;
  const auto* where = both ? reinterpret_cast<const sockaddr*>(&at6) : reinterpret_cast<const sockaddr*>(&at);
  if (::bind(out.get(), where, both ? sizeof at6 : sizeof at) != 0) throw std::runtime_error("no socket");
  if (type == SOCK_STREAM) ::listen(out.get(), 16);
  return out;
}

std::uint16_t port_of(const fd& socket) {
  net::endpoint at;
  auto size = static_cast<socklen_t>(at.capacity());
  ::getsockname(socket.get(), at.data(), &size);
  return at.port();
}

// For process_start::before.
std::function<void()> hand_over(std::vector<int> sockets, std::string names = {}) {
  return [sockets, names] {
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      ::dup2(sockets[i], 100 + static_cast<int>(i));
    }
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      ::dup2(100 + static_cast<int>(i), 3 + static_cast<int>(i));
      ::close(100 + static_cast<int>(i));
    }
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
    if (!names.empty()) ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
  };
}

support::wire connect(std::uint16_t port) { return support::wire(support::wire_socket::dial(port)); }

class activation : public run_test {};

TEST_F(activation, serves_the_sockets_and_no_others) {
  const auto one = open_socket(), two = open_socket();
  process server(configured("banner = \"here\""), {.before = hand_over({one.get(), two.get()})});
  const auto said = server.wait_for("try");
  EXPECT_THAT(said, HasSubstr("127.0.0.1:" + std::to_string(port_of(one)) + "\n"));
  EXPECT_THAT(said, testing::Not(HasSubstr("127.0.0.1:0")));
  for (const auto* each : {&one, &two}) {
    auto user = connect(port_of(*each));
    EXPECT_EQ(user.read().text(), "here");
    user.ask("USER anonymous");
    EXPECT_EQ(user.ask("PASS a@b").code, 230);
    auto data = user.passive();
    EXPECT_EQ(user.ask("NLST").code, 150);
    data.receive_all();
    EXPECT_EQ(user.read().code, 226);
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

TEST_F(activation, who_comes_between_two_runs_waits) {
  const auto socket = open_socket();
  for (int run = 0; run < 2; ++run) {
    auto early = connect(port_of(socket));
    process server(configured(), {.before = hand_over({socket.get()})});
    EXPECT_EQ(early.read().code, 220);
    server.signal(SIGTERM);
    EXPECT_EQ(server.finish().code, 0);
  }
}

TEST_F(activation, a_socket_of_both_protocols_has_clients_of_each) {
  const auto both = open_socket(true);
  process server(configured(), {.before = hand_over({both.get()})});
  server.wait_for("on");
  auto user = connect(port_of(both));
  EXPECT_EQ(user.read().code, 220);
  user.ask("USER anonymous");
  user.ask("PASS a@b");
  EXPECT_THAT(user.ask("SITE WHO").text(), HasSubstr("127.0.0.1"));
  EXPECT_THAT(user.ask("SITE WHO").text(), testing::Not(HasSubstr("ffff")));
  EXPECT_THAT(user.ask("PASV").text(), HasSubstr("(127,0,0,1,"));
  auto data = user.passive();
  EXPECT_EQ(user.ask("NLST").code, 150);
  data.receive_all();
  EXPECT_EQ(user.read().code, 226);
}

TEST_F(activation, what_is_no_listening_socket_is_refused) {
  const auto datagrams = open_socket(false, SOCK_DGRAM);
  process server(configured(), {.before = hand_over({datagrams.get()})});
  const auto got = server.finish();
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, HasSubstr("descriptor 3 is no TCP socket that listens"));
}

TEST_F(activation, sockets_for_another_process_are_left_alone) {
  const auto socket = open_socket();
  auto give = hand_over({socket.get()});
  process server(configured(), {.before = [give] {
                   give();
                   ::setenv("LISTEN_PID", "1", 1);
                 }});
  EXPECT_NE(port_in(server.wait_for("try")), port_of(socket));
}

TEST(listeners_at, a_socket_is_served_as_its_name_its_address_or_its_port_says) {
  const auto at = [](const char* address, std::uint16_t port) {
    return net::endpoint(net::asio::ip::make_address(address), port);
  };
  std::vector<server::listener_settings> told(4);
  told[0] = {.at = at("0.0.0.0", 990), .implicit = true};
  told[1] = {.at = at("192.0.2.1", 21), .proxy = server::listener_settings::header::only};
  told[2] = {.at = at("0.0.0.0", 21)};
  told[3] = {.at = at("0.0.0.0", 2121), .implicit = true, .name = "inner"};
  auto got = listeners_at({{3, "", at("::", 990)},
                           {4, "", at("192.0.2.1", 21)},
                           {5, "ferryd.socket", at("::", 21)},
                           {6, "inner", at("127.0.0.1", 21)},
                           {7, "ferryd.socket", at("::", 4000)}},
                          told);
  ASSERT_EQ(got.size(), 5u);
  EXPECT_TRUE(got[0].implicit);
  EXPECT_EQ(got[0].at, at("::", 990));
  EXPECT_EQ(got[0].inherited, 3);
  EXPECT_EQ(got[1].proxy, server::listener_settings::header::only);
  EXPECT_EQ(got[2].proxy, server::listener_settings::header::only) << "the first of that port";
  EXPECT_TRUE(got[3].implicit);
  EXPECT_EQ(got[3].at, at("127.0.0.1", 21));
  EXPECT_FALSE(got[4].implicit);
  EXPECT_EQ(got[4].inherited, 7);
}

}  // namespace
}  // namespace ferry::ferryd
