// Connections that load balancers pass on: 127.0.0.9 is one, and everything counts for whom it names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/test_support/certificates.hpp"
#include "proto/proxy_header.hpp"
#include "server/test_support/running_server.hpp"
#include "server/test_support/tls_client.hpp"

namespace ferry::server {
namespace {

using namespace std::chrono_literals;
using namespace test_support;
using support::wire;
using support::wire_listener;
using support::wire_socket;
using testing::HasSubstr;

const std::string balancer = "127.0.0.9";
constexpr proto::proxy_end named_client{.address = {192, 0, 2, 1}, .port = 4000};
constexpr proto::proxy_end other_client{.address = {192, 0, 2, 2}, .port = 4000};
constexpr proto::proxy_end dialled_end{.address = {198, 51, 100, 7}, .port = 21};
const proto::proxy_end client6{.v6 = true, .address = {0x20, 1, 0xd, 0xb8, 1}, .port = 4000};
const proto::proxy_end dialled6{.v6 = true, .address = {0x20, 1, 0xd, 0xb8, 2}, .port = 21};

settings behind(std::initializer_list<const char*> balancers) {
  auto out = brisk();
  for (auto each : balancers) out.proxies.push_back(*net::address_range::parse(each));
  return out;
}

std::string v1(const proto::proxy_end& from = named_client) { return proto::format_proxy_v1({from, dialled_end}); }
std::string v2(const proto::proxy_end& from = named_client) { return proto::format_proxy_v2({from, dialled_end}); }

struct proxied : testing::Test {
  explicit proxied(settings how = behind({"127.0.0.9"})) : served(in_memory(), std::move(how)) {
    served.stored.put("/file", "content");
  }

  wire_socket passed_on(const std::string& header, std::uint16_t port) {
    auto out = wire_socket::dial(port, balancer);
    out.send(header);
    return out;
  }
  wire connect(const std::string& header) { return wire(passed_on(header, served.port)); }
  wire login(const std::string& header) {
    auto out = connect(header);
    EXPECT_EQ(out.read().code, 220);
    out.ask("USER alice");
    EXPECT_EQ(out.ask("PASS secret").code, 230);
    out.ask("TYPE I");
    return out;
  }

