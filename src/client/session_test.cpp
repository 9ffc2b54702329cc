// Dialogues with a server that misbehaves in one way at a time.
#include "client/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "client/limits.hpp"
#include "client/listing.hpp"
#include "client/test_support/client_runner.hpp"
#include "client/verbs.hpp"
#include "proto/timestamp.hpp"

namespace ferry::client {
namespace {

using test_support::client_runner;
using test_support::fake_server;
using finish = enum test_support::fake_server::finish;

TEST(Session, GetsAFile) {
  client_runner t;
  t.server.files["a.txt"] = "hello";
  auto got = t.get("a.txt");
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_EQ(t.read("got"), "hello");
  EXPECT_EQ(got->verified, proof::size);
  EXPECT_TRUE(t.watch.holds("> PASS ****"));
  EXPECT_FALSE(t.watch.holds("anonymous@"));
}

TEST(Session, PutsAFile) {
  client_runner t;
  auto sent = t.put("hello", "up.txt");
  ASSERT_TRUE(sent) << sent.error().id << ": " << sent.error().cause;
  EXPECT_EQ(t.server.files["up.txt"], "hello");
  EXPECT_EQ(sent->verified, proof::size);
}

TEST(Session, ReadsRepliesSplitAtEveryByte) {
  client_runner t;
  t.server.in_pieces = true;
  t.server.files["a"] = "hello";
  ASSERT_TRUE(t.get("a"));
  EXPECT_EQ(t.read("got"), "hello");
}

TEST(Session, WaitsForAServerThatIsNotReadyYet) {
  client_runner t;
  t.server.greeting = "120 in a minute\r\n220-welcome\r\n 220 is not yet\r\n220 now\r\n";
  t.server.files["a"] = "x";
  EXPECT_TRUE(t.get("a"));
}

struct refusal_row {
  std::string verb;
  std::string answer;
  std::string_view id;
};

class RefusedLogin : public testing::TestWithParam<refusal_row> {};
TEST_P(RefusedLogin, IsAnErrorWithItsName) {
  client_runner t;
  if (GetParam().verb == "greeting") t.server.greeting = GetParam().answer;
  t.server.instead[GetParam().verb] = {GetParam().answer};
  settings how;
  how.retry.tries = 1;
  auto s = t.make(how);
  auto opened = t.run(s->open());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().id, GetParam().id) << opened.error().cause;
  EXPECT_FALSE(s->usable());
}
INSTANTIATE_TEST_SUITE_P(
    All, RefusedLogin,
    testing::Values(refusal_row{"greeting", "421 full\r\n", "greeting.busy"},
                    refusal_row{"greeting", "500 go away\r\n", "greeting.refused"},
                    refusal_row{"greeting", "", "greeting.timeout"},
                    refusal_row{"greeting", "SSH-2.0-OpenSSH\r\n", "reply.garbage"},
                    refusal_row{"greeting", "220-" + std::string(10000, 'x'), "reply.line_too_long"},
                    refusal_row{"greeting", "220-first\r\n221 last of another\r\n", "greeting.timeout"},
                    refusal_row{"USER", "530 no\r\n", "login.refused"}, refusal_row{"USER", "!", "control.closed"},
                    refusal_row{"USER", "530 Maximum number of connections\r\n", "greeting.busy"},
                    refusal_row{"PASS", "530 no\r\n", "login.refused"}, refusal_row{"PASS", "", "reply.timeout"},
                    refusal_row{"PASS", "332 account?\r\n", "login.account"},
                    refusal_row{"FEAT", "!", "control.closed"}, refusal_row{"FEAT", "", "reply.timeout"}));

TEST(Session, GivesUpOnAnEndlessBanner) {
  client_runner t;
  for (int i = 0; i < 150000; ++i) t.server.greeting += "220-more\r\n";
  t.server.greeting.erase(0, t.server.greeting.find('\n') + 1);
  auto s = t.make();
  auto opened = t.run(s->open());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().id, "reply.too_long");
}

