// TLS as clients meet it: RFC 4217 and what can go wrong with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "net/test_support/certificates.hpp"
#include "server/test_support/running_server.hpp"
#include "server/test_support/tls_client.hpp"

namespace ferry::server {
namespace {

using namespace std::chrono_literals;
using net::tls_stream;
using state = net::io_result::state;
using test_support::tls_client;
using requirement = tls_settings::requirement;
using transfer::resumption;

class tls_server : public testing::Test {
 protected:
  tls_server() {
    how.tls.options.identities = {files.make("server", {"ftp.example.com"})};
    how.limit.stalled = 5s;
  }
  test_support::running_server& serve() {
    running.emplace(test_support::in_memory(), how);
    running->stored.put("/hello.txt", "Hello");
    return *running;
  }

  net::test_support::certificates files;
  settings how = test_support::brisk();
  std::optional<test_support::running_server> running;
};

TEST_F(tls_server, protects_commands_and_data) {
  auto& server = serve();
  tls_client user(server.port);
  EXPECT_THAT(user.hear(), testing::StartsWith("220"));
  EXPECT_THAT(user.ask("FEAT"), testing::HasSubstr("AUTH TLS"));
  user.log_in();
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
  const std::string much(3000000, 'x');
  EXPECT_THAT(user.store("STOR much", much), testing::StartsWith("226"));
  EXPECT_EQ(server.stored.get("/much"), much);
  EXPECT_TRUE(user.fetch("RETR much") == much);
  EXPECT_THAT(user.fetch("NLST"), testing::HasSubstr("hello.txt\r\n"));
  EXPECT_THAT(user.ask("QUIT"), testing::StartsWith("221"));
}

// Where the kernel encrypts, the file goes to it from the kernel.
TEST_F(tls_server, protects_files_that_the_system_could_send_by_itself) {
  test_support::temporary_folder folder;
  running.emplace(test_support::in_folder(folder.path()), how);
  std::string much;
  for (int i = 0; i < 400000; ++i) much += std::to_string(i);
  running->stored.put("/much", much);
  running->stored.put("/empty", "");
  for (bool only_1_2 : {false, true}) {
    tls_client user(running->port, {.verify = false, .only_1_2 = only_1_2});
    user.hear();
    user.log_in();
    EXPECT_TRUE(user.fetch("RETR much") == much);
    EXPECT_EQ(user.fetch("RETR empty"), "");
    user.ask("REST 5");
    EXPECT_TRUE(user.fetch("RETR much") == much.substr(5));
    EXPECT_THAT(user.ask("MODE B"), testing::StartsWith("200"));
    auto under = user.passive();
    user.send(user.control(), "RETR much\r\nQUIT\r\n");
    auto channel = user.resuming(std::move(under));
    auto [blocks, end] = user.read(*channel);
    EXPECT_EQ(end, state::end);
    std::string whole;
    while (blocks.size() >= 3) {
      const auto size = static_cast<unsigned char>(blocks[1]) * 256u + static_cast<unsigned char>(blocks[2]);
      whole += blocks.substr(3, size);
      blocks.erase(0, 3 + size);
    }
    EXPECT_TRUE(whole == much);
    for (auto code : {"150", "250", "221"}) EXPECT_THAT(user.hear(), testing::StartsWith(code));
  }
}

TEST_F(tls_server, begins_on_a_data_connection_that_was_made_ahead) {
  how.tls.data_sessions = resumption::require;
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.log_in();
  auto under = user.passive();
  EXPECT_THAT(user.ask("ESTP"), testing::StartsWith("225 Connected to (|1|127.0.0.1|"));
  EXPECT_THAT(user.ask("RETR hello.txt"), testing::StartsWith("125"));
  auto channel = user.resuming(std::move(under));
  EXPECT_EQ(user.read(*channel).bytes, "Hello");
  EXPECT_THAT(user.hear(), testing::StartsWith("226"));
}

TEST_F(tls_server, the_hundredth_transfer_resumes_as_the_first_did) {
  how.tls.data_sessions = resumption::require;
  auto& server = serve();
  for (bool only_1_2 : {false, true}) {
    tls_client user(server.port, {.verify = false, .only_1_2 = only_1_2});
    user.hear();
    user.log_in();
    for (int i = 0; i < 100; ++i) ASSERT_EQ(user.fetch("RETR hello.txt"), "Hello") << i;
  }
}

TEST_F(tls_server, a_data_connection_that_resumes_nothing_may_be_refused) {
  how.tls.data_sessions = resumption::require;
  auto& server = serve();
  tls_client thief(server.port);
  thief.hear();
  thief.log_in();
  tls_client user(server.port);
  user.hear();
  user.log_in();
  for (bool as_the_thief : {false, true}) {
    auto under = user.passive();
    EXPECT_THAT(user.ask("STOR stolen"), testing::StartsWith("150"));
    auto channel = as_the_thief ? thief.resuming(std::move(under)) : user.afresh(std::move(under));
    user.shake(*channel);
    user.send(*channel, "somebody else's");
    user.finish(*channel);
    EXPECT_THAT(user.hear(), testing::StartsWith("522 The data connection did not resume"));
    EXPECT_FALSE(server.stored.get("/stolen"));
  }
}

TEST_F(tls_server, without_resumption_data_may_still_be_taken) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.log_in();
  auto under = user.passive();
  user.ask("RETR hello.txt");
  auto channel = user.afresh(std::move(under));
  EXPECT_EQ(user.read(*channel).bytes, "Hello");
  EXPECT_THAT(user.hear(), testing::StartsWith("226"));
}

// TLS 1.3 gives tickets unasked, which this end has no use for.
TEST_F(tls_server, what_another_server_says_unasked_does_not_cost_it_the_end_of_the_file) {
  how.fxp = {{.networks = {*net::address_range::parse("192.0.2.1")}}};
  auto& server = serve();
  const std::string much(1500000, 'x');
  server.stored.put("/much", much);
  auto other = *net::tls_context::server({.identities = {files.make("other", {"other"})}});
  tls_client user(server.port);
  user.hear();
  user.log_in();
  EXPECT_THAT(user.ask("SSCN ON"), testing::StartsWith("200"));
  auto under = user.passive();
  EXPECT_THAT(user.ask("RETR much"), testing::StartsWith("150"));
  auto channel = std::make_unique<tls_stream>(std::move(under), other);
  EXPECT_EQ(user.shake(*channel), "");
  // Slow: the last bytes are still to be sent when the first is read.
  std::this_thread::sleep_for(200ms);
  auto got = user.read(*channel);
  EXPECT_EQ(got.how, state::end);
  EXPECT_TRUE(got.bytes == much) << got.bytes.size();
  channel.reset();
  EXPECT_THAT(user.hear(), testing::StartsWith("226"));
}

TEST_F(tls_server, an_upload_without_close_notify_is_not_complete) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.log_in();
  auto under = user.passive();
  user.ask("STOR cut");
  auto channel = user.resuming(std::move(under));
  user.send(*channel, "half of it");
  channel->release().reset();
  EXPECT_THAT(user.hear(), testing::StartsWith("426 "));
  EXPECT_FALSE(server.stored.get("/cut"));
}