  running_server served;
};

TEST_F(proxied, the_session_is_of_whom_the_header_names) {
  for (const auto& header : {v1(), v2()}) {
    auto user = login(header);
    EXPECT_THAT(user.ask("SITE WHO").text(), HasSubstr("192.0.2.1"));
    EXPECT_THAT(user.ask("STAT").text(), HasSubstr("192.0.2.1"));
    EXPECT_THAT(user.ask("PASV").text(), HasSubstr("(198,51,100,7,")) << "auto: what the client dialled";
    EXPECT_EQ(user.ask("PORT 192,0,2,1,31,144").code, 200);
    EXPECT_THAT(user.ask("PORT 127,0,0,9,31,144").text(),
                HasSubstr("127.0.0.9 is not your address: the server sees you at 192.0.2.1"));
  }
}

TEST_F(proxied, a_client_of_ipv6_is_one) {
  auto user = login(proto::format_proxy_v2({client6, dialled6}));
  EXPECT_THAT(user.ask("SITE WHO").text(), HasSubstr("2001:db8:100::"));
  EXPECT_EQ(user.ask("PASV").code, 425);
  EXPECT_EQ(user.ask("EPSV 1").code, 522);
  EXPECT_EQ(user.ask("EPSV 2").code, 229);
  EXPECT_EQ(user.ask("EPRT |2|2001:db8:100::|8080|").code, 200);
}

TEST_F(proxied, an_address_of_ipv4_in_the_form_of_ipv6_is_one_of_ipv4) {
  auto mapped = client6;
  mapped.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  auto user = login(proto::format_proxy_v2({mapped, mapped}));
  EXPECT_EQ(user.ask("PORT 192,0,2,1,31,144").code, 200);
  EXPECT_THAT(user.ask("PASV").text(), HasSubstr("(192,0,2,1,"));
}

TEST_F(proxied, data_comes_through_the_balancer_for_the_same_client) {
  for (const auto& header : {v1(), v2()}) {
    auto user = login(header);
    auto data = passed_on(header, user.ask("EPSV").port());
    EXPECT_EQ(user.ask("RETR file").code, 150);
    EXPECT_EQ(data.receive_all(), "content");
    EXPECT_EQ(user.read().code, 226);

    auto port = user.ask("EPSV").port();
    user.send_line("STOR new");
    EXPECT_EQ(user.read().code, 150);
    auto late = passed_on(header + "whole", port);
    late.finish();
    EXPECT_EQ(user.read().code, 226);
    EXPECT_EQ(served.stored.get("/new"), "whole");
  }
}

TEST_F(proxied, data_of_others_is_refused) {
  auto user = login(v1());
  auto port = user.ask("EPSV").port();
  auto stolen = passed_on(v1(other_client), port);
  auto bare = passed_on("no header at all, though long enough", port);
  auto direct = wire_socket::dial(port, "127.0.0.1");
  user.send_line("RETR file");
  EXPECT_EQ(user.read().code, 150);
  EXPECT_TRUE(stolen.ended());
  EXPECT_TRUE(bare.ended());
  EXPECT_TRUE(direct.ended());
  EXPECT_TRUE(served.told.awaits("refused connection PROXY: it began with no PROXY header"));
  auto own = passed_on(v1(), port);
  EXPECT_EQ(own.receive_all(), "content");
  EXPECT_EQ(user.read().code, 226);
}

TEST_F(proxied, silent_strangers_at_a_data_port_do_not_keep_the_client_out) {
  auto user = login(v1());
  auto port = user.ask("EPSV").port();
  std::vector<wire_socket> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(wire_socket::dial(port, balancer));
  auto own = passed_on(v1(), port);
  EXPECT_EQ(user.ask("RETR file").code, 150);
  EXPECT_EQ(own.receive_all(), "content");
  EXPECT_EQ(user.read().code, 226);
}

TEST_F(proxied, the_header_may_come_byte_by_byte_and_what_follows_is_the_clients) {
  for (const auto& header : {v1(), v2()}) {
    auto socket = served.dial(balancer);
    for (char each : header) {
      socket.send({&each, 1});
      std::this_thread::sleep_for(1ms);
    }
    socket.send("SITE WHO\r\nQUIT\r\n");
    auto all = socket.receive_all();
    EXPECT_THAT(all, testing::StartsWith("220 "));
    EXPECT_THAT(all, HasSubstr("\r\n221 "));
    auto at_once = served.dial(balancer);
    at_once.send(header + "QUIT\r\n");
    EXPECT_THAT(at_once.receive_all(), HasSubstr("\r\n221 "));
  }
}

TEST_F(proxied, a_health_check_is_the_balancers_own) {
  for (const auto& header : {proto::format_proxy_v1({}), proto::format_proxy_v2({})}) {
    auto user = login(header);
    EXPECT_THAT(user.ask("SITE WHO").text(), HasSubstr(balancer));
    EXPECT_THAT(user.ask("PASV").text(), HasSubstr("(127,0,0,1,"));
  }
}

TEST_F(proxied, without_a_header_the_balancer_is_refused) {
  for (std::string bytes : {"USER alice\r\n", "\x16\x03\x01\x02", "PROXY TCP4 bad\r\n"}) {
    auto socket = passed_on(bytes, served.port);
    EXPECT_TRUE(socket.ended());
  }
  auto cut = passed_on(v1().substr(0, 20), served.port);
  cut.finish();
  EXPECT_TRUE(cut.ended());
  EXPECT_TRUE(served.told.awaits("refused connection PROXY: it began with no PROXY header"));
  EXPECT_TRUE(served.told.awaits("refused connection PROXY: it ended before its PROXY header did"));
  EXPECT_FALSE(served.told.holds("connected"));
}

TEST_F(proxied, a_header_of_others_is_refused) {
  auto line = served.dial("127.0.0.1");
  line.send(v1() + "USER alice\r\n");
  auto said = line.receive_all();
  EXPECT_THAT(said, HasSubstr("\r\n421 No PROXY header is taken from your address.\r\n"));
  EXPECT_THAT(said, testing::Not(HasSubstr("331")));
  EXPECT_TRUE(served.told.awaits("refused command PROXY: 421"));
  auto binary = served.dial("127.0.0.1");
  binary.send(v2() + "USER alice\r\n");
  said = binary.receive_all();
  EXPECT_THAT(said, HasSubstr("\r\n221 "));
  EXPECT_THAT(said, testing::Not(HasSubstr("331")));
}

TEST_F(proxied, others_are_served_as_ever) {
  auto user = served.login();
  auto data = user.passive();
  EXPECT_EQ(user.ask("RETR file").code, 150);
  EXPECT_EQ(data.receive_all(), "content");
  EXPECT_EQ(user.read().code, 226);
}

TEST_F(proxied, who_is_silent_does_not_hold_up_the_end) {
  auto silent = served.dial(balancer);
  std::this_thread::sleep_for(20ms);
  served.stop();
  EXPECT_TRUE(served.ended(2s));
}

struct proxied_few : proxied {
  static settings few() {
    auto out = behind({"127.0.0.9"});
    out.limit.sessions = 2;
    out.limit.sessions_per_address = 1;
    return out;
  }
  proxied_few() : proxied(few()) {}
};

TEST_F(proxied_few, limits_by_address_are_of_the_clients) {
  auto one = connect(v1());
  EXPECT_EQ(one.read().code, 220);
  auto again = connect(v1());
  EXPECT_EQ(again.read().code, 421);
  auto two = connect(v1(other_client));
  EXPECT_EQ(two.read().code, 220);
}

TEST_F(proxied_few, who_is_silent_counts_among_all) {
  auto one = served.dial(balancer), two = served.dial(balancer);
  std::this_thread::sleep_for(50ms);
  EXPECT_THAT(connect("").read().text(), HasSubstr("Too many users"));
  one.reset();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(connect(v1()).read().code, 220);
}

TEST(proxied_port, one_is_enough_for_all_clients_behind_a_balancer) {
  auto how = behind({"127.0.0.9"});
  how.passive.first_port = how.passive.last_port = support::wire_listener().port();
  running_server served(in_memory(), how);
  served.stored.put("/0", "zero");
  served.stored.put("/1", "one");
  for (int i = 0; i < 8; ++i) {
    std::vector<wire> users;
    std::vector<wire_socket> data;
    for (const auto& who : {named_client, other_client}) {
      auto socket = wire_socket::dial(served.port, balancer);
      socket.send(v1(who));
      auto& user = users.emplace_back(std::move(socket));
      user.read();
      user.ask("USER alice");
      user.ask("PASS secret");
      EXPECT_EQ(user.ask("EPSV").port(), how.passive.first_port);
    }
    for (const auto& who : {other_client, named_client}) {
      data.push_back(wire_socket::dial(how.passive.first_port, balancer));
      data.back().send(v1(who));
    }
    EXPECT_EQ(users[0].ask("RETR 0").code, 150);
    EXPECT_EQ(users[1].ask("RETR 1").code, 150);
    EXPECT_EQ(data[1].receive_all(), "zero");
    EXPECT_EQ(data[0].receive_all(), "one");
    EXPECT_EQ(users[0].read().code, 226);
    EXPECT_EQ(users[1].read().code, 226);
  }
}

TEST(proxied_listeners, each_says_what_it_takes) {
  auto how = behind({"127.0.0.9"});
  how.listen = {loopback(), loopback()};
  how.listen[0].proxy = listener_settings::header::only;
  how.listen[1].proxy = listener_settings::header::none;
  running_server served(in_memory(), how);
  served.stored.put("/file", "content");
  auto refused = wire(wire_socket::dial(served.ports[0], "127.0.0.1"));
  EXPECT_THAT(refused.read().text(), HasSubstr("load balancer"));
  auto taken = wire_socket::dial(served.ports[0], balancer);
  taken.send(v1());
  EXPECT_EQ(wire(std::move(taken)).read().code, 220);

  auto bare = wire(wire_socket::dial(served.ports[1], balancer));
  EXPECT_EQ(bare.read().code, 220);
  bare.ask("USER alice");
  bare.ask("PASS secret");
  EXPECT_THAT(bare.ask("SITE WHO").text(), HasSubstr(balancer));
  auto data = wire_socket::dial(bare.ask("EPSV").port(), balancer);
  EXPECT_EQ(bare.ask("RETR file").code, 150);
  EXPECT_EQ(data.receive_all(), "content");
}

TEST(proxied_tls, the_header_comes_before_the_handshake) {
  net::test_support::certificates files;
  auto how = behind({"127.0.0.1"});
  how.tls.options.identities = {files.make("server", {"ftp.example.com"})};
  how.tls.data_sessions = transfer::resumption::require;
  how.listen.push_back(loopback());
  how.listen[1].implicit = true;
  running_server served(in_memory(), how);
  served.stored.put("/file", "content");
  for (bool implicit : {false, true}) {
    tls_client user(served.ports[implicit]);
    user.send(user.control(), v2());
    if (implicit) user.begin_tls();
    EXPECT_THAT(user.hear(), testing::StartsWith("220"));
    if (!implicit) {
      EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("234"));
      user.begin_tls();
    }
    for (auto line : {"USER alice", "PASS secret", "PBSZ 0", "PROT P", "TYPE I"}) user.ask(line);
    EXPECT_THAT(user.ask("SITE WHO"), HasSubstr("192.0.2.1"));
    EXPECT_THAT(user.ask("PASV"), HasSubstr("(198,51,100,7,"));
    auto under = user.passive();
    user.send(*under, v2());
    EXPECT_THAT(user.ask("RETR file"), testing::StartsWith("150"));
    auto channel = user.resuming(std::move(under));
    EXPECT_EQ(user.read(*channel).bytes, "content");
    EXPECT_THAT(user.hear(), testing::StartsWith("226"));
  }
}

TEST(listeners, have_a_charset_each) {
  auto how = brisk();
  how.listen.push_back(loopback());
  how.listen[1].charset = *proto::charset::open("ISO-8859-1");
  running_server served(in_memory(), how);
  served.stored.folder("/caf\u00e9");
  auto size = [&](std::uint16_t port, const std::string& folder) {
    wire user(wire_socket::dial(port));
    user.read();
    user.ask("USER alice");
    user.ask("PASS secret");
    return user.ask("CWD " + folder).code;
  };
  EXPECT_EQ(size(served.ports[0], "caf\u00e9"), 250);
  EXPECT_EQ(size(served.ports[0], "caf\xe9"), 550);
  EXPECT_EQ(size(served.ports[1], "caf\xe9"), 250);
  EXPECT_EQ(size(served.ports[1], "caf\u00e9"), 550);
}

}  // namespace
}  // namespace ferry::server
