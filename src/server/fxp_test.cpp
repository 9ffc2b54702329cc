// Data connections with others than the client: none without a rule, and with one what it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using support::wire;
using support::wire_listener;
using support::wire_reset;
using support::wire_socket;
using testing::HasSubstr;

fxp_rule rule_for(std::initializer_list<const char*> networks) {
  fxp_rule out;
  for (auto each : networks) out.networks.push_back(*net::address_range::parse(each));
  return out;
}

// A server whose client comes from 127.0.0.2: what is at 127.0.0.1 is foreign to it.
struct served {
  explicit served(std::vector<fxp_rule> rules) : server(in_memory(), settings_with(std::move(rules))) {
    server.stored.put("/file", "content");
  }
  static settings settings_with(std::vector<fxp_rule> rules) {
    auto out = brisk();
    out.fxp = std::move(rules);
    return out;
  }
  wire login(const std::string& user = "alice") {
    auto out = server.connect("127.0.0.2");
    out.ask("USER " + user);
    out.ask("PASS secret");
    out.ask("TYPE I");
    return out;
  }
  running_server server;
};

std::uint16_t passive(wire& client) { return client.ask("EPSV").port(); }

TEST(fxp, a_file_goes_where_a_rule_lets_it) {
  served t({rule_for({"127.0.0.1"})});
  auto client = t.login();
  wire_listener foreign;
  EXPECT_EQ(client.ask("PORT " + foreign.host_port()).code, 200);
  client.send_line("RETR file");
  EXPECT_EQ(foreign.accept().receive_all(), "content");
  EXPECT_EQ(client.read().code, 150);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.ask("EPRT " + foreign.extended_port()).code, 200);
  client.send_line("RETR file");
  EXPECT_EQ(foreign.accept().receive_all(), "content");
}

TEST(fxp, a_file_comes_from_where_a_rule_lets_it) {
  served t({rule_for({"127.0.0.1"})});
  auto client = t.login();
  auto foreign = wire_socket::dial(passive(client), "127.0.0.1");
  client.send_line("STOR new");
  EXPECT_EQ(client.read().code, 150);
  foreign.send("whole");
  foreign.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(t.server.stored.get("/new"), "whole");
}

TEST(fxp, the_client_itself_is_served_as_ever) {
  served t({rule_for({"127.0.0.1"})});
  auto client = t.login();
  auto own = wire_socket::dial(passive(client), "127.0.0.2");
  client.send_line("RETR file");
  EXPECT_EQ(own.receive_all(), "content");
}

TEST(fxp, others_are_refused_all_the_same) {
  served t({rule_for({"127.0.0.3", "192.0.2.0/24"})});
  auto client = t.login();
  wire_listener foreign;
  EXPECT_THAT(client.ask("PORT " + foreign.host_port()).text(), HasSubstr("is not your address"));
  auto port = passive(client);
  auto stranger = wire_socket::dial(port, "127.0.0.1");
  client.send_line("RETR file");
  EXPECT_EQ(client.read().code, 150);
  EXPECT_TRUE(stranger.ended());
  auto let_in = wire_socket::dial(port, "127.0.0.3");
  EXPECT_EQ(let_in.receive_all(), "content");
}

TEST(fxp, ports_below_1024_are_never_connected_to) {
  served t({rule_for({"127.0.0.0/8"})});
  auto client = t.login();
  EXPECT_EQ(client.ask("PORT 127,0,0,1,0,25").code, 501);
  EXPECT_EQ(client.ask("EPRT |1|127.0.0.1|1023|").code, 501);
}

TEST(fxp, a_rule_is_for_its_users) {
  auto rule = rule_for({"127.0.0.1"});
  rule.users = {"reader"};
  served t({rule});
  wire_listener foreign;
  auto port = "PORT " + foreign.host_port();
  EXPECT_EQ(t.login("reader").ask(port).code, 200);
  EXPECT_EQ(t.login("alice").ask(port).code, 501);
  EXPECT_EQ(t.login("anonymous").ask(port).code, 501);
}

