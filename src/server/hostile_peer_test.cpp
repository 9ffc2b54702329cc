// Peers that mean harm, or know no better: what they send, how fast, how often, and from where.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "accounts/static_directory.hpp"
#include "proto/command.hpp"
#include "server/test_support/running_server.hpp"
#include "support/slow_fs.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using support::wire;
using support::wire_error;
using support::wire_reset;
using support::wire_socket;

settings with(void (*change)(limits&)) {
  auto out = brisk();
  change(out.limit);
  return out;
}

std::string all_replies(wire& client) { return client.control().receive_all(); }

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++out;
  return out;
}

// --- lines (CVE-2006-5815, CVE-2010-4221, CVE-2010-3972, CVE-2019-18217) ---

TEST(hostile_line, a_dialogue_cut_at_every_byte_is_the_same_dialogue) {
  running_server served;
  served.stored.put("/y\xFF", "0123456789");
  const std::string dialogue =
      "USER alice\r\nPASS secret\r\nXYZZY\r\n\xFF\xFBxPWD\nTYPE I\r\nMKD \x01\r\nSIZE y\xFF\xFF\r\nQUIT\r\n";
  std::string whole;
  for (std::size_t cut = 0; cut < dialogue.size(); ++cut) {
    auto client = served.unchecked();
    client.send(dialogue.substr(0, cut));
    if (cut > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    client.send(dialogue.substr(cut));
    auto got = all_replies(client);
    const std::string refusal = "\xFF\xFEx";  // among the replies, wherever it was ready
    ASSERT_EQ(count(got, refusal), 1u) << cut;
    got.erase(got.find(refusal), refusal.size());
    if (cut == 0) whole = got;
    ASSERT_EQ(got, whole) << cut;
  }
  EXPECT_EQ(count(whole, "\r\n"), 9u) << whole;
  EXPECT_EQ(count(whole, "213 10\r\n"), 1u) << whole;
}

TEST(hostile_line, that_is_too_long_is_500_once_and_the_session_lives) {
  running_server served;
  auto client = served.login();
  for (std::size_t size : {limit::control_line + 1, 2 * limit::control_line, std::size_t(8) << 20}) {
    client.send("MKD " + std::string(size - 4, 'x') + "\r\n");
    EXPECT_EQ(client.read().code, 500) << size;
    EXPECT_EQ(client.ask("NOOP").code, 200) << size;
  }
  EXPECT_EQ(client.ask("MKD " + std::string(limit::control_line - 4, 'x')).code, 501) << "a path too long, no more";
  EXPECT_TRUE(served.stored.snapshot().empty());
}

TEST(hostile_line, of_any_bytes_does_no_harm) {
  running_server served;
  served.stored.put("/kept", "kept");
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::string bytes;
    for (int i = 0; i < 20000; ++i) {
      // Mostly what means something to a parser.
      constexpr std::string_view salt("\xFF\xFA\xFB\xFD\xF2\xF4\xF0\n\r\0 \"\\%*[\x7F", 17);
      bytes += random() % 2 ? salt[random() % salt.size()] : static_cast<char>(random());
    }
    auto client = served.login();
    client.control().send(bytes);
    client.control().send(std::string(600, 'x') + "\r\nNOOP\r\nQUIT\r\n");  // past any Telnet option
    auto got = all_replies(client);
    auto stranger = served.connect();
    stranger.control().send(bytes);
    EXPECT_TRUE(all_replies(stranger).ends_with("421 Too many commands without a login; goodbye.\r\n"));
    EXPECT_TRUE(got.ends_with("200 Here.\r\n221 Goodbye.\r\n")) << got.substr(got.size() - std::min(got.size(), 200uz));
  }
  EXPECT_EQ(served.stored.get("/kept"), "kept");
}