TEST(Session, AServerThatAnswersAborWithPreliminaryRepliesForEverIsGivenUp) {
  client_runner t;
  t.server.files["file"] = std::string(5'000'000, 'x');
  t.server.dawdling = std::chrono::seconds(600);
  auto s = t.make();
  auto took = t.run([](session& s) -> net::task<result<duration>> {
    if (auto ok = co_await s.open(); !ok) co_return std::unexpected(ok.error());
    auto data = co_await s.open_data("RETR", "file");
    if (!data) co_return std::unexpected(data.error());
    const auto began = s.on().now();
    co_await s.abort_data(*data, 0);
    co_return s.on().now() - began;
  }(*s));
  ASSERT_TRUE(took) << took.error().cause;
  EXPECT_LE(*took, settings().wait.close);
  EXPECT_FALSE(s->usable());
}

TEST(Session, PreliminaryRepliesWithoutEndAreGivenUp) {
  client_runner t;
  std::string text;
  for (std::size_t i = 0; i <= limit::stray_replies; ++i) text += "150 soon\r\n";
  t.server.instead["NOOP"] = {text};
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  auto said = t.run(s->command("NOOP"));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().id, "reply.garbage");
  EXPECT_FALSE(s->usable());
}

// 450: it may be there, and cannot be looked at now. What is not there is told by 550, or by words.
TEST(Session, ASizeThatIsNotToldNowIsNoAbsence) {
  client_runner t;
  t.server.instead["SIZE"] = {"450 busy\r\n", "450 No such file\r\n", "550 no\r\n", "213 7\r\n"};
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  auto busy = t.run(size_of(*s, "file"));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().id, "remote.busy");
  for (int i = 0; i < 2; ++i) {
    auto none = t.run(size_of(*s, "file"));
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
  }
  auto seven = t.run(size_of(*s, "file"));
  ASSERT_TRUE(seven && *seven);
  EXPECT_EQ(**seven, 7u);
}

TEST(Session, SaysWhichHostsRefuse) {
  client_runner t;
  t.where.port = 2;
  auto s = t.make();
  auto opened = t.run(s->open());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().id, "connect.refused");
}

TEST(Session, NeverGoesInClearWhereTlsWasMeant) {
  client_runner t;
  t.where.how = scheme::ftpes;
  auto s = t.make();
  EXPECT_EQ(t.run(s->open()).error().id, "tls.refused");
  EXPECT_THAT(t.server.heard, testing::ElementsAre("AUTH TLS", "FEAT"));
}

// The server has TLS, and something before it says that it has not: no password goes there.
TEST(Session, NeverGoesInClearWhereTlsIsTakenAway) {
  client_runner t;
  t.where.user = "alice";
  t.server.features.push_back("AUTH TLS");
  t.server.instead["AUTH"] = {"500 no\r\n"};
  auto s = t.make();
  EXPECT_EQ(t.run(s->open()).error().id, "tls.stripped");
  EXPECT_FALSE(t.server.was_told("USER alice"));
}

TEST(Session, SaysThatAPasswordGoesInClear) {
  client_runner t;
  t.where.user = "alice";
  auto s = t.make();
  EXPECT_TRUE(t.run(s->open()));
  EXPECT_TRUE(t.watch.holds("note this server offers no TLS"));
  EXPECT_TRUE(t.server.was_told("AUTH TLS"));

  client_runner meant;
  meant.where.user = "alice";
  settings how;
  how.tls.how = tls_settings::policy::off;
  auto off = meant.make(how);
  EXPECT_TRUE(meant.run(off->open()));
  EXPECT_FALSE(meant.watch.holds("note"));
  EXPECT_FALSE(meant.server.was_told("AUTH TLS"));
}

// A name must not become a command.
TEST(Session, SendsNoLineEndInAName) {
  client_runner t;
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  for (const auto& name :
       {std::string("a\r\nDELE b"), std::string("a\nDELE b"), std::string("a\0b", 3), std::string("a\rb")}) {
    EXPECT_EQ(t.run(remove(*s, name)).error().id, "command.control");
    EXPECT_EQ(t.run(rename(*s, "x", name)).error().id, "command.control");
    EXPECT_EQ(t.run(list(*s, name)).error().id, "command.control");
    auto got = t.run(get(*s, name, *t.disk, storage::path{}.child("got")));
    EXPECT_EQ(got.error().id, "command.control");
  }
  EXPECT_EQ(t.server.count("DELE"), 0u);
  EXPECT_TRUE(s->usable());
}

