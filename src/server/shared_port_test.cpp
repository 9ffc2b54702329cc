// One passive port for all clients: whose data connection is whose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/test_support/certificates.hpp"
#include "server/test_support/running_server.hpp"
#include "server/test_support/tls_client.hpp"

namespace ferry::server {
namespace {

using namespace std::chrono_literals;
using support::wire;
using support::wire_socket;
using test_support::tls_client;
using testing::HasSubstr;
using testing::StartsWith;
using transfer::resumption;

constexpr auto a_while = 150ms;

std::uint16_t free_port() { return support::wire_listener().port(); }

class shared_port : public testing::Test {
 protected:
  shared_port() {
    const auto port = free_port();
    how.passive = {.first_port = port, .last_port = port};
    how.tls.options.identities = {files.make("server", {"ftp.example.com"})};
    how.limit.stalled = 5s;
  }
  test_support::running_server& serve() {
    running.emplace(test_support::in_memory(), how);
    for (int i = 0; i < 10; ++i) running->stored.put("/" + std::to_string(i), content(i));
    return *running;
  }
  wire login(const std::string& from = "127.0.0.1") {
    auto out = running->connect(from);
    out.ask("USER alice");
    EXPECT_EQ(out.ask("PASS secret").code, 230);
    EXPECT_EQ(out.ask("TYPE I").code, 200);
    return out;
  }
  std::unique_ptr<tls_client> protected_login(bool only_1_2 = false) {
    auto out =
        std::make_unique<tls_client>(running->port, net::tls_client_options{.verify = false, .only_1_2 = only_1_2});
    out->hear();
    out->log_in();
    return out;
  }
  static std::string content(int which) {
    return std::string(2000 + 100 * static_cast<std::size_t>(which), char('a' + which));
  }
  static std::string retrieve(wire& by, wire_socket data, int which) {
    if (by.ask("RETR " + std::to_string(which)).code != 150) return "no 150";
    auto out = data.receive_all();
    return by.read().code == 226 ? out : "no 226";
  }

  net::test_support::certificates files;
  settings how = test_support::brisk();
  std::optional<test_support::running_server> running;
};

TEST_F(shared_port, clients_of_one_address_take_turns) {
  serve();
  auto one = login(), other = login();
  const auto port = one.ask("EPSV").port();
  EXPECT_EQ(port, how.passive.first_port);
  other.send_line("EPSV");
  EXPECT_TRUE(other.silent(a_while));
  auto first = wire_socket::dial(port);
  auto answer = other.read();
  EXPECT_EQ(answer.code, 229);
  EXPECT_EQ(answer.port(), port);
  auto second = wire_socket::dial(port);
  EXPECT_EQ(retrieve(other, std::move(second), 1), content(1));
  EXPECT_EQ(retrieve(one, std::move(first), 0), content(0));
}

TEST_F(shared_port, clients_of_two_addresses_do_not_wait) {
  serve();
  auto one = login("127.0.0.1"), other = login("127.0.0.2");
  for (const std::string command : {"EPSV", "PASV"}) {
    const auto port = one.ask(command).port();
    EXPECT_EQ(other.ask(command).port(), port);
    auto second = wire_socket::dial(port, "127.0.0.2");
    auto first = wire_socket::dial(port, "127.0.0.1");
    EXPECT_EQ(retrieve(one, std::move(first), 0), content(0));
    EXPECT_EQ(retrieve(other, std::move(second), 1), content(1));
  }
}

TEST_F(shared_port, what_ends_an_offer_lets_the_next_have_the_port) {
  serve();
  auto next = login();
  for (const std::string end : {"ABOR", "EPSV", "PORT 127,0,0,1,200,10", "REIN", "QUIT"}) {
    auto one = login();
    const auto port = one.ask("EPSV").port();
    next.send_line("EPSV");
    EXPECT_TRUE(next.silent(a_while));
    one.send_line(end);
    EXPECT_EQ(next.read().code, 229);
    EXPECT_EQ(retrieve(next, wire_socket::dial(port), 3), content(3)) << end;
  }
}

TEST_F(shared_port, a_session_that_is_gone_holds_nobody_up) {
  serve();
  auto next = login();
  std::optional<wire> one(login());
  const auto port = one->ask("EPSV").port();
  next.send_line("EPSV");
  EXPECT_TRUE(next.silent(a_while));
  one->control().reset();
  EXPECT_EQ(next.read().code, 229);
  EXPECT_EQ(retrieve(next, wire_socket::dial(port), 3), content(3));
}

TEST_F(shared_port, strangers_are_turned_away) {
  how.limit.data_open = 1s;
  serve();
  auto one = login();
  const auto port = one.ask("EPSV").port();
  auto stranger = wire_socket::dial(port, "127.0.0.3");
  one.send_line("RETR 0");
  EXPECT_EQ(one.read().code, 150);
  EXPECT_TRUE(stranger.ended());
  auto why = one.read();
  EXPECT_EQ(why.code, 425);
  EXPECT_THAT(why.text(), HasSubstr("was reached from an address other than 127.0.0.1 only (1 time)"));
  EXPECT_EQ(retrieve(one, one.passive(), 1), content(1));
}

TEST_F(shared_port, of_a_range_one_address_is_given_another_port) {
  // Neighbours that are free.
  for (;;) {
    const auto port = free_port();
    try {
      if (port == 65535) continue;
      support::wire_listener neighbour(static_cast<std::uint16_t>(port + 1));
      how.passive = {.first_port = port, .last_port = static_cast<std::uint16_t>(port + 1)};
      break;
    } catch (const std::exception&) {
    }
  }
  serve();
  auto one = login(), two = login(), three = login(), other = login("127.0.0.2");
  const auto first = one.ask("EPSV").port(), second = two.ask("EPSV").port();
  EXPECT_NE(first, second);
  const auto shared = other.ask("EPSV").port();
  three.send_line("EPSV");
  EXPECT_TRUE(three.silent(a_while));
  EXPECT_EQ(retrieve(two, wire_socket::dial(second), 2), content(2));
  EXPECT_EQ(three.read().port(), second);
  EXPECT_EQ(retrieve(one, wire_socket::dial(first), 1), content(1));
  EXPECT_EQ(retrieve(other, wire_socket::dial(shared, "127.0.0.2"), 5), content(5));
  EXPECT_EQ(retrieve(three, wire_socket::dial(second), 3), content(3));
}

TEST_F(shared_port, a_data_connection_that_is_kept_needs_no_port) {
  serve();
  auto one = login(), other = login();
  EXPECT_EQ(one.ask("MODE B").code, 200);
  auto kept = one.passive();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(one.ask("RETR 0").code, i == 0 ? 150 : 125);
    EXPECT_EQ(one.read().code, 250);
    EXPECT_EQ(retrieve(other, other.passive(), 1), content(1));
  }
}

TEST_F(shared_port, many_of_one_address_in_the_clear) {
  serve();
  std::vector<wire> all;
  for (int i = 0; i < 8; ++i) all.push_back(login());
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 30; ++k) good += retrieve(all[i], all[i].passive(), i) == content(i);
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(good, 8 * 30);
}

