// Files from one server to another: the client against two servers of ferry's own, over TCP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "client/fxp.hpp"
#include "client/test_support/client_runner.hpp"
#include "net/tcp.hpp"
#include "net/test_support/certificates.hpp"
#include "server/test_support/running_server.hpp"
#include "support/loop_runner.hpp"

namespace ferry::client {
namespace {

using server::test_support::running_server;
using handshake = fxp_way::handshake;
using testing::HasSubstr;

std::string noise(std::size_t size, unsigned seed = 1) {
  std::string out(size, '\0');
  for (auto& c : out) c = static_cast<char>((seed = seed * 1664525u + 1013904223u) >> 24);
  return out;
}

// Every byte that passes the client, and every port that it opens.
class counted_network : public net::network {
 public:
  explicit counted_network(net::loop& on) : through_(on) {}

  result<std::unique_ptr<net::listener>> listen(const net::endpoint& at, net::listen_options options) override {
    ++listeners;
    return through_.listen(at, options);
  }
  net::task<result<std::unique_ptr<net::stream>>> dial(net::endpoint to, net::dial_options options) override {
    ++(options.control ? controls : others);
    auto made = co_await through_.dial(to, options);
    if (made) made = std::make_unique<counted>(std::move(*made), bytes);
    co_return made;
  }

  unsigned listeners = 0, controls = 0, others = 0;
  std::uint64_t bytes = 0;

 private:
  class counted : public net::stream {
   public:
    counted(std::unique_ptr<net::stream> under, std::uint64_t& bytes) : under_(std::move(under)), bytes_(bytes) {}
    net::io_result try_read(std::span<char> into) noexcept override { return count(under_->try_read(into)); }
    net::io_result try_write(std::span<const char> from) noexcept override { return count(under_->try_write(from)); }
    net::task<net::wait_status> ready(net::interest what, time_point deadline) override {
      return under_->ready(what, deadline);
    }
    void cancel(net::interest what) noexcept override { under_->cancel(what); }
    bool peer_closed() noexcept override { return under_->peer_closed(); }
    void close_write() noexcept override { under_->close_write(); }
    void reset() noexcept override { under_->reset(); }
    net::endpoint local() const override { return under_->local(); }
    net::endpoint peer() const override { return under_->peer(); }

   private:
    net::io_result count(net::io_result io) {
      if (io.what == net::io_result::state::moved) bytes_ += io.count;
      return io;
    }
    std::unique_ptr<net::stream> under_;
    std::uint64_t& bytes_;
  };