// The ladder.

class Ladder : public testing::TestWithParam<std::pair<std::string, std::string_view>> {};
TEST_P(Ladder, GoesOnWhenEpsvIs) {
  // The second is known to take several commands at once, and is asked for the data connection in advance.
  for (std::string_view greeting : {"220 fake ready\r\n", "220 ferryd ready\r\n"}) {
    client_runner t;
    t.server.greeting = greeting;
    t.server.files["a"] = "hello";
    t.server.instead["EPSV"] = {GetParam().first};
    auto s = t.make();
    duration took{};
    auto got = t.run([](client_runner& in, session& by, duration& out) -> net::task<result<file_facts>> {
      const auto began = in.on.now();
      const auto to = storage::path{}.child("got");
      const get_options plain;
      auto done = co_await client::get(by, "a", *in.disk, to, plain);
      out = in.on.now() - began;
      co_return done;
    }(t, *s, took));
    ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
    EXPECT_EQ(t.read("got"), "hello");
    EXPECT_TRUE(t.watch.holds("failed EPSV " + std::string(GetParam().second)));
    EXPECT_TRUE(t.watch.holds("data PASV"));
    EXPECT_EQ(t.known.best("10.0.0.1"), rung::pasv);
    EXPECT_LT(took, std::chrono::seconds(10)) << greeting;
  }
}
INSTANTIATE_TEST_SUITE_P(All, Ladder,
                         testing::Values(std::pair("500 no\r\n", "data.way.refused"),
                                         std::pair("502 no\r\n", "data.way.refused"),
                                         std::pair("229 (no port)\r\n", "data.way.garbled"),
                                         std::pair("227 (1,2,3)\r\n", "data.way.garbled"),
                                         std::pair("", "data.way.unanswered"), std::pair("!", "data.way.unanswered"),
                                         std::pair("229 (|||9|)\r\n", "data.way.refused")));

TEST(Session, TriesEveryWayAndTellsOfEach) {
  client_runner t;
  t.server.files["a"] = "hello";
  for (auto verb : {"EPSV", "PASV", "EPRT", "PORT"}) t.server.instead[verb] = {"500 not " + std::string(verb) + "\r\n"};
  auto got = t.get("a");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().id, "data.blocked");
  for (auto verb : {"EPSV: 500", "PASV: 500", "EPRT: 500", "PORT: 500"}) EXPECT_TRUE(got.error().cause.contains(verb));
  EXPECT_FALSE(t.read("got"));
}

TEST(Session, FallsBackToActiveMode) {
  client_runner t;
  t.server.files["a"] = "hello";
  for (auto verb : {"EPSV", "PASV"}) t.server.instead[verb] = {"500 no\r\n"};
  auto got = t.get("a");
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_TRUE(t.watch.holds("data EPRT"));
  EXPECT_EQ(t.read("got"), "hello");
}

TEST(Session, KnowsTheWayTheNextTime) {
  client_runner t;
  t.server.files["a"] = "hello";
  t.server.instead["EPSV"] = {"500 no\r\n"};
  ASSERT_TRUE(t.get("a"));
  ASSERT_TRUE(t.get("a"));
  EXPECT_EQ(t.server.count("EPSV"), 1u);
}

// A firewall that drops what it does not know, as far as `open` lets it.
struct behind_firewall {
  explicit behind_firewall(std::function<bool(const fake_server&)> open_to)
      : open(std::move(open_to)),
        t({.dropped = [this](const net::endpoint& to) { return to.port() != 21 && !open(t.server); }}) {
    t.server.files["a"] = "hello";
  }
  result<file_facts> get() {
    auto s = t.make();
    return t.run([](behind_firewall& f, session& by) -> net::task<result<file_facts>> {
      const auto began = f.t.on.now();
      const auto to = storage::path{}.child("got");
      const get_options plain;
      auto out = co_await client::get(by, "a", *f.t.disk, to, plain);
      f.took = f.t.on.now() - began;
      co_return out;
    }(*this, *s));
  }
  std::function<bool(const fake_server&)> open;
  client_runner t;
  duration took{};
};