struct under_tls : shared_port, testing::WithParamInterface<std::tuple<resumption, bool>> {
  under_tls() { how.tls.data_sessions = std::get<0>(GetParam()); }
  bool only_1_2() const { return std::get<1>(GetParam()); }
};

TEST_P(under_tls, each_of_one_address_gets_its_own) {
  serve();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto user = protected_login(only_1_2());
      for (int k = 0; k < 25; ++k) {
        const auto name = std::to_string(i);
        good += user->fetch("RETR " + name) == content(i);
        good += user->store("STOR up" + name, content(i)).starts_with("226");
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(good, 8 * 50);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(running->stored.get("/up" + std::to_string(i)), content(i));
}

INSTANTIATE_TEST_SUITE_P(shared_port, under_tls,
                         testing::Combine(testing::Values(resumption::prefer, resumption::require), testing::Bool()));

// As tools do that keep the TLS sessions of a host in one place.
TEST_F(shared_port, who_resumes_on_one_the_session_of_another_gets_what_it_asked_for) {
  serve();
  auto one = protected_login(), other = protected_login();
  for (int i = 0; i < 3; ++i) {
    auto first = one->passive();
    other->send(other->control(), "EPSV\r\n");
    EXPECT_THAT(one->ask("RETR 0"), StartsWith("150"));
    EXPECT_THAT(other->hear(), StartsWith("229"));
    auto second = other->dial(how.passive.first_port);
    EXPECT_THAT(other->ask("RETR 1"), StartsWith("150"));
    EXPECT_EQ(one->read(*other->resuming(std::move(first))).bytes, content(0));
    EXPECT_EQ(other->read(*one->resuming(std::move(second))).bytes, content(1));
    EXPECT_THAT(one->hear(), StartsWith("226"));
    EXPECT_THAT(other->hear(), StartsWith("226"));
  }
}

struct required : shared_port, testing::WithParamInterface<bool> {
  required() { how.tls.data_sessions = resumption::require; }
  // The later of the two says first who it is.
  void both_get_theirs(tls_client& one, tls_client& other) const {
    const auto port = how.passive.first_port;
    auto second = other.dial(port), first = one.dial(port);
    EXPECT_THAT(other.ask("RETR 1"), StartsWith("150"));
    auto to_other = other.resuming(std::move(second));
    to_other->try_handshake();
    EXPECT_THAT(one.ask("RETR 0"), StartsWith("150"));
    EXPECT_EQ(one.read(*one.resuming(std::move(first))).bytes, content(0));
    EXPECT_THAT(one.hear(), StartsWith("226"));
    EXPECT_EQ(other.read(*to_other).bytes, content(1));
    EXPECT_THAT(other.hear(), StartsWith("226"));
  }
};
INSTANTIATE_TEST_SUITE_P(shared_port, required, testing::Bool());

// Who does not come holds the other up for its turn, and is then told from it.
TEST_P(required, sessions_are_told_apart_in_whichever_order_they_come) {
  serve();
  auto one = protected_login(GetParam()), other = protected_login(GetParam());
  EXPECT_THAT(one->ask("EPSV"), StartsWith("229"));
  EXPECT_THAT(other->ask("EPSV"), StartsWith("229"));
  both_get_theirs(*one, *other);
}

TEST_P(required, who_resumes_nothing_is_turned_away_and_harms_nobody) {
  serve();
  auto one = protected_login(GetParam()), other = protected_login(GetParam());
  EXPECT_THAT(one->ask("EPSV"), StartsWith("229"));
  EXPECT_THAT(other->ask("EPSV"), StartsWith("229"));
  auto rogue = one->dial(how.passive.first_port);
  auto unresumed = one->afresh(std::move(rogue));
  EXPECT_NE(one->shake(*unresumed), "");
  auto clear = one->dial(how.passive.first_port);
  one->send(*clear, "no TLS at all\r\n");
  EXPECT_EQ(one->read(*clear).how, net::io_result::state::failed);
  both_get_theirs(*one, *other);
}

TEST_P(required, who_resumes_nothing_is_told_so) {
  serve();
  auto one = protected_login(GetParam()), other = protected_login(GetParam());
  one->ask("EPSV");
  EXPECT_THAT(one->ask("RETR 0"), StartsWith("150"));
  auto second = other->passive();
  auto unresumed = one->afresh(one->dial(how.passive.first_port));
  EXPECT_NE(one->shake(*unresumed), "");
  EXPECT_THAT(one->hear(), StartsWith("425 Several transfers of 127.0.0.1 wait at port"));
  // The only one left is told what it is refused for, as at a port of its own.
  EXPECT_THAT(other->ask("RETR 1"), StartsWith("150"));
  auto last = other->afresh(std::move(second));
  other->shake(*last);
  EXPECT_THAT(other->hear(), testing::AnyOf(StartsWith("425"), StartsWith("522")));
}

TEST_F(shared_port, in_the_clear_it_is_not_shared_with_one_under_TLS) {
  how.tls.data_sessions = resumption::require;
  serve();
  auto clear = login();
  auto user = protected_login();
  const auto port = clear.ask("EPSV").port();
  user->send(user->control(), "EPSV\r\n");
  std::this_thread::sleep_for(a_while);
  EXPECT_EQ(retrieve(clear, wire_socket::dial(port), 0), content(0));
  EXPECT_THAT(user->hear(), StartsWith("229"));
  clear.send_line("EPSV");
  EXPECT_TRUE(clear.silent(a_while));
  auto data = user->dial(port);
  EXPECT_EQ(clear.read().code, 229);
  EXPECT_THAT(user->ask("RETR 1"), StartsWith("150"));
  EXPECT_EQ(user->read(*user->resuming(std::move(data))).bytes, content(1));
  EXPECT_THAT(user->hear(), StartsWith("226"));
  EXPECT_EQ(retrieve(clear, wire_socket::dial(port), 2), content(2));
}

TEST_F(shared_port, protection_may_change_after_the_port_was_given) {
  how.tls.data_sessions = resumption::require;
  serve();
  auto one = protected_login(), other = protected_login();
  for (bool at_first : {true, false}) {
    EXPECT_THAT(one->ask(at_first ? "PROT P" : "PROT C"), StartsWith("200"));
    auto first = one->passive();
    EXPECT_THAT(one->ask(at_first ? "PROT C" : "PROT P"), StartsWith("200"));
    EXPECT_THAT(one->ask("RETR 0"), StartsWith("150"));
    auto channel = at_first ? std::move(first) : one->resuming(std::move(first));
    EXPECT_EQ(one->read(*channel).bytes, content(0));
    EXPECT_THAT(one->hear(), StartsWith("226"));
  }
}

TEST_F(shared_port, a_stop_does_not_wait_for_the_port) {
  auto& server = serve();
  auto one = login(), other = login();
  one.ask("EPSV");
  other.send_line("EPSV");
  EXPECT_TRUE(other.silent(a_while));
  server.stop();
  EXPECT_EQ(one.read().code, 421);
  EXPECT_EQ(other.read().code, 229);
  EXPECT_EQ(other.read().code, 421);
  EXPECT_TRUE(server.ended(5s));
}

}  // namespace
}  // namespace ferry::server