TEST_F(tls_server, truncation_is_borne_where_an_administrator_says_so) {
  how.tls.bear_truncation = true;
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.log_in();
  auto under = user.passive();
  user.ask("STOR whole");
  auto channel = user.resuming(std::move(under));
  user.send(*channel, "all of it");
  channel->release().reset();
  EXPECT_THAT(user.hear(), testing::StartsWith("226 "));
  EXPECT_EQ(server.stored.get("/whole"), "all of it");
}

TEST_F(tls_server, what_came_ahead_of_the_handshake_ends_the_session) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.send(user.control(), "AUTH TLS\r\nUSER alice\r\nPASS secret\r\nMKD slipped-in\r\n");
  EXPECT_THAT(user.hear(), testing::StartsWith("234"));
  EXPECT_EQ(user.hear(), "closed");
  EXPECT_FALSE(server.told.holds("logged in"));
  EXPECT_TRUE(server.told.awaits("refused connection TLS: commands came ahead of the TLS handshake"));
}

TEST_F(tls_server, a_handshake_that_is_none_ends_the_session) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("234"));
  user.send(user.control(), "USER alice\r\n");
  user.read(user.control());
  EXPECT_TRUE(server.told.awaits("is no TLS of version 1.2 or 1.3"));
}

TEST_F(tls_server, what_is_required_is_asked_for) {
  how.tls.require = requirement::all;
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  EXPECT_THAT(user.ask("USER alice"), testing::StartsWith("530 Logins are taken under TLS only"));
  EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("234"));
  user.begin_tls();
  user.ask("USER alice");
  EXPECT_THAT(user.ask("PASS secret"), testing::StartsWith("230"));
  EXPECT_THAT(user.ask("RETR hello.txt"), testing::StartsWith("521"));
  EXPECT_THAT(user.ask("LIST"), testing::StartsWith("521"));
  EXPECT_THAT(user.ask("PROT P"), testing::StartsWith("503"));
  EXPECT_THAT(user.ask("PBSZ 0"), testing::StartsWith("200"));
  EXPECT_THAT(user.ask("PROT C"), testing::StartsWith("534"));
  EXPECT_THAT(user.ask("PROT P"), testing::StartsWith("200"));
  EXPECT_THAT(user.ask("CCC"), testing::StartsWith("534"));
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
}

