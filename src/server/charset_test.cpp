// Names in a charset that is not UTF-8, on both connections.
#include <gtest/gtest.h>

#include "accounts/static_directory.hpp"
#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;

settings speaking(const std::string& charset) {
  auto how = brisk();
  how.charset = *proto::charset::open(charset);
  return how;
}

std::string listed(support::wire& client, const std::string& command) {
  auto data = client.passive();
  EXPECT_EQ(client.ask(command).code, 150);
  auto out = data.receive_all();
  EXPECT_EQ(client.read().code, 226);
  return out;
}

class names : public ::testing::Test {
 protected:
  names() {
    served.stored.put("/caf\u00e9", "12345");
    served.stored.put("/\u20ac 100%", "123");
    served.stored.put("/raw\xff", "1");
  }
  running_server served{in_memory(), speaking("ISO-8859-1")};
};

TEST_F(names, are_listed_and_taken_in_the_charset) {
  auto client = served.login();
  EXPECT_EQ(listed(client, "NLST"), "caf\xe9\r\nraw%FF\r\n%E2%82%AC 100%\r\n");
  EXPECT_EQ(client.ask("SIZE caf\xe9").text(), "5");
  EXPECT_EQ(client.ask("SIZE raw%FF").text(), "1");
  EXPECT_EQ(client.ask("SIZE %E2%82%AC 100%").text(), "3");
  for (std::string command : {"LIST", "MLSD"}) {
    auto lines = listed(client, command);
    for (auto name : {" caf\xe9\r\n", " raw%FF\r\n", " %E2%82%AC 100%\r\n"}) {
      EXPECT_NE(lines.find(name), lines.npos) << command;
    }
  }
  EXPECT_EQ(client.ask("MKD /\xfc").text(), "\"/\xfc\" was made.");
  EXPECT_TRUE(served.stored.snapshot().contains("/\u00fc"));
  EXPECT_NE(client.ask("STAT /").text().find("caf\xe9"), std::string::npos);
  auto data = client.passive();
  EXPECT_EQ(client.ask("STOR \xe4").code, 150);
  data.send("x");
  data.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(served.stored.get("/\u00e4"), "x");
  EXPECT_EQ(client.ask("DELE caf\u00e9").code, 550) << "that is other text here";
}

TEST_F(names, are_utf8_for_who_asks_for_it) {
  auto client = served.connect();
  EXPECT_EQ(client.ask("OPTS UTF8 ON").code, 200);
  client.ask("USER alice");
  EXPECT_EQ(client.ask("PASS secret").code, 230);
  client.ask("TYPE I");
  EXPECT_EQ(listed(client, "NLST"), "caf\u00e9\r\nraw\xff\r\n\u20ac 100%\r\n");
  EXPECT_EQ(client.ask("SIZE caf\u00e9").text(), "5");
  EXPECT_EQ(client.ask("OPTS UTF8 OFF").code, 200);
  EXPECT_EQ(client.ask("SIZE caf\xe9").text(), "5");
  EXPECT_EQ(client.ask("OPTS UTF8").code, 200);
  EXPECT_EQ(client.ask("SIZE caf\u00e9").text(), "5");
  EXPECT_EQ(client.ask("OPTS UTF8 PERHAPS").code, 501);
}

TEST(a_command, that_is_no_text_in_the_charset_is_refused) {
  running_server served(in_memory(), speaking("CP932"));
  auto client = served.login();
  EXPECT_EQ(client.ask("MKD \x82").code, 501);
  EXPECT_EQ(client.ask("MKD \x82\xa0").code, 257);
  EXPECT_TRUE(served.stored.snapshot().contains("/\u3042"));
}

TEST(a_user, may_have_a_charset_of_their_own) {
  accounts::user alice;
  alice.who = {.name = "alice", .allow = accounts::rights::all()};
  alice.who.charset = *proto::charset::open("KOI8-R");
  alice.hash = "x";
  auto anyone = [](const std::string&, const std::string&) { return true; };
  running_server served(in_memory(), brisk(),
                        std::make_unique<accounts::static_directory>(std::vector{alice}, std::nullopt, 1,
                                                                     accounts::static_directory::verifier(anyone)));
  served.stored.put("/\u0416", "12");
  auto client = served.login();
  EXPECT_EQ(client.ask("SIZE \xf6").text(), "2");
  EXPECT_EQ(client.ask("OPTS UTF8 ON").code, 200);
  EXPECT_EQ(client.ask("SIZE \u0416").text(), "2");
}

// What looks like an escape in a password is the password.
TEST(a_password, is_in_the_charset_and_has_no_escapes) {
  std::string given;
  auto listen = [&](const std::string&, const std::string& password) {
    given = password;
    return true;
  };
  accounts::user alice;
  alice.who = {.name = "alice", .allow = accounts::rights::all()};
  alice.hash = "x";
  running_server served(in_memory(), speaking("ISO-8859-1"),
                        std::make_unique<accounts::static_directory>(std::vector{alice}, std::nullopt, 1,
                                                                     accounts::static_directory::verifier(listen)));
  auto client = served.connect();
  client.ask("USER alice");
  EXPECT_EQ(client.ask("PASS 100%25 caf\xe9%E9").code, 230);
  EXPECT_EQ(given, "100%25 caf\u00e9%E9");
}

}  // namespace
}  // namespace ferry::server