TEST(Session, GetsThroughQuicklyWhereAFirewallDropsPassiveConnections) {
  behind_firewall f([](const fake_server& s) { return s.count("EPRT") > 0; });
  auto got = f.get();
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(f.t.watch.holds("data EPRT"));
  EXPECT_LT(f.took, std::chrono::seconds(10));
  ASSERT_TRUE(f.get());
  EXPECT_LT(f.took, std::chrono::seconds(1));
}

TEST(Session, GetsThroughQuicklyByTheLastWay) {
  behind_firewall f([](const fake_server& s) { return s.count("PORT") > 0; });
  auto got = f.get();
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(f.t.watch.holds("data PORT"));
  EXPECT_LT(f.took, std::chrono::seconds(10));
}

// Servers try for a minute to reach a client.
TEST(Session, SaysSoonThatNoWayLeadsThrough) {
  for (auto patience : {std::chrono::seconds(1), std::chrono::seconds(60)}) {
    behind_firewall f([](const fake_server&) { return false; });
    f.t.server.reaching = patience;
    auto got = f.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().id, "data.blocked");
    EXPECT_LT(f.took, std::chrono::seconds(20));
    EXPECT_EQ(f.t.server.count("RETR"), 2u);  // by EPRT and PORT
  }
}

// What was asked for ahead of time fails as what is asked for in time does: the next way is tried.
TEST(Session, ADataConnectionPreparedInVainIsOneWayThatFailed) {
  behind_firewall f([](const fake_server& s) { return s.count("PASV") > 0; });
  f.t.server.greeting = "220 ferryd\r\n";
  auto got = f.get();
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(f.t.watch.holds("failed EPSV data.way.timeout"));
  EXPECT_TRUE(f.t.watch.holds("data PASV"));
  EXPECT_EQ(f.t.server.count("EPSV"), 1u);
  EXPECT_EQ(got->tries, 1u);
  EXPECT_LT(f.took, std::chrono::seconds(10));
}

TEST(Session, IgnoresTheAddressInA227) {
  client_runner t;
  t.server.files["a"] = "hello";
  settings how;
  how.data.epsv = false;
  auto s = t.make(how);
  ASSERT_TRUE(t.run(s->open()));
  // The port is right, the address is not.
  auto elsewhere = t.network.listen({net::asio::ip::make_address("10.0.0.1"), 7777}, {});
  ASSERT_TRUE(elsewhere);
  t.server.instead["PASV"] = {"227 (192,168,1,2,30,97)\r\n", "~"};
  t.server.instead["RETR"] = {"550 no such file\r\n"};
  auto got = t.run(get(*s, "a", *t.disk, storage::path{}.child("got")));
  EXPECT_EQ(got.error().id, "remote.not_found") << got.error().cause;
  EXPECT_TRUE(t.watch.holds("data") || *(*elsewhere)->try_accept());
}

TEST(Session, OverIpv6) {
  client_runner t({}, "2001:db8::1");
  t.server.files["a"] = "hello";
  ASSERT_TRUE(t.get("a"));
  EXPECT_TRUE(t.watch.holds("data EPSV"));
  t.server.instead["EPSV"] = {"500 no\r\n"};
  ASSERT_TRUE(t.get("a"));
  EXPECT_TRUE(t.watch.holds("data EPRT"));
  EXPECT_EQ(t.server.count("PASV"), 0u);
}

// 150, data and 226 in every order.

