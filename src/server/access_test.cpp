// Who is let in where: accounts (ACCT), mounts (SMNT), hosts (HOST).
#include <gtest/gtest.h>

#include "accounts/static_directory.hpp"
#include "net/certificate.hpp"
#include "net/test_support/certificates.hpp"
#include "server/test_support/running_server.hpp"
#include "server/test_support/tls_client.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using accounts::rights;

std::unique_ptr<accounts::directory> only(accounts::account who) {
  std::vector<accounts::user> users(1);
  users[0].who = std::move(who);
  users[0].hash = "x";
  auto right = [](const std::string&, const std::string& password) { return password == "secret"; };
  return std::make_unique<accounts::static_directory>(std::move(users), std::nullopt, 1,
                                                      accounts::static_directory::verifier(right));
}

accounts::account alice() { return {.name = "alice", .allow = rights::all()}; }

int upload(support::wire& client, const std::string& command) {
  auto data = client.passive();
  const auto said = client.ask(command);
  if (said.code != 150) return said.code;
  data.send("new");
  data.finish();
  return client.read().code;
}

TEST(acct, is_asked_for_before_the_login_counts) {
  auto who = alice();
  who.accts = {"project 7", "other"};
  running_server served(in_memory(), brisk(), only(std::move(who)));
  for (std::string account : {"project 7", "other"}) {
    auto client = served.connect();
    EXPECT_EQ(client.ask("USER alice").code, 331);
    EXPECT_EQ(client.ask("PASS wrong").code, 530);
    EXPECT_EQ(client.ask("ACCT " + account).code, 503) << "the password was wrong";
    EXPECT_EQ(client.ask("PASS secret").code, 332);
    for (auto command : {"PWD", "CWD /", "PASV", "RETR f", "SMNT /", "SITE WHO"}) {
      EXPECT_EQ(client.ask(command).code, 530) << command;
    }
    EXPECT_EQ(client.ask("ACCT project 8").code, 530);
    EXPECT_EQ(client.ask("PWD").code, 530);
    EXPECT_EQ(client.ask("ACCT " + account).code, 230);
    EXPECT_EQ(client.ask("PWD").code, 257);
    EXPECT_EQ(upload(client, "STOR f"), 226);
    EXPECT_TRUE(served.told.awaits("changed ACCT " + account));
    EXPECT_EQ(client.ask("REIN").code, 220);
    EXPECT_EQ(client.ask("ACCT " + account).code, 503);
    EXPECT_EQ(client.ask("USER alice").code, 331);
    EXPECT_EQ(client.ask("PASS secret").code, 332) << "it is asked for again";
    EXPECT_EQ(client.ask("USER alice").code, 331);
    EXPECT_EQ(client.ask("ACCT " + account).code, 503) << "and belongs to the password before it";
  }
  EXPECT_FALSE(served.told.holds("project 8")) << "what was wrong may be another's";
}

TEST(acct, that_is_wrong_too_often_ends_the_session) {
  auto who = alice();
  who.accts = {"project"};
  running_server served(in_memory(), brisk(), only(std::move(who)));
  auto client = served.connect();
  client.ask("USER alice");
  EXPECT_EQ(client.ask("PASS secret").code, 332);
  EXPECT_EQ(client.ask("ACCT a").code, 530);
  EXPECT_EQ(client.ask("ACCT projec").code, 530);
  EXPECT_EQ(client.ask("ACCT projects").code, 421);
}

TEST(acct, is_asked_for_by_whatever_stores) {
  auto who = alice();
  who.accts = {"project"};
  who.acct_to_store = true;
  running_server served(in_memory(), brisk(), only(std::move(who)));
  served.stored.put("/f", "content");
  served.stored.put("/part", "part");
  auto client = served.connect();
  client.ask("USER alice");
  EXPECT_EQ(client.ask("PASS secret").code, 230);
  client.ask("TYPE I");
  EXPECT_EQ(client.ask("SIZE f").code, 213) << "reading needs none";
  const auto before = served.stored.snapshot();
  for (auto command : {"STOR f", "APPE f", "STOU", "COMB f part"}) EXPECT_EQ(client.ask(command).code, 532) << command;
  EXPECT_EQ(client.ask("RNFR f").code, 350);
  EXPECT_EQ(client.ask("RNTO g").code, 532);
  EXPECT_EQ(client.ask("SITE CPFR f").code, 350);
  EXPECT_EQ(client.ask("SITE CPTO g").code, 532);
  EXPECT_EQ(served.stored.snapshot(), before);
  EXPECT_EQ(client.ask("ACCT project").code, 230);
  EXPECT_EQ(upload(client, "STOR f"), 226);
  EXPECT_EQ(client.ask("COMB f part").code, 250);
}