TEST(hostile_line, begins_with_its_end_or_is_nothing_but_telnet) {
  running_server served;
  auto client = served.unchecked();
  client.send("\n\r\n\n" + std::string(10000, '\xFF') + "\r\n\xFF\xF4\xFF\xF2\r\nQUIT\r\n");
  auto got = all_replies(client);
  EXPECT_TRUE(got.starts_with("220 ")) << got;
  EXPECT_EQ(count(got, "\r\n500 "), 5u) << got;
  EXPECT_TRUE(got.ends_with("221 Goodbye.\r\n")) << got;
}

// Input that nobody reads would break the connection, and the reply would be lost with it.
TEST(hostile_line, that_follows_quit_does_not_eat_the_goodbye) {
  running_server served;
  for (int i = 0; i < 20; ++i) {
    auto client = served.login();
    client.control().send("QUIT\r\n" + std::string(200'000, 'x'));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_NO_THROW(EXPECT_EQ(client.control().receive_all(), "221 Goodbye.\r\n"));
  }
}

TEST(hostile_line, telnet_offers_are_refused_at_once) {
  running_server served;
  auto client = served.connect();
  client.control().send("\xFF\xFB\x18\xFF\xFD\x01");
  EXPECT_EQ(client.control().receive(6), "\xFF\xFE\x18\xFF\xFC\x01");
}

TEST(hostile_line, passwords_reach_no_record_however_they_are_mistyped) {
  running_server served;
  auto client = served.connect();
  client.ask("USER alice");
  for (std::string line : {"PASS hidden", "pass hidden", " PASS hidden", "PASS hidden\x01", "PASS\thidden",
                           "PASS:hidden", "ACCT hidden", "ADAT hidden", "PASSWORD hidden", "SITE PSWD hidden hidden"}) {
    client.send_line(line);
    client.read();
  }
  for (const auto& each : served.told.lines()) EXPECT_EQ(each.find("hidden"), each.npos) << each;
}

// --- waits ---

TEST(hostile_wait, before_the_login_is_cut_even_with_commands) {
  running_server served(in_memory(), with([](limits& l) { l.login = std::chrono::seconds(1); }));
  auto silent = served.connect();
  auto busy = served.connect();
  wire_socket one_by_one = served.dial();
  int answers = 0;
  int code = 0;
  for (; code != 421; ++answers) {
    ASSERT_LT(answers, 3000);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    code = busy.silent(std::chrono::milliseconds(0)) ? busy.ask("NOOP").code : busy.read().code;
  }
  EXPECT_EQ(silent.read().code, 421);
  EXPECT_TRUE(silent.ended());
  EXPECT_TRUE(one_by_one.ended());
}

TEST(hostile_wait, of_an_idle_session_is_cut_and_site_idle_moves_it) {
  running_server served(in_memory(), with([](limits& l) { l.idle = std::chrono::seconds(2); }));
  auto client = served.login();
  auto patient = served.login();
  EXPECT_EQ(patient.ask("SITE IDLE 600").code, 200);
  // A line that never ends is no command.
  auto slow = served.login();
  for (int i = 0; i < 16; ++i) {
    try {
      slow.control().send("x");
    } catch (const wire_reset&) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  EXPECT_EQ(client.read().code, 421);
  EXPECT_EQ(slow.read().code, 421);
  EXPECT_EQ(patient.ask("NOOP").code, 200);
}

// What is no command keeps no session, however much of it comes.
TEST(hostile_wait, of_a_peer_that_never_pauses_and_says_nothing_ends) {
  running_server served(in_memory(), with([](limits& l) { l.idle = std::chrono::seconds(1); }));
  for (std::string noise : {"\xFF\xF1", "x"}) {
    auto client = served.login();
    std::string much;
    for (int i = 0; i < 1000; ++i) much += noise;
    const auto until = clock::now() + std::chrono::seconds(10);
    try {
      while (clock::now() < until) client.control().send_some(much);
      ADD_FAILURE() << "it is still there";
    } catch (const wire_reset&) {
    }
    EXPECT_TRUE(served.told.awaits("closed: idle for too long"));
  }
}

TEST(hostile_wait, of_a_peer_that_does_not_read_its_replies_ends) {
  running_server served(in_memory(), with([](limits& l) { l.reply_write = std::chrono::seconds(1); }));
  auto client = served.login();
  std::string questions;
  for (int i = 0; i < 1000; ++i) questions += "HELP\r\n";
  try {
    for (auto until = clock::now() + support::patience; clock::now() < until;) {
      if (client.control().send_some(questions) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    FAIL() << "it is still there";
  } catch (const wire_reset&) {
  }
  EXPECT_TRUE(served.told.awaits("closed"));
}

// The same when the server wants to stop: nobody holds it up.
TEST(hostile_wait, of_a_peer_that_does_not_read_does_not_hold_up_a_stop) {
  running_server served(in_memory(), with([](limits& l) {
                          l.reply_write = std::chrono::seconds(3600);
                          l.stop = std::chrono::seconds(1);
                        }));
  auto client = served.login();
  std::string questions;
  for (int i = 0; i < 1000; ++i) questions += "HELP\r\n";
  for (auto quiet = clock::now(); clock::now() - quiet < std::chrono::milliseconds(300);) {
    if (client.control().send_some(questions) > 0) quiet = clock::now();
  }
  served.stop();
  EXPECT_TRUE(served.ended(support::patience));
}

// --- before the login ---

TEST(hostile_stranger, that_only_asks_is_sent_away) {
  running_server served;
  auto client = served.connect();
  for (unsigned i = 0; i < limit::commands_before_login; ++i) ASSERT_EQ(client.ask("NOOP").code, 200) << i;
  EXPECT_EQ(client.ask("NOOP").code, 421);
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(served.told.awaits("closed: too many commands without a login"));
}

TEST(hostile_stranger, that_logs_in_may_ask_again_after_a_logout) {
  running_server served;
  auto client = served.connect();
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < limit::commands_before_login - 2; ++i) ASSERT_EQ(client.ask("NOOP").code, 200);
    client.ask("USER alice");
    ASSERT_EQ(client.ask("PASS secret").code, 230);
    for (unsigned i = 0; i < limit::commands_before_login + 1; ++i) ASSERT_EQ(client.ask("NOOP").code, 200);
    EXPECT_EQ(client.ask("REIN").code, 220);
  }
}

// A browser that was made to send what another site wants (cross-protocol scripting).
TEST(hostile_stranger, that_speaks_http_is_sent_away_before_its_body_is_heard) {
  running_server served;
  served.stored.put("/file", "x");
  auto client = served.unchecked();
  std::string request = "POST / HTTP/1.1\r\n";
  for (int i = 0; i < 20; ++i) request += "Header-" + std::to_string(i) + ": value\r\n";
  client.send(request + "\r\nUSER alice\r\nPASS secret\r\nDELE file\r\n");
  auto got = all_replies(client);
  EXPECT_EQ(count(got, "\r\n500 "), 10u) << got;
  EXPECT_TRUE(got.ends_with("421 Too many commands without a login; goodbye.\r\n")) << got;
  EXPECT_EQ(served.stored.get("/file"), "x");
  std::size_t lines = served.told.lines().size();
  EXPECT_LT(lines, 16u);
}

// --- logins (RFC 2577 §5) ---

TEST(hostile_login, waits_longer_each_time_and_a_new_session_state_does_not_help) {
  running_server served(in_memory(), with([](limits& l) {
                          l.login_failures = 4;
                          l.login_delay = std::chrono::milliseconds(50);
                        }));
  auto client = served.connect();
  auto before = clock::now();
  int code = 0;
  for (int i = 1; i <= 4; ++i) {
    client.ask("USER alice");
    code = client.ask("PASS wrong").code;
    EXPECT_EQ(code, i < 4 ? 530 : 421) << i;
    if (i == 2) EXPECT_EQ(client.ask("REIN").code, 220);
  }
  EXPECT_GE(clock::now() - before, std::chrono::milliseconds(50 + 100 + 200 + 400));
  EXPECT_TRUE(client.ended());
}

// Who asks for many checks of passwords waits for them alone, and for one that has left nothing is checked.
TEST(hostile_login, of_many_from_one_address_does_not_delay_others) {
  std::mutex lock;
  std::vector<std::string> checked;
  auto check = [&](const std::string& hash, const std::string& password) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::lock_guard held(lock);
    checked.push_back(password);
    return hash == password;
  };
  accounts::user alice;
  alice.who.name = "alice";
  alice.hash = "secret";
  running_server served(in_memory(), brisk(),
                        std::make_unique<accounts::static_directory>(std::vector{alice}, std::nullopt, 1,
                                                                     accounts::static_directory::verifier(check)));
  std::vector<wire> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(served.connect("127.0.0.2"));
    crowd.back().send("USER alice\r\nPASS " + std::to_string(i) + "\r\n");
    EXPECT_EQ(crowd.back().read().code, 331);
  }
  auto other = served.connect("127.0.0.3");
  other.ask("USER alice");
  std::size_t before = 0;
  {
    std::lock_guard held(lock);
    before = checked.size();
  }
  EXPECT_EQ(other.ask("PASS secret").code, 230);
  {
    std::lock_guard held(lock);
    EXPECT_LE(checked.size(), before + 4);
    EXPECT_EQ(checked.back(), "secret");
  }
  while (crowd.size() > 1) crowd.erase(crowd.begin());
  EXPECT_EQ(crowd.back().read().code, 530);
  std::lock_guard held(lock);
  EXPECT_LT(checked.size(), 20u);
}

TEST(hostile_login, without_a_name_or_with_a_strange_one_is_refused) {
  running_server served(in_memory(), with([](limits& l) { l.login_failures = 100; }));
  auto client = served.connect();
  EXPECT_EQ(client.ask("USER").code, 501);
  for (std::string name : {" ", "alice ", "ALICE", "alice/../alice", "%s%n", "' OR 1=1 --", "\xFF\xFF"}) {
    client.ask("USER " + name);
    EXPECT_EQ(client.ask("PASS secret").code, 530) << name;
  }
  client.ask("USER alice");
  EXPECT_EQ(client.ask("PASS").code, 530);
  EXPECT_EQ(client.ask("PASS " + std::string(4000, 's')).code, 530);
}

// --- numbers of connections (CVE-2021-30047, CVE-2020-35359) ---

TEST(hostile_crowd, of_one_address_is_bounded) {
  running_server served(in_memory(), with([](limits& l) { l.sessions_per_address = 2; }));
  auto one = served.connect();
  {
    auto two = served.connect();
    auto three = served.unchecked();
    EXPECT_EQ(three.read().code, 421);
    EXPECT_TRUE(three.ended());
    auto elsewhere = served.connect("127.0.0.2");
    EXPECT_EQ(two.ask("QUIT").code, 221);
    EXPECT_TRUE(two.ended());
  }
  EXPECT_TRUE(served.told.awaits("closed"));
  for (int code = 421; code == 421;) code = served.unchecked().read().code;
}

TEST(hostile_crowd, in_all_is_bounded) {
  running_server served(in_memory(), with([](limits& l) { l.sessions = 3; }));
  std::vector<wire> inside;
  for (int i = 0; i < 3; ++i) inside.push_back(served.connect("127.0.0." + std::to_string(2 + i)));
  auto outside = served.unchecked();
  EXPECT_EQ(outside.read().code, 421);
  EXPECT_TRUE(served.told.holds("refused connection"));
  for (auto& each : inside) EXPECT_EQ(each.ask("NOOP").code, 200);
}

TEST(hostile_crowd, of_passive_offers_holds_one_port_a_session) {
  auto how = brisk();
  how.passive = {.first_port = 40100, .last_port = 40101};
  running_server served(in_memory(), how);
  auto client = served.login();
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.ask("EPSV").code, 229);
  auto second = served.login();
  auto third = served.login();
  EXPECT_EQ(second.ask("PASV").code, 227);
  third.send_line("PASV");
  EXPECT_TRUE(third.silent(100ms));
  EXPECT_EQ(client.ask("QUIT").code, 221);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(third.read().code, 227);
}