class Order : public testing::TestWithParam<finish> {};
TEST_P(Order, IsRight) {
  client_runner t;
  t.server.files["a"] = std::string(100000, 'x');
  t.server.finish = GetParam();
  t.server.late = std::chrono::seconds(10);
  auto got = t.get("a");
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_EQ(t.read("got")->size(), 100000u);
  EXPECT_EQ(got->tries, 1u);
}
INSTANTIATE_TEST_SUITE_P(All, Order,
                         testing::Values(finish::after_data, finish::before_data, finish::with_first, finish::late,
                                         finish::never));

TEST(Session, LargeUploadsWithoutAFinalReplyAreVerified) {
  client_runner t;
  t.server.finish = finish::never;
  auto sent = t.put(std::string(limit::resumable_from, 'x'), "up");
  ASSERT_TRUE(sent) << sent.error().id << ": " << sent.error().cause;
  EXPECT_EQ(sent->verified, proof::size);
  EXPECT_EQ(t.server.count("STOR"), 1u);
}

TEST(Session, TheSizeIsNoProofWhereAnOlderFileHasTheSame) {
  for (std::size_t size : {std::size_t{100}, std::size_t{limit::resumable_from}}) {
    client_runner t;
    t.server.files["up"] = std::string(size, 'o');
    t.server.finish = finish::never;
    t.server.given_up = settings().retry.tries;
    auto sent = t.put(std::string(size, 'n'), "up");
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().id, "data.lost");
    EXPECT_EQ(t.server.count("STOR"), settings().retry.tries);
  }
}

// A middle box forgot the control connection while data moved: the poke is not answered either, or only the end of the
// connection is seen. The server may have had something of the same size before.
struct lost_reply {
  bool silent;
  std::optional<std::string> before;
};
class LostReply : public testing::TestWithParam<lost_reply> {
 protected:
  LostReply() {
    t.server.finish = GetParam().silent ? finish::never : finish::closes;
    if (GetParam().silent) t.server.instead["NOOP"] = {""};
    if (GetParam().before) t.server.files["up"] = *GetParam().before;
  }
  void put(proof wanted, std::size_t uploads) {
    auto sent = t.put(content, "up", how);
    ASSERT_TRUE(sent) << sent.error().id << ": " << sent.error().cause;
    EXPECT_EQ(t.server.files["up"], content);
    EXPECT_EQ(sent->verified, wanted);
    EXPECT_EQ(t.server.count("STOR"), uploads);
  }
  const std::string content = std::string(100, 'n');
  client_runner t;
  settings how;
};
INSTANTIATE_TEST_SUITE_P(All, LostReply,
                         testing::Values(lost_reply{true, {}}, lost_reply{true, std::string(100, 'o')},
                                         lost_reply{false, {}}, lost_reply{false, std::string(100, 'o')},
                                         lost_reply{false, "short"}));

TEST_P(LostReply, OfAnUploadIsMadeGoodByADigest) {
  t.server.features.push_back("HASH SHA-256*");
  put(proof::digest, 1);
}
TEST_P(LostReply, ADigestNeedsNoSize) {
  std::erase(t.server.features, "SIZE");
  t.server.features.push_back("HASH SHA-256*");
  put(proof::digest, 1);
}
TEST_P(LostReply, ADigestTellsThatTheServerGaveUp) {
  t.server.features.push_back("HASH SHA-256*");
  t.server.given_up = 1;
  put(proof::digest, 2);
}
TEST_P(LostReply, ADigestIsAskedForOnceTheServerIsThereAgain) {
  t.server.features.push_back("HASH SHA-256*");
  t.server.instead["USER"] = {"~", "421 not now\r\n", "421 not now\r\n", "~"};
  put(proof::digest, 1);
}
TEST_P(LostReply, ADigestThatIsInsistedOnIsWaitedFor) {
  t.server.features.push_back("HASH SHA-256*");
  t.server.given_up = 1;
  how.verify = verification::digest;
  put(proof::digest, 2);
}
// Without one, another upload that changes the file's time, and leaves it whole, tells.
TEST_P(LostReply, OfAnUploadIsMadeGoodByTheTime) { put(proof::size, 2); }
TEST_P(LostReply, TheTimeTellsThatTheServerGaveUp) {
  t.server.given_up = 1;
  put(proof::size, 2);
}
TEST_P(LostReply, KeepsTheTimeOnlyOfWhatIsProven) {
  t.server.greeting = "220 ferryd\r\n";
  t.server.features.push_back("MFMT");
  put(proof::size, 2);
  EXPECT_EQ(t.server.count("MFMT"), 1u);
}
TEST_P(LostReply, NothingIsDoneThatTheServerAlwaysGivesUp) {
  for (bool digests : {false, true}) {
    if (digests) t.server.features.push_back("HASH SHA-256*");
    t.server.given_up = settings().retry.tries;
    EXPECT_FALSE(t.put(content, "up"));
    EXPECT_EQ(t.server.given_up, 0u);
    t.server.heard.clear();
  }
}