TEST(smnt, goes_to_another_root_and_its_rights) {
  auto files = in_memory();
  auto archive = in_memory();
  auto open = [=](net::loop& on, const accounts::account& whose) {
    return whose.name == "archive" ? archive(on, whose) : files(on, whose);
  };
  auto who = alice();
  who.mounts = {
      std::make_shared<const accounts::account>(accounts::account{.name = "archive", .allow = rights::read_only()})};
  running_server served(open, brisk(), only(std::move(who)));
  test_support::files old(archive);
  old.put("/old", "12345");
  served.stored.folder("/sub");
  auto client = served.login();
  EXPECT_EQ(client.ask("CWD sub").code, 250);
  EXPECT_EQ(client.ask("SIZE /old").code, 550);
  for (auto name : {"archive", "/archive"}) {
    EXPECT_EQ(client.ask(std::string("SMNT ") + name).code, 250);
    EXPECT_NE(client.ask("PWD").text().find("\"/\""), std::string::npos);
    EXPECT_EQ(client.ask("SIZE old").text(), "5");
    EXPECT_EQ(client.ask("CWD /sub").code, 550);
    EXPECT_EQ(client.ask("DELE old").code, 550) << "it may be read only";
    EXPECT_EQ(client.ask("SMNT other").code, 550);
    EXPECT_EQ(client.ask("SIZE old").text(), "5") << "a refused one changes nothing";
    EXPECT_EQ(client.ask("SMNT /").code, 250);
    EXPECT_EQ(client.ask("CWD /sub").code, 250);
  }
}

class hosts : public ::testing::Test {
 protected:
  // The server itself is alice's, the host bob's.
  static accounts::account bob() { return {.name = "bob", .allow = rights::all()}; }

  net::test_support::certificates files;
  const net::tls_identity ours = files.make("server", {"localhost"}), theirs = files.make("host", {"ftp.example.org"});
  std::unique_ptr<accounts::directory> of_host = only(bob());
  running_server served{
      in_memory(),
      [this] {
        auto how = brisk();
        how.tls.options.identities = {ours, theirs};
        return how;
      }(),
      only(alice()),
      {{.names = {"ftp.example.org", "example.org"}, .accounts = of_host.get(), .banner = "the other"}}};

  static int login(support::wire& client, const std::string& name) {
    client.ask("USER " + name);
    return client.ask("PASS secret").code;
  }
};

TEST_F(hosts, have_users_of_their_own) {
  for (std::string name : {"ftp.example.org", "FTP.Example.ORG", "example.org", "example.org."}) {
    auto client = served.connect();
    auto said = client.ask("HOST " + name);
    EXPECT_EQ(said.code, 220);
    EXPECT_EQ(said.text(), "the other");
    EXPECT_EQ(login(client, "alice"), 530);
    EXPECT_EQ(login(client, "bob"), 230);
    EXPECT_EQ(client.ask("HOST example.org").code, 503);
    EXPECT_EQ(login(client, "bob"), 230) << "USER keeps the host";
    EXPECT_EQ(client.ask("REIN").code, 220);
    EXPECT_EQ(login(client, "alice"), 230) << "REIN does not";
  }
  auto client = served.connect();
  EXPECT_EQ(client.ask("HOST other.example.org").code, 504);
  EXPECT_EQ(login(client, "alice"), 230);
}

TEST_F(hosts, show_certificates_of_their_own) {
  for (bool chosen : {false, true}) {
    tls_client client(served.port);
    client.hear();
    if (chosen) EXPECT_EQ(client.ask("HOST example.org").substr(0, 3), "220");
    EXPECT_EQ(client.ask("AUTH TLS").substr(0, 3), "234");
    client.begin_tls();
    EXPECT_EQ(client.tls().peer_key(), *net::pin_of(chosen ? theirs.certificate : ours.certificate));
    client.ask("USER " + std::string(chosen ? "bob" : "alice"));
    EXPECT_EQ(client.ask("PASS secret").substr(0, 3), "230");
  }
}

// RFC 7151 §3: HOST and what TLS was told are one host.
TEST_F(hosts, are_chosen_by_the_name_in_TLS_too_and_by_no_other_after_that) {
  struct {
    std::string in_tls, host;
    int code;
    std::string user;
  } const cases[] = {
      {"ftp.example.org", "", 0, "bob"},
      {"FTP.example.org", "example.org", 220, "bob"},
      {"localhost", "ftp.example.org", 504, "alice"},
      {"ftp.example.org", "localhost", 504, "bob"},
      {"", "ftp.example.org", 220, "bob"},
      {"unknown.example", "", 0, "alice"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.in_tls + " and HOST " + each.host);
    tls_client client(served.port);
    client.hear();
    EXPECT_EQ(client.ask("AUTH TLS").substr(0, 3), "234");
    client.begin_tls(each.in_tls);
    if (each.code) EXPECT_EQ(client.ask("HOST " + each.host).substr(0, 3), std::to_string(each.code));
    client.ask("USER " + each.user);
    EXPECT_EQ(client.ask("PASS secret").substr(0, 3), "230");
    EXPECT_EQ(client.ask("REIN").substr(0, 3), "220");
    client.end_tls();
    client.ask("USER alice");
    EXPECT_EQ(client.ask("PASS secret").substr(0, 3), "230") << "REIN leaves the host";
  }
}

}  // namespace
}  // namespace ferry::server