TEST(fxp, anonymous_is_meant_only_where_it_is_named) {
  wire_listener foreign;
  auto port = "PORT " + foreign.host_port();
  auto rule = rule_for({"127.0.0.1"});
  EXPECT_EQ(served({rule}).login("anonymous").ask(port).code, 501);
  rule.users = {"anonymous"};
  EXPECT_EQ(served({rule}).login("anonymous").ask(port).code, 200);
}

TEST(fxp, a_login_that_changes_has_the_rules_of_the_new_one) {
  auto rule = rule_for({"127.0.0.1"});
  rule.users = {"alice"};
  served t({rule});
  auto client = t.login();
  auto port = passive(client);
  client.ask("USER reader");
  EXPECT_EQ(client.ask("PASS secret").code, 230);
  EXPECT_THROW(wire_socket::dial(port, "127.0.0.1").receive(1), support::wire_error);
  wire_listener foreign;
  EXPECT_EQ(client.ask("PORT " + foreign.host_port()).code, 501);
}

TEST(fxp, a_direction_that_is_not_allowed_makes_no_connection) {
  auto rule = rule_for({"127.0.0.1"});
  rule.send = false;
  served t({rule});
  auto client = t.login();
  wire_listener foreign;
  for (std::string command : {"RETR file", "LIST", "MLSD", "NLST"}) {
    EXPECT_EQ(client.ask("PORT " + foreign.host_port()).code, 200);
    auto refused = client.ask(command);
    EXPECT_EQ(refused.code, 425) << command;
    EXPECT_THAT(refused.text(), HasSubstr("may send data here"));
  }
  EXPECT_EQ(client.ask("PORT " + foreign.host_port()).code, 200);
  client.send_line("STOR new");
  foreign.accept().send("whole");  // the first that came
  EXPECT_EQ(client.read().code, 150);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(t.server.stored.get("/new"), "whole");
}

TEST(fxp, nothing_passes_a_passive_port_in_a_direction_that_is_not_allowed) {
  auto rule = rule_for({"127.0.0.1"});
  rule.receive = false;
  served t({rule});
  auto client = t.login();
  auto foreign = wire_socket::dial(passive(client), "127.0.0.1");
  foreign.send("planted");
  client.send_line("STOR new");
  EXPECT_EQ(client.read().code, 150);
  auto refused = client.read();
  EXPECT_EQ(refused.code, 425);
  EXPECT_THAT(refused.text(), HasSubstr("may get data"));
  EXPECT_TRUE(foreign.ended());
  EXPECT_FALSE(t.server.stored.get("/new"));
  foreign = wire_socket::dial(passive(client), "127.0.0.1");
  client.send_line("RETR file");
  EXPECT_EQ(foreign.receive_all(), "content");
}

TEST(fxp, a_connection_that_is_kept_has_its_direction_all_the_same) {
  auto rule = rule_for({"127.0.0.1"});
  rule.receive = false;
  served t({rule});
  auto client = t.login();
  EXPECT_EQ(client.ask("MODE B").code, 200);
  auto foreign = wire_socket::dial(passive(client), "127.0.0.1");
  EXPECT_EQ(client.ask("RETR file").code, 150);
  EXPECT_EQ(client.read().code, 250);
  EXPECT_EQ(client.ask("RETR file").code, 125);
  EXPECT_EQ(client.read().code, 250);
  EXPECT_EQ(client.ask("STOR new").code, 425);
  EXPECT_FALSE(t.server.stored.get("/new"));
}

TEST(fxp, the_journal_names_the_other_end) {
  served t({rule_for({"127.0.0.1"})});
  auto client = t.login();
  auto foreign = wire_socket::dial(passive(client), "127.0.0.1");
  client.send_line("RETR file");
  foreign.receive_all();
  EXPECT_EQ(client.read().code, 150);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_TRUE(t.server.told.holds("transferred RETR /file 7 bytes 226  with 127.0.0.1"));
  auto own = wire_socket::dial(passive(client), "127.0.0.2");
  client.send_line("RETR file");
  own.receive_all();
  EXPECT_EQ(client.read().code, 150);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_FALSE(t.server.told.holds("with 127.0.0.2"));
}

}  // namespace
}  // namespace ferry::server