TEST(Session, AReplyThatComesAfterThePokeIsTaken) {
  client_runner t;
  t.server.files["a"] = "hello";
  t.server.finish = finish::late;
  t.server.late = std::chrono::seconds(22);
  auto s = t.make();
  auto got = t.run(get(*s, "a", *t.disk, storage::path{}.child("got")));
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_TRUE(t.server.was_told("NOOP"));
  EXPECT_EQ(t.server.count("USER"), 1u);
  // And nothing is out of step afterwards.
  EXPECT_EQ(t.run(s->command("PWD"))->code, 257);
}

TEST(Session, DataCutShortFails) {
  client_runner t;
  t.server.files["a"] = "hello, world";
  t.server.cut = 5;
  settings how;
  how.retry.tries = 2;
  auto got = t.get("a", how);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().id, "data.short");
  EXPECT_FALSE(t.read("got"));
}

TEST(Session, ASizeThatLiesFails) {
  client_runner t;
  t.server.files["a"] = "hello, world";
  t.server.instead["MLST"] = {"250-Facts\r\n type=file;size=3;modify=20240229123456; a\r\n250 End\r\n"};
  auto got = t.get("a");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().id, "verify.size");
  EXPECT_FALSE(t.read("got"));
}

TEST(Session, AsksAgainForAFileThatBroke) {
  client_runner t;
  std::string content(6000000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 % 251);
  t.server.files["a"] = content;
  t.server.broken = 5000000;
  auto got = t.get("a");
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(t.read("got") == content);
  EXPECT_EQ(got->tries, 2u);
  EXPECT_EQ(t.server.count("REST"), 1u);
  EXPECT_EQ(t.names_here(), std::vector<std::string>{"got"});
}

TEST(Session, ResumesOnlyTheSameFile) {
  client_runner t;
  settings once;
  once.retry.tries = 1;
  t.server.files["a"] = std::string(6000000, 'x');
  t.server.broken = 5000000;
  ASSERT_FALSE(t.get("a", once));
  t.server.files["a"] = std::string(6000001, 'y');
  auto got = t.get("a", once);
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_TRUE(*t.read("got") == std::string(6000001, 'y'));
  EXPECT_EQ(t.server.count("REST"), 0u);
}

TEST(Session, ContinuesAGivenFile) {
  client_runner t;
  t.server.files["a"] = "hello, world";
  t.write("got", "hello");
  auto got = t.get("a", {}, {.continue_target = true});
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_EQ(t.read("got"), "hello, world");
  EXPECT_EQ(got->bytes, 7u);
}

TEST(Session, AFileThatIsNotTheBeginningIsLeftAsItWas) {
  for (bool digests : {false, true}) {
    client_runner t;
    if (digests) t.server.features.push_back("HASH SHA-256*");
    t.server.files["a"] = "hello, world";
    t.write("got", "hello, world and more");
    auto got = t.get("a", {}, {.continue_target = true});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().id, "verify.longer");
    EXPECT_EQ(t.read("got"), "hello, world and more");
    t.write("got", "HELLO");
    got = t.get("a", {}, {.continue_target = true});
    ASSERT_EQ(got.has_value(), !digests);  // nobody can tell
    if (!digests) continue;
    EXPECT_EQ(got.error().id, "verify.beginning");
    EXPECT_EQ(t.read("got"), "HELLO");
    EXPECT_FALSE(t.watch.holds("try 2"));
  }
}