// --- data connections that were meant for another (RFC 2577 §3) ---

TEST(port_theft, another_address_is_turned_away_and_the_right_one_gets_in) {
  running_server served;
  served.stored.put("/mine", "mine alone");
  auto client = served.login();
  auto port = client.ask("EPSV").port();
  auto early = wire_socket::dial(port, "127.0.0.2");
  EXPECT_EQ(client.ask("RETR mine").code, 150);
  EXPECT_THROW(early.receive_all(), wire_reset);
  auto late = wire_socket::dial(port, "127.0.0.3");
  EXPECT_THROW(late.receive_all(), wire_reset);
  auto right = wire_socket::dial(port);
  EXPECT_EQ(right.receive_all(), "mine alone");
  EXPECT_EQ(client.read().code, 226);
}

TEST(port_theft, a_crowd_at_the_port_does_not_keep_the_right_one_out) {
  running_server served;
  served.stored.put("/mine", "mine alone");
  auto client = served.login();
  auto port = client.ask("EPSV").port();
  std::vector<wire_socket> crowd;
  for (int i = 0; i < 40; ++i) crowd.push_back(wire_socket::dial(port, "127.0.0.2"));
  auto right = wire_socket::dial(port);
  EXPECT_EQ(client.ask("RETR mine").code, 150);
  EXPECT_EQ(right.receive_all(), "mine alone");
  EXPECT_EQ(client.read().code, 226);
}

