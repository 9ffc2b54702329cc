// TLS as clients meet it: RFC 4217 and what can go wrong with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/event.hpp"
#include "net/tcp.hpp"
#include "net/test_support/certificates.hpp"
#include "net/tls.hpp"
#include "proto/extended_port.hpp"
#include "proto/reply_reader.hpp"
#include "server/test_support/running_server.hpp"
#include "support/loop_runner.hpp"

namespace ferry::server {
namespace {

using namespace std::chrono_literals;
using net::io_result;
using net::stream;
using net::tls_stream;
using state = io_result::state;
using requirement = tls_settings::requirement;
using transfer::resumption;

// A client that can do what one should not.
class tls_client : public support::loop_runner {
 public:
  explicit tls_client(std::uint16_t port, net::tls_client_options how = {.verify = false})
      : context_(*net::tls_context::client(how)), control_(dial(port)) {}
  ~tls_client() { control_.reset(); }

  std::unique_ptr<stream> dial(std::uint16_t port) {
    net::dial_options how{.deadline = on.now() + 20s};
    auto made = run(through_.dial({net::asio::ip::address_v4::loopback(), port}, how));
    if (!made) throw std::runtime_error(made.error().cause);
    return std::move(*made);
  }

  void begin_tls() {
    auto made = std::make_unique<tls_stream>(std::move(control_), context_);
    tls_ = made.get();
    control_ = std::move(made);
    shake(*tls_);
  }
  void end_tls() {
    finish(*control_);
    if (read(*control_).how != state::end) throw std::runtime_error("TLS did not end");
    auto clear = tls_->release();
    std::swap(control_, clear);
    spent_ = std::move(clear);
  }
  std::string shake(tls_stream& with) {
    return run([](tls_stream& which) -> net::task<std::string> {
      for (;;) {
        auto io = which.try_handshake();
        if (io.what == state::moved) co_return "";
        if (io.what == state::failed) co_return which.handshake_error().cause;
        co_await which.ready(io.wants, time_point::max());
      }
    }(with));
  }

  // "230 Logged in."; "closed" when there is no more.
  std::string ask(const std::string& line) {
    send(*control_, line + "\r\n");
    return hear();
  }
  std::string hear() {
    return run([](tls_client& self) -> net::task<std::string> {
      proto::reply got;
      char piece[4096];
      for (;;) {
        const auto what = self.replies_.next(got);
        if (what == proto::reply_reader::event::reply) co_return std::to_string(got.code) + " " + got.text();
        auto io = self.control_->try_read(piece);
        if (io.what == state::moved) self.replies_.push({piece, io.count});
        if (io.what == state::end || io.what == state::failed) co_return "closed";
        if (io.what == state::would_block) co_await self.control_->ready(io.wants, time_point::max());
      }
    }(*this));
  }

  // All the way to protected data connections.
  void log_in(const std::string& user = "alice") {
    ask("AUTH TLS");
    begin_tls();
    for (auto line : {"USER " + user, std::string("PASS secret"), std::string("PBSZ 0"), std::string("PROT P"),
                      std::string("TYPE I")}) {
      auto reply = ask(line);
      if (reply[0] > '3') throw std::runtime_error(line + ": " + reply);
    }
  }

  std::unique_ptr<stream> passive() {
    auto said = ask("EPSV");
    auto port = proto::parse_229(said.substr(4));
    if (!port) throw std::runtime_error(said);
    return dial(*port);
  }
  std::unique_ptr<tls_stream> resuming(std::unique_ptr<stream> under) {
    return std::make_unique<tls_stream>(std::move(under), *tls_);
  }
  std::unique_ptr<tls_stream> afresh(std::unique_ptr<stream> under) {
    return std::make_unique<tls_stream>(std::move(under), context_);
  }

  struct received {
    std::string bytes;
    state how;
  };
  received read(stream& from) {
    return run([](stream& which) -> net::task<received> {
      received out;
      char piece[65536];
      for (;;) {
        auto io = which.try_read(piece);
        if (io.what == state::moved) out.bytes.append(piece, io.count);
        if (io.what == state::would_block) co_await which.ready(io.wants, time_point::max());
        out.how = io.what;
        if (io.what == state::end || io.what == state::failed) co_return out;
      }
    }(from));
  }
  void send(stream& to, std::string_view bytes) {
    run([](stream& which, std::string_view what) -> net::task<> {
      while (!what.empty()) {
        auto io = which.try_write(what);
        if (io.what == state::moved) what.remove_prefix(io.count);
        if (io.what == state::would_block) co_await which.ready(io.wants, time_point::max());
        if (io.what == state::failed) co_return;
      }
    }(to, bytes));
  }
  void finish(stream& which) {
    while (which.try_finish().what == state::would_block) settle();
  }

  std::string fetch(const std::string& command) {
    auto under = passive();
    auto opened = ask(command);
    if (!opened.starts_with("150")) return opened;
    auto channel = resuming(std::move(under));
    auto got = read(*channel);
    auto closed = hear();
    return closed.starts_with("226") && got.how == state::end ? got.bytes : closed;
  }
  std::string store(const std::string& command, std::string_view bytes) {
    auto under = passive();
    auto opened = ask(command);
    if (!opened.starts_with("150")) return opened;
    auto channel = resuming(std::move(under));
    send(*channel, bytes);
    finish(*channel);
    channel.reset();
    return hear();
  }

  tls_stream& tls() { return *tls_; }
  stream& control() { return *control_; }

 private:
  std::shared_ptr<const net::tls_context> context_;
  net::tcp_network through_{on};
  std::unique_ptr<stream> control_, spent_;
  tls_stream* tls_ = nullptr;
  proto::reply_reader replies_;
};

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
  how.tls.implicit = {net::endpoint(net::asio::ip::address_v4::loopback(), 0)};
  auto& server = serve();
  tls_client user(server.implicit_port);
  user.begin_tls();
  EXPECT_THAT(user.hear(), testing::StartsWith("220"));
  EXPECT_THAT(user.ask("AUTH TLS"), testing::StartsWith("503"));
  for (auto line : {"USER alice", "PASS secret", "PBSZ 0", "PROT P", "TYPE I"}) user.ask(line);
  EXPECT_EQ(user.fetch("RETR hello.txt"), "Hello");
  EXPECT_THAT(user.ask("REIN"), testing::StartsWith("220"));
  EXPECT_THAT(user.ask("USER alice"), testing::StartsWith("331"));
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