TEST(Session, NothingIsPutBehindWhatIsNotTheBeginning) {
  client_runner t;
  t.server.features.push_back("HASH SHA-256*");
  for (std::string there : {"HELLO", "hello, world and more"}) {
    t.server.files["up"] = there;
    auto sent = t.put("hello, world", "up", {}, {.continue_target = true});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().id, there.size() == 5 ? "verify.beginning" : "verify.longer");
    EXPECT_EQ(t.server.files["up"], there);
  }
  EXPECT_FALSE(t.watch.holds("try 2"));
  t.server.files["up"] = "hello";
  auto sent = t.put("hello, world", "up", {}, {.continue_target = true});
  ASSERT_TRUE(sent) << sent.error().cause;
  EXPECT_EQ(t.server.files["up"], "hello, world");
  EXPECT_EQ(sent->content, 7u);
}

TEST(Session, GivesTheAccountThatStoringWants) {
  for (bool given : {true, false}) {
    client_runner t;
    if (given) t.where.account = "blue";
    for (auto verb : {"STOR", "MKD"}) t.server.instead[verb] = {"532 account?\r\n", "~"};
    t.server.instead["ACCT"] = {"230 thanks\r\n"};
    settings once;
    once.retry.tries = 1;
    t.write("sent", "hello");
    auto s = t.make(once);
    auto sent = t.run(put(*s, *t.disk, storage::path{}.child("sent"), "up"));
    auto made = t.run(make_directory(*s, "folder"));
    EXPECT_EQ(sent.has_value(), given);
    EXPECT_EQ(made.has_value(), given);
    EXPECT_EQ(t.server.count("ACCT"), given ? 1u : 0u);
    if (given) {
      EXPECT_EQ(t.server.files["up"], "hello");
    } else {
      EXPECT_EQ(sent.error().id, "remote.account");
      EXPECT_EQ(made.error().id, "remote.account");
    }
  }
}

// An account that is not taken is not tried for ever.
TEST(Session, AnAccountThatIsRefusedIsGivenOnce) {
  for (auto answer : {"530 no\r\n", "230 thanks\r\n"}) {
    client_runner t;
    t.where.account = "blue";
    t.server.instead["STOR"] = {"532 account?\r\n"};
    t.server.instead["ACCT"] = {answer};
    auto sent = t.put("hello", "up");
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().id, "remote.account");
    EXPECT_EQ(t.server.count("ACCT"), 1u);
  }
}

TEST(Session, ResumesAnUpload) {
  for (bool rest : {true, false}) {
    client_runner t;
    if (!rest) std::erase(t.server.features, "REST STREAM");
    std::string content(6000000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 % 251);
    t.server.broken = 1000000;
    t.server.dies_in_data = true;
    auto sent = t.put(content, "up");
    ASSERT_TRUE(sent) << sent.error().id << ": " << sent.error().cause;
    EXPECT_TRUE(t.server.files["up"] == content);
    EXPECT_EQ(t.server.count(rest ? "REST" : "APPE"), 1u);
  }
}

TEST(Session, NeverTriesAgainAfterA5xx) {
  client_runner t;
  t.server.instead["STOR"] = {"553 not allowed\r\n"};
  auto sent = t.put("hello", "up");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().id, "remote.denied");
  EXPECT_EQ(t.server.count("STOR"), 1u);
}

TEST(Session, TriesAgainAfterA4xx) {
  client_runner t;
  t.server.instead["STOR"] = {"450 busy\r\n", "451 busy\r\n", "~"};
  auto sent = t.put("hello", "up");
  ASSERT_TRUE(sent) << sent.error().cause;
  EXPECT_EQ(sent->tries, 3u);
}

// Listings.