// The client waits for its connection before it asks for the transfer.
TEST(port_theft, strangers_that_fill_the_port_are_cleared_away) {
  running_server served;
  served.stored.put("/mine", "mine alone");
  auto client = served.login();
  auto port = client.ask("EPSV").port();
  std::vector<wire_socket> crowd;
  for (int i = 0; i <= limit::data_backlog; ++i) crowd.push_back(wire_socket::dial(port, "127.0.0.2"));
  auto right = wire_socket::dial(port);
  EXPECT_EQ(client.ask("RETR mine").code, 150);
  EXPECT_EQ(right.receive_all(), "mine alone");
  EXPECT_EQ(client.read().code, 226);
}

TEST(port_theft, strangers_alone_are_said_to_have_come) {
  running_server served(in_memory(), with([](limits& l) { l.data_open = std::chrono::seconds(1); }));
  auto client = served.login();
  auto port = client.ask("EPSV").port();
  auto stranger = wire_socket::dial(port, "127.0.0.2");
  EXPECT_EQ(client.ask("STOR x").code, 150);
  auto told = client.read();
  EXPECT_EQ(told.code, 425);
  EXPECT_NE(told.text().find("address other than"), std::string::npos) << told.text();
}

TEST(bounce, cve_1999_0017_no_connection_is_made_to_another_address_or_a_low_port) {
  running_server served;
  auto client = served.login();
  support::wire_listener victim;
  auto port = std::to_string(victim.port() / 256) + "," + std::to_string(victim.port() % 256);
  for (std::string address : {"127,0,0,2", "10,0,0,1", "0,0,0,0", "255,255,255,255"}) {
    EXPECT_EQ(client.ask("PORT " + address + "," + port).code, 501) << address;
  }
  for (int low : {0, 1, 21, 25, 1023}) {
    EXPECT_EQ(client.ask("PORT 127,0,0,1," + std::to_string(low / 256) + "," + std::to_string(low % 256)).code, 501);
    EXPECT_EQ(client.ask("EPRT |1|127.0.0.1|" + std::to_string(low) + "|").code, 501);
  }
  // What was refused leaves nothing that a transfer would use.
  EXPECT_NE(client.ask("STAT").text().find("No data connection"), std::string::npos);
}

}  // namespace
}  // namespace ferry::server