TEST_F(tls_server, mechanisms_and_levels_are_answered_as_the_RFCs_say) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  EXPECT_THAT(user.ask("PBSZ 0"), testing::StartsWith("503"));
  EXPECT_THAT(user.ask("AUTH GSSAPI"), testing::StartsWith("504"));
  EXPECT_THAT(user.ask("AUTH"), testing::StartsWith("501"));
  EXPECT_THAT(user.ask("auth tls-p"), testing::StartsWith("234"));
  user.begin_tls();
  EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("503"));
  EXPECT_THAT(user.ask("PROT S"), testing::StartsWith("536"));
  EXPECT_THAT(user.ask("PROT E"), testing::StartsWith("536"));
  EXPECT_THAT(user.ask("PROT X"), testing::StartsWith("504"));
  EXPECT_THAT(user.ask("PBSZ much"), testing::StartsWith("501"));
  user.ask("USER alice");
  user.ask("PASS secret");
  user.ask("TYPE I");
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");  // TLS-P protects data without PROT
}

TEST_F(tls_server, CCC_clears_the_commands_and_not_the_data) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.log_in();
  EXPECT_THAT(user.ask("CCC"), testing::StartsWith("200"));
  user.end_tls();
  EXPECT_THAT(user.ask("PWD"), testing::StartsWith("257"));
  EXPECT_THAT(user.ask("CCC"), testing::StartsWith("533"));
  EXPECT_THAT(user.ask("PROT C"), testing::StartsWith("503"));
  EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("503"));
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
}

TEST_F(tls_server, REIN_begins_anew_in_the_clear) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.log_in();
  EXPECT_THAT(user.ask("REIN"), testing::StartsWith("220"));
  user.end_tls();
  EXPECT_THAT(user.ask("PWD"), testing::StartsWith("530"));
  user.log_in();
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
}

TEST_F(tls_server, another_USER_is_as_protected_as_the_first) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.log_in("reader");
  EXPECT_THAT(user.ask("USER alice"), testing::StartsWith("331"));
  EXPECT_THAT(user.ask("PASS secret"), testing::StartsWith("230"));
  user.ask("TYPE I");
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
}