  net::tcp_network through_;
};

server::fxp_rule rule_for(const char* network) {
  server::fxp_rule out;
  out.networks = {*net::address_range::parse(network)};
  return out;
}

server::settings at(const char* address) {
  auto out = server::test_support::brisk();
  out.banner = "ferryd ready";
  out.listen = {{.at = {net::asio::ip::make_address(address), 0}}};
  return out;
}

// Two servers, and a client at 127.0.0.1 that has a session with each.
struct two : support::loop_runner {
  two(server::settings source, server::settings target, settings given = {}, std::string user = "alice")
      : one(server::test_support::in_memory(), source), other(server::test_support::in_memory(), target) {
    given.retry.first = std::chrono::milliseconds(1);
    given.retry.tries = 2;
    surroundings around{on, through, names, watch, known};
    from = std::make_unique<session>(around, site_of(source, one, "alice"), given, 1);
    to = std::make_unique<session>(around, site_of(target, other, std::move(user)), given, 2);
  }
  static site site_of(const server::settings& how, const running_server& which, std::string user) {
    return {.host = how.listen[0].at.address().to_string(),
            .port = which.port,
            .user = std::move(user),
            .password = "secret"};
  }
  result<file_facts> copy(const std::string& source, const std::string& target, copy_options options = {}) {
    return run(client::copy(*from, source, *to, target, route, std::move(options)));
  }
  // A file that is there arrives.
  void works(copy_options options = {}) {
    const auto content = noise(700'001);
    one.stored.put("/file", content);
    auto done = copy("file", "copied", std::move(options));
    ASSERT_TRUE(done) << done.error().id << ": " << done.error().cause << said();
    EXPECT_TRUE(other.stored.get("/copied") == content);
    EXPECT_NE(done->verified, proof::none);
    EXPECT_EQ(done->bytes, content.size());
  }
  std::string said() const {
    std::string out;
    for (const auto& each : watch.told) out += "\n" + each;
    return out;
  }

  running_server one, other;
  counted_network through{on};
  system_resolver names{on};
  test_support::recorder watch;
  routes known;
  fxp_route route;
  std::unique_ptr<session> from, to;
};

class Fxp : public testing::Test {
 protected:
  Fxp() {
    source.fxp = {rule_for("127.0.0.3")};
    target.fxp = {rule_for("127.0.0.2")};
  }
  server::settings source = at("127.0.0.2"), target = at("127.0.0.3");
  settings how;
};

TEST_F(Fxp, NoByteOfTheFilePassesTheClient) {
  two t(source, target, how);
  const auto content = noise(20'000'003);
  t.one.stored.put("/file", content);
  auto done = t.copy("file", "copied");
  ASSERT_TRUE(done) << done.error().id << ": " << done.error().cause << t.said();
  EXPECT_TRUE(t.other.stored.get("/copied") == content);
  EXPECT_EQ(t.through.controls, 2u);
  EXPECT_EQ(t.through.others, 0u);
  EXPECT_EQ(t.through.listeners, 0u);
  EXPECT_LT(t.through.bytes, 10'000u);
  EXPECT_FALSE(t.watch.holds("data "));
  EXPECT_TRUE(t.one.told.awaits("with 127.0.0.3"));
  EXPECT_TRUE(t.other.told.awaits("with 127.0.0.2"));
}

TEST_F(Fxp, EitherServerMayListen) {
  for (bool source_listens : {false, true}) {
    two t(source, target, how);
    t.route.worked = fxp_way{source_listens, handshake::none};
    t.works();
    EXPECT_EQ(t.route.worked, (fxp_way{source_listens, handshake::none}));
    EXPECT_EQ(t.through.others, 0u);
  }
}

TEST_F(Fxp, WhereOneCannotListenTheOtherDoes) {
  auto taken = support::wire_listener();  // the only port that the target may listen on
  target.listen = {{.at = {net::asio::ip::make_address("127.0.0.1"), 0}}};
  source.fxp = {rule_for("127.0.0.1")};
  target.passive = {.first_port = taken.port(), .last_port = taken.port()};
  two t(source, target, how);
  t.works();
  EXPECT_EQ(t.route.worked, (fxp_way{true, handshake::none}));
  EXPECT_TRUE(t.watch.holds("failed PASV data.way.refused"));
  EXPECT_EQ(t.through.others, 0u);
  t.watch.told.clear();
  t.works();  // and from now on at once
  EXPECT_FALSE(t.watch.holds("failed"));
}

TEST_F(Fxp, EveryFileOfManySizes) {
  two t(source, target, how);
  for (std::size_t size : {0u, 1u, 65536u, 1'000'003u}) {
    const auto content = noise(size, static_cast<unsigned>(size) + 7);
    t.one.stored.put("/file", content);
    auto done = t.copy("file", "copied");
    ASSERT_TRUE(done) << done.error().cause;
    EXPECT_TRUE(t.other.stored.get("/copied") == content) << size;
  }
  EXPECT_EQ(t.through.controls, 2u);
}

TEST_F(Fxp, OverIpv6) {
  if (!std::filesystem::exists("/proc/net/if_inet6")) GTEST_SKIP() << "this machine has no IPv6";
  two t(at("::1"), at("::1"), how);
  for (bool source_listens : {false, true}) {
    t.route.worked = fxp_way{source_listens, handshake::none};
    t.works();
    EXPECT_EQ(t.route.worked, (fxp_way{source_listens, handshake::none}));
  }
  EXPECT_TRUE(t.watch.holds("> EPSV"));
  EXPECT_TRUE(t.watch.holds("> EPRT |2|::1|"));
  EXPECT_EQ(t.through.others, 0u);
}

TEST_F(Fxp, AFileThatIsNotThereCostsNothing) {
  two t(source, target, how);
  t.other.stored.put("/copied", "the one before");
  EXPECT_EQ(t.copy("nothing", "copied").error().id, "remote.not_found");
  copy_options sure{.known = entry{.name = "nothing", .size = 5}};
  EXPECT_EQ(t.copy("nothing", "copied", sure).error().id, "remote.not_found");
  EXPECT_FALSE(t.watch.holds("> STOR"));
  EXPECT_EQ(t.other.stored.get("/copied"), "the one before");
  t.works();
}

TEST_F(Fxp, ATargetThatRefusesLeavesBothInOrder) {
  two t(source, target, how, "reader");
  t.one.stored.put("/file", noise(5'000'000));
  auto done = t.copy("file", "copied");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().id, "remote.denied");
  EXPECT_THAT(done.error().cause, HasSubstr("127.0.0.3: 550"));
  EXPECT_TRUE(t.watch.holds("> ABOR"));
  EXPECT_TRUE(t.run(t.from->demand("NOOP")));
  EXPECT_TRUE(t.run(t.to->demand("NOOP")));
  EXPECT_EQ(t.through.controls, 2u);
}

TEST_F(Fxp, WithoutRulesTheServersStayApart) {
  source.fxp.clear();
  two t(source, target, how);
  t.one.stored.put("/file", "content");
  auto done = t.copy("file", "copied");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().id, "copy.blocked");
  EXPECT_THAT(done.error().cause, HasSubstr("127.0.0.3 is not your address"));
  EXPECT_THAT(done.error().advice,
              HasSubstr("the administrator of 127.0.0.2 can allow it: [[fxp]] networks = [\"127.0.0.3\"]"));
  EXPECT_THAT(done.error().advice, HasSubstr("--fallback"));
  EXPECT_EQ(t.through.others, 0u);
  EXPECT_FALSE(t.other.stored.get("/copied"));
  t.route = {};
  t.works({.fallback = true});
  EXPECT_GT(t.through.others, 0u);
  EXPECT_TRUE(t.watch.holds("note the data passes through this machine"));
}

TEST_F(Fxp, ADirectionThatIsForbiddenIsSaid) {
  target.fxp[0].receive = false;
  two t(source, target, how);
  t.one.stored.put("/file", "content");
  auto done = t.copy("file", "copied");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().id, "copy.blocked");
  EXPECT_THAT(done.error().cause, HasSubstr("may get data for this login"));
  EXPECT_FALSE(t.other.stored.get("/copied"));
}

TEST_F(Fxp, TheModeOfTheClientIsNoMatterBetweenServers) {
  how.mode = data_mode::block;
  for (bool fallback : {false, true}) {
    if (fallback) source.fxp.clear();
    two t(source, target, how);
    t.one.stored.put("/first", "1");
    ASSERT_TRUE(t.run(t.from->recover()) && t.run(t.to->recover()));
    EXPECT_TRUE(t.run(list(*t.from, "")));  // by blocks, over a connection that stays
    EXPECT_TRUE(t.run(list(*t.to, "")));
    t.works({.fallback = fallback});
    EXPECT_TRUE(t.run(list(*t.from, "")));
    t.works({.fallback = fallback});
  }
}

TEST_F(Fxp, AsText) {
  how.type = representation::ascii;
  two t(source, target, how);
  t.one.stored.put("/file", "one\ntwo\n");
  ASSERT_TRUE(t.copy("file", "copied"));
  EXPECT_EQ(t.other.stored.get("/copied"), "one\ntwo\n");
}

TEST_F(Fxp, WhatIsThereIsContinued) {
  two t(source, target, how);
  const auto content = noise(300'000);
  t.one.stored.put("/file", content);
  t.other.stored.put("/copied", content.substr(0, 100'000));
  auto done = t.copy("file", "copied", {.continue_target = true});
  ASSERT_TRUE(done) << done.error().cause;
  EXPECT_EQ(done->offset, 100'000u);
  EXPECT_EQ(done->bytes, 200'000u);
  EXPECT_TRUE(t.other.stored.get("/copied") == content);
  t.other.stored.put("/copied", content + "more");
  done = t.copy("file", "copied", {.continue_target = true});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().id, "verify.longer");
  EXPECT_EQ(t.other.stored.get("/copied"), content + "more");
}

TEST_F(Fxp, TheTimeIsKept) {
  two t(source, target, how);
  t.one.stored.put("/file", "content");
  ASSERT_TRUE(t.copy("file", "copied"));
  auto there = t.run(stat(*t.from, "file"));
  auto here = t.run(stat(*t.to, "copied"));
  ASSERT_TRUE(there && here);
  EXPECT_EQ(there->modified, here->modified);
}

class FxpTls : public Fxp {
 protected:
  FxpTls() {
    const auto first = files.make("one", {"127.0.0.2"}), second = files.make("two", {"127.0.0.3"});
    source.tls.options.identities = {first};
    target.tls.options.identities = {second};
    how.tls.trust.verify = false;  // the control connections' certificates are others' tests
  }
  net::test_support::certificates files;
};

TEST_F(FxpTls, EachWayToBeginTheHandshake) {
  for (bool source_listens : {false, true}) {
    for (auto begins : {handshake::cpsv, handshake::listener, handshake::dialler}) {
      for (bool only_1_2 : {false, true}) {
        SCOPED_TRACE(testing::Message() << source_listens << " " << static_cast<int>(begins) << " " << only_1_2);
        source.tls.options.only_1_2 = only_1_2;
        two t(source, target, how);
        t.route.worked = fxp_way{source_listens, begins};
        t.works();
        EXPECT_EQ(t.route.worked, (fxp_way{source_listens, begins})) << t.said();
        EXPECT_EQ(t.through.others, 0u);
        // Listings go on to be the client's own.
        EXPECT_TRUE(t.run(list(*t.from, "")));
        EXPECT_TRUE(t.run(list(*t.to, "")));
        t.works();
      }
    }
  }
}

TEST_F(FxpTls, SessionsThatMustBeResumedExcludeItUnlessTheRuleSaysOtherwise) {
  for (bool source_requires : {false, true}) {
    auto& strict = source_requires ? source : target;
    strict.tls.data_sessions = transfer::resumption::require;
    {
      two t(source, target, how);
      t.one.stored.put("/file", "content");
      auto done = t.copy("file", "copied");
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().id, "copy.blocked");
      EXPECT_THAT(done.error().cause, HasSubstr("fxp.unresumed"));
      EXPECT_FALSE(t.other.stored.get("/copied"));
    }
    strict.fxp[0].unresumed = true;
    two t(source, target, how);
    t.works();
    strict.fxp[0].unresumed = false;
    strict.tls.data_sessions = transfer::resumption::prefer;
  }
}

TEST_F(FxpTls, AClientThatMustShowItsCertificateMayBeTheOtherServer) {
  target.tls.options.client_authorities = source.tls.options.identities[0].certificate;
  target.tls.options.client_must_show = true;
  how.tls.trust.own = {source.tls.options.identities[0]};
  two t(source, target, how);
  t.route.worked = fxp_way{false, handshake::dialler};
  t.works();
  EXPECT_EQ(t.route.worked, (fxp_way{false, handshake::dialler}));
}

TEST_F(FxpTls, WhereOnlyOneProtectsItsDataItIsSaid) {
  target.tls.options.identities.clear();
  two t(source, target, how);
  t.one.stored.put("/file", "content");
  EXPECT_EQ(t.copy("file", "copied").error().id, "copy.unprotected");
  EXPECT_FALSE(t.watch.holds("> RETR"));
  t.works({.fallback = true});
}

TEST_F(FxpTls, WithoutRulesThereIsNobodyToBeginTheHandshake) {
  source.fxp.clear();
  target.fxp.clear();
  two t(source, target, how);
  t.one.stored.put("/file", "content");
  EXPECT_EQ(t.copy("file", "copied").error().id, "copy.tls");
  t.works({.fallback = true});
}

// What ferry's own client does not do.
TEST_F(FxpTls, TheCommandsAnswerAsTheyShould) {
  two t(source, target, how);
  ASSERT_TRUE(t.run(t.from->open()));
  const auto ask = [&](std::string verb, std::string argument) {
    auto said = t.run(t.from->command(std::move(verb), std::move(argument)));
    return said ? std::to_string(said->code) + " " + said->text() : said.error().cause;
  };
  EXPECT_EQ(ask("SSCN", ""), "200 SSCN:SERVER METHOD");
  EXPECT_EQ(ask("SSCN", "on"), "200 SSCN:CLIENT METHOD");
  EXPECT_EQ(ask("SSCN", ""), "200 SSCN:CLIENT METHOD");
  EXPECT_EQ(ask("SSCN", "OFF"), "200 SSCN:SERVER METHOD");
  EXPECT_THAT(ask("SSCN", "maybe"), HasSubstr("501 "));
  EXPECT_THAT(ask("CPSV", ""), HasSubstr("227 "));
  EXPECT_THAT(ask("PROT", "C"), HasSubstr("200 "));
  EXPECT_THAT(ask("CPSV", ""), HasSubstr("503 "));
  EXPECT_THAT(ask("SSCN", "ON"), HasSubstr("503 "));
  EXPECT_TRUE(t.from->offers().has("CPSV") && t.from->offers().has("SSCN"));
}

TEST_F(FxpTls, OthersMayNotBeginTheHandshake) {
  source.fxp[0].users = {"reader"};
  two t(source, target, how);
  ASSERT_TRUE(t.run(t.from->open()));
  EXPECT_EQ(t.run(t.from->command("CPSV"))->code, 534);
  EXPECT_EQ(t.run(t.from->command("SSCN", "ON"))->code, 534);
}

}  // namespace
}  // namespace ferry::client