TEST(Session, TrustsNoName) {
  client_runner t;
  t.server.listings["d"] =
      "type=cdir; .\r\ntype=pdir; ..\r\ntype=file;size=1; good\r\ntype=file; ../evil\r\ntype=file; /etc/passwd\r\n"
      "type=file; a/b\r\ntype=file; a\rb\r\nnonsense\r\n";
  t.server.listings["d"] += std::string("type=file; a\0b\r\n", 16);
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  auto got = t.run(list(*s, "d"));
  ASSERT_TRUE(got) << got.error().cause;
  ASSERT_EQ(got->entries.size(), 1u);
  EXPECT_EQ(got->entries[0].name, "good");
  EXPECT_EQ(got->rejected.size(), 5u);
  EXPECT_EQ(got->not_understood, 1u);
  EXPECT_FALSE(got->complete());
}

TEST(Session, ListsWithoutMlsd) {
  client_runner t;
  t.server.features = {"SIZE"};
  t.server.listings[""] =
      "total 3\r\n-rw-r--r-- 1 u g 5 Feb 29 2024 a.txt\r\ndrwxr-xr-x 2 u g 4096 Feb 29 2024 sub\r\n";
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  auto got = t.run(list(*s, ""));
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_EQ(got->entries.size(), 2u);
  EXPECT_EQ(t.server.count("MLSD"), 0u);
  // A name that LIST would take for an option is entered.
  ASSERT_TRUE(t.run(list(*s, "-R x")));
  EXPECT_TRUE(t.server.was_told("CWD -R x"));
  EXPECT_TRUE(t.server.was_told("CWD /"));
}

std::string listed_as(file_time when) {
  const auto time = std::chrono::system_clock::to_time_t(std::chrono::sys_time(when.time_since_epoch()));
  char text[32];
  std::strftime(text, sizeof text, "%b %e %H:%M", std::gmtime(&time));
  return text;
}

// A server that lists in the time of Kathmandu is asked once what its clock shows.
TEST(Session, ListsInUtcWhateverTheServersZone) {
  client_runner t;
  t.server.features = {"SIZE", "MDTM"};
  const auto exact = std::chrono::floor<std::chrono::seconds>(
      file_time(std::chrono::system_clock::now().time_since_epoch()) - std::chrono::days(20));
  t.server.instead["MDTM"] = {"213 " + proto::format_timestamp(exact) + "\r\n"};
  const auto there = listed_as(exact + std::chrono::minutes(5 * 60 + 45));
  t.server.listings[""] = "-rw-r--r-- 1 u g 5 " + there + " a\r\n-rw-r--r-- 1 u g 5 Feb 29 2024 old\r\n";
  t.server.listings["sub"] = "-rw-r--r-- 1 u g 5 " + there + " b\r\n";
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  auto got = t.run(list(*s, ""));
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_EQ(got->entries[0].modified, std::chrono::floor<std::chrono::minutes>(exact));
  EXPECT_EQ(got->entries[1].modified,
            file_time(std::chrono::sys_days(std::chrono::year(2024) / 2 / 29).time_since_epoch()));
  got = t.run(list(*s, "sub"));
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_EQ(got->entries[0].modified, std::chrono::floor<std::chrono::minutes>(exact));
  EXPECT_EQ(t.server.count("MDTM"), 1u);
}

TEST(Session, AListingThatIsNotConfirmedIsNone) {
  client_runner t;
  t.server.files["a"] = "x";
  t.server.finish = finish::never;
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  EXPECT_EQ(t.run(list(*s, "")).error().id, "data.short");
}

TEST(Session, StopsWhenToldTo) {
  client_runner t;
  t.server.files["a"] = "x";
  t.server.instead["RETR"] = {""};
  auto s = t.make();
  ASSERT_TRUE(t.run(s->open()));
  t.on.spawn([](net::loop& on, session& which) -> net::task<> {
    co_await on.sleep(std::chrono::seconds(1));
    which.cancel();
  }(t.on, *s));
  const auto began = t.on.now();
  auto got = t.run(get(*s, "a", *t.disk, storage::path{}.child("got")));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().id, "session.cancelled");
  EXPECT_LT(t.on.now() - began, std::chrono::seconds(6));
}

}  // namespace
}  // namespace ferry::client