TEST_F(tls_server, implicit_TLS_comes_before_the_greeting) {
  how.listen.push_back(test_support::loopback());
  how.listen.back().implicit = true;
  auto& server = serve();
  tls_client user(server.ports[1]);
  user.begin_tls();
  EXPECT_THAT(user.hear(), testing::StartsWith("220"));
  EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("503"));
  for (auto line : {"USER alice", "PASS secret", "PBSZ 0", "PROT P", "TYPE I"}) user.ask(line);
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
  EXPECT_THAT(user.ask("REIN"), testing::StartsWith("220"));
  EXPECT_THAT(user.ask("USER alice"), testing::StartsWith("331"));
}

TEST_F(tls_server, a_certificate_is_a_login) {
  auto alice = files.make("alice", {"alice"});
  auto reader = files.make("reader", {"reader"});
  std::ifstream both[] = {std::ifstream(alice.certificate), std::ifstream(reader.certificate)};
  std::stringstream authorities;
  for (auto& each : both) authorities << each.rdbuf();
  how.tls.options.client_authorities = files.text("authorities", authorities.str());
  how.tls.data_sessions = resumption::require;
  auto& server = serve();
  for (bool only_1_2 : {false, true}) {
    tls_client user(server.port, {.verify = false, .own{alice}, .only_1_2 = only_1_2});
    user.hear();
    EXPECT_THAT(user.ask("USER alice"), testing::StartsWith("331"));
    EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("234"));
    user.begin_tls();
    EXPECT_THAT(user.ask("USER reader"), testing::StartsWith("331"));
    EXPECT_THAT(user.ask("RETR hello.txt"), testing::StartsWith("530"));
    EXPECT_THAT(user.ask("USER alice"), testing::StartsWith("232"));
    EXPECT_THAT(user.ask("PASS is not needed"), testing::StartsWith("230"));
    user.ask("PBSZ 0");
    user.ask("PROT P");
    EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
    EXPECT_THAT(user.ask("CCC"), testing::StartsWith("200"));
    user.end_tls();
    EXPECT_THAT(user.ask("USER alice"), testing::StartsWith("331"));  // somebody on the way may ask that now
    EXPECT_THAT(user.ask("PWD"), testing::StartsWith("530"));

    tls_client other(server.port, {.verify = false, .own{reader}, .only_1_2 = only_1_2});
    other.hear();
    other.ask("AUTH TLS");
    other.begin_tls();
    EXPECT_THAT(other.ask("USER alice"), testing::StartsWith("331"));
    EXPECT_THAT(other.ask("PASS wrong"), testing::StartsWith("530"));

    tls_client nobody(server.port, {.verify = false, .only_1_2 = only_1_2});
    nobody.hear();
    nobody.ask("AUTH TLS");
    nobody.begin_tls();
    EXPECT_THAT(nobody.ask("USER alice"), testing::StartsWith("331"));
    EXPECT_THAT(nobody.ask("PASS secret"), testing::StartsWith("230"));
  }
}

TEST_F(tls_server, certificates_are_renewed_under_way) {
  how.tls.data_sessions = resumption::require;
  auto& server = serve();
  tls_client before(server.port);
  before.hear();
  before.log_in();
  files.make("server", {"ftp.example.com"});
  ASSERT_TRUE(server.reload_tls());
  tls_client after(server.port);
  after.hear();
  after.log_in();
  EXPECT_NE(before.tls().peer_key(), after.tls().peer_key());
  EXPECT_EQ(before.fetch("RETR hello.txt"), "Hello");
  EXPECT_EQ(after.fetch("RETR hello.txt"), "Hello");

  files.text("server.pem", "rubbish");
  auto wrong = server.reload_tls();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().id, "tls.certificate");
  tls_client later(server.port);
  later.hear();
  later.log_in();
  EXPECT_EQ(after.tls().peer_key(), later.tls().peer_key());
}

TEST_F(tls_server, a_stop_does_not_wait_for_a_handshake) {
  auto& server = serve();
  tls_client user(server.port);
  user.hear();
  user.ask("AUTH TLS");
  server.stop();
  EXPECT_TRUE(server.ended(15s));
}

}  // namespace
}  // namespace ferry::server
