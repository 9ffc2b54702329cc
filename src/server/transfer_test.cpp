// While data moves: what is answered at once, what waits, and all the ways in which a transfer ends early.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using support::wire;
using support::wire_listener;
using support::wire_reset;
using support::wire_socket;

constexpr std::size_t big = 24 << 20;  // more than the system takes ahead of a reader

settings with(limits limit) {
  auto out = brisk();
  out.limit = limit;
  return out;
}

limits short_waits() {
  auto out = brisk().limit;
  out.stalled = out.data_open = std::chrono::seconds(1);
  return out;
}

// Each test is run over files in memory, where bytes are copied, and over a folder, where the kernel moves them.
class while_data_moves : public ::testing::TestWithParam<const char*> {
 protected:
  running_server& start(settings how = brisk()) {
    const bool local = GetParam() == std::string_view("folder");
    served = std::make_unique<running_server>(local ? in_folder(folder.path()) : in_memory(), std::move(how));
    served->stored.put("/old", "old content");
    return *served;
  }

  // A download that waits for its reader.
  wire_socket blocked_download(wire& client) {
    served->stored.put("/big", std::string(big, 'x'));
    auto data = client.passive();
    EXPECT_EQ(client.ask("RETR big").code, 150);
    return data;
  }

  // An upload of which the server has `part`.
  wire_socket open_upload(wire& client, const std::string& verb = "STOR", std::string_view part = "new") {
    auto data = client.passive();
    EXPECT_EQ(client.ask(verb + " old").code, 150);
    data.send(part);
    await_status(client, std::to_string(part.size()) + " bytes");
    return data;
  }

  static void await_status(wire& client, const std::string& text) {
    for (auto until = clock::now() + support::patience; clock::now() < until;) {
      auto status = client.ask("STAT");
      EXPECT_EQ(status.code, 211);
      if (status.text().find(text) != std::string::npos) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL() << "no status said: " << text;
  }

  static void expect_aborted(wire& client) {
    EXPECT_EQ(client.read().code, 426);
    EXPECT_EQ(client.read().code, 226);
    EXPECT_EQ(client.ask("NOOP").code, 200);
  }

  static void expect_broken(wire_socket& data) { EXPECT_THROW(data.receive_all(), wire_reset); }

  void expect_old_is_untouched() {
    EXPECT_EQ(served->stored.get("/old"), "old content");
    for (const auto& [path, facts] : served->stored.snapshot()) EXPECT_TRUE(path == "/old" || path == "/big") << path;
  }

  temporary_folder folder;
  std::unique_ptr<running_server> served;
};

INSTANTIATE_TEST_SUITE_P(over, while_data_moves, ::testing::Values("memory", "folder"),
                         [](const auto& of) { return std::string(of.param); });

TEST_P(while_data_moves, stat_and_noop_are_answered) {
  auto client = start().login();
  auto data = blocked_download(client);
  await_status(client, " of " + std::to_string(big) + " bytes");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.ask("NOOP").code, 200);
  EXPECT_EQ(data.receive_all().size(), big);
  EXPECT_EQ(client.read().code, 226);
}

TEST_P(while_data_moves, every_command_has_its_turn) {
  auto client = start().login();
  auto data = open_upload(client);
  client.send("NOOP\r\nPWD\r\nSTAT\r\nXYZZY\r\nSIZE old\r\n");
  EXPECT_EQ(client.read().code, 200);
  EXPECT_TRUE(client.silent(std::chrono::milliseconds(50)));
  data.finish();
  for (int code : {226, 257, 211, 500, 213}) EXPECT_EQ(client.read().code, code);
  EXPECT_EQ(served->stored.get("/old"), "new");
}

// What comes behind a command that waits is heard all the same: ABOR is for the transfer, and nothing that was sent is
// lost by it.
TEST_P(while_data_moves, abor_overtakes_what_waits) {
  auto client = start().login();
  auto data = open_upload(client);
  client.send("PWD\r\nXYZZY\r\n" + std::string(limit::control_line + 1, 'x') + "\r\nSIZE old\r\nABOR\r\n");
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.read().code, 226);
  for (int code : {257, 500, 500, 213}) EXPECT_EQ(client.read().code, code);
  expect_broken(data);
  expect_old_is_untouched();
}

TEST_P(while_data_moves, each_abor_stops_one_of_several_transfers) {
  auto client = start().login();
  wire_listener here;
  client.active(here);
  EXPECT_EQ(client.ask("STOR new").code, 150);
  auto first = here.accept();
  client.send("PORT " + here.host_port() + "\r\nSTOR new\r\nPORT " + here.host_port() + "\r\nSTOR newer\r\nABOR\r\n");
  for (int code : {426, 226, 200, 150}) EXPECT_EQ(client.read().code, code);
  auto second = here.accept();
  EXPECT_TRUE(client.silent(std::chrono::milliseconds(50)));
  client.send_line("ABOR");
  for (int code : {426, 226, 200, 150}) EXPECT_EQ(client.read().code, code);
  auto third = here.accept();
  third.send("newer");
  third.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(served->stored.get("/new"), std::nullopt);
  EXPECT_EQ(served->stored.get("/newer"), "newer");
}

// RFC 959 §4.1: with IP and Synch a command is obeyed at once, and exactly one.
TEST_P(while_data_moves, a_synch_lets_stat_overtake_what_waits) {
  auto client = start().login();
  auto data = open_upload(client);
  client.send("PWD\r\nNOOP\r\n\xFF\xF4\xFF\xF2STAT\r\nSTAT\r\n");
  auto status = client.read();
  EXPECT_EQ(status.code, 211);
  EXPECT_NE(status.text().find("STOR /old: 3 bytes"), std::string::npos) << status.text();
  EXPECT_TRUE(client.silent(std::chrono::milliseconds(50)));
  data.finish();
  for (int code : {226, 257, 200, 211}) EXPECT_EQ(client.read().code, code);
}

// A folder may be slow to tell of, and ABOR must not wait for it (RFC 959 §4.1.3 has the path between transfers only).
TEST_P(while_data_moves, stat_of_a_path_waits) {
  auto client = start().login();
  auto data = open_upload(client);
  client.send("STAT old\r\nSTAT -l\r\nABOR\r\n");
  for (int code : {426, 226, 213, 212}) EXPECT_EQ(client.read().code, code);
  expect_old_is_untouched();
}

TEST_P(while_data_moves, a_peer_that_leaves_commands_behind_ends_the_transfer) {
  start();
  for (int count : {1, 10'000}) {
    for (bool by_reset : {false, true}) {
      SCOPED_TRACE(::testing::Message() << count << by_reset);
      auto client = served->login();
      auto data = open_upload(client);
      std::string much;
      for (int i = 0; i < count; ++i) much += "PWD\r\n";
      client.control().send_some(much);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      by_reset ? client.control().reset() : client.control().finish();
      EXPECT_TRUE(data.ended());
      expect_old_is_untouched();
    }
  }
  auto client = served->login();
  auto data = blocked_download(client);
  client.send("PWD\r\nPWD\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  client.control().reset();
  expect_broken(data);
}

// More than the session holds waits with the client, and is answered in order.
TEST_P(while_data_moves, many_commands_wait_and_keep_their_order) {
  auto client = start().login();
  auto data = open_upload(client);
  const int count = 20'000;
  std::string much;
  for (int i = 0; i < count; ++i) much += i % 2 ? "PWD\r\n" : "SYST\r\n";
  std::size_t sent = client.control().send_some(much);
  EXPECT_TRUE(client.silent(std::chrono::milliseconds(100)));
  std::jthread rest([&] { client.control().send(std::string_view(much).substr(sent)); });
  data.finish();
  auto& replies = client.control();
  const std::string stored = "226 Stored old.\r\n";
  std::string expected;
  for (int i = 0; i < count; ++i) expected += i % 2 ? "257 \"/\" is the current folder.\r\n" : "215 UNIX Type: L8\r\n";
  EXPECT_EQ(replies.receive(stored.size()), stored);
  EXPECT_TRUE(replies.receive(expected.size()) == expected);
}

TEST_P(while_data_moves, abor_stops_a_download) {
  auto client = start().login();
  auto data = blocked_download(client);
  client.send_line("ABOR");
  expect_aborted(client);
  expect_broken(data);
  auto again = client.passive();
  EXPECT_EQ(client.ask("RETR old").code, 150);
  EXPECT_EQ(again.receive_all(), "old content");
  EXPECT_EQ(client.read().code, 226);
}

TEST_P(while_data_moves, abor_stops_an_upload_and_nothing_is_published) {
  auto client = start().login();
  auto data = open_upload(client);
  client.send_line("ABOR");
  expect_aborted(client);
  expect_broken(data);
  expect_old_is_untouched();
}

// What was written in place stays (RFC 959 knows no other way).
TEST_P(while_data_moves, abor_keeps_what_was_appended) {
  auto client = start().login();
  auto data = open_upload(client, "APPE");
  client.send_line("ABOR");
  expect_aborted(client);
  auto left = served->stored.get("/old").value_or("");
  EXPECT_TRUE(left == "old content" || left == "old contentnew") << left;
}

// RFC 959 §4.1.3: Telnet IP and Synch before it. Clients differ in which byte is the urgent one.
TEST_P(while_data_moves, abor_is_heard_behind_a_telnet_synch) {
  auto client = start().login();
  for (int form = 0; form < 3; ++form) {
    SCOPED_TRACE(form);
    auto data = open_upload(client);
    client.control().send("\xFF\xF4");
    if (form == 0) {
      client.control().send_urgent('\xFF');
      client.control().send("\xF2");
    } else {
      client.control().send("\xFF");
      client.control().send_urgent('\xF2');
    }
    if (form == 2) std::this_thread::sleep_for(std::chrono::milliseconds(20));  // what is urgent comes alone
    client.send_line("ABOR");
    expect_aborted(client);
  }
  expect_old_is_untouched();
}

TEST_P(while_data_moves, abor_takes_back_a_passive_offer_that_nobody_took) {
  auto client = start().login();
  EXPECT_EQ(client.ask("EPSV").code, 229);
  EXPECT_EQ(client.ask("STOR new").code, 150);
  client.send_line("ABOR");
  expect_aborted(client);
  expect_old_is_untouched();
}

TEST_P(while_data_moves, abor_ends_an_active_connection_that_is_not_made) {
  auto client = start().login();
  wire_listener full(0, 0);
  auto filler = wire_socket::dial(full.port());  // the queue takes one: further calls are not answered
  client.active(full);
  client.send_line("RETR old");
  EXPECT_TRUE(client.silent(std::chrono::milliseconds(50)));
  client.send_line("ABOR");
  expect_aborted(client);
}

TEST_P(while_data_moves, a_storm_of_abor_is_answered_one_by_one) {
  auto client = start().login();
  for (int round = 0; round < 20; ++round) {
    auto data = client.passive();
    std::string storm;
    for (int i = 0; i < 100; ++i) storm += "ABOR\r\n";
    client.send(round % 2 ? "STOR new\r\n" + storm : "RETR old\r\n" + storm);
    int code = client.read().code;
    if (code == 150) code = client.read().code;
    EXPECT_TRUE(code == 426 || code == 226) << code;
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read().code, 226);
  }
  EXPECT_EQ(client.ask("NOOP").code, 200);
  expect_old_is_untouched();
}

TEST_P(while_data_moves, a_peer_that_leaves_an_upload_leaves_nothing) {
  start();
  for (bool by_reset : {false, true}) {
    for (bool with_queue : {false, true}) {
      for (bool data_ends : {false, true}) {
        SCOPED_TRACE(::testing::Message() << by_reset << with_queue << data_ends);
        auto client = served->login();
        auto data = open_upload(client);
        if (with_queue) {
          client.send("PWD\r\nPWD\r\n");
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        by_reset ? client.control().reset() : client.control().finish();
        // As the system does for a client that was killed.
        if (data_ends || with_queue) data.finish();
        EXPECT_TRUE(data.ended());
        expect_old_is_untouched();
      }
    }
  }
  EXPECT_FALSE(served->told.holds("bytes 226"));
}

// A client that is killed ends both connections at once, and the end of the data may come first.
TEST(cut_upload, of_a_peer_that_leaves_while_it_is_published_is_not) {
  std::mutex door;
  std::condition_variable opened;
  bool publishing = false, left = false;
  auto wait_there = [&](std::string_view operation, const auto&) -> std::optional<error> {
    std::unique_lock held(door);
    if (operation != "commit" || left) return std::nullopt;
    publishing = true;
    opened.notify_all();
    opened.wait(held, [&] { return left; });
    return std::nullopt;
  };
  running_server served(in_memory({.fault = wait_there}));
  left = true;
  served.stored.put("/old", "old content");
  left = false;
  for (std::string verb : {"STOR", "STOU"}) {
    auto client = served.login();
    auto data = client.passive();
    client.send(verb + " old\r\n");
    for (int code = 0; code != 150;) code = client.read().code;
    data.send("cut");
    data.finish();
    {
      std::unique_lock held(door);
      opened.wait(held, [&] { return publishing; });
    }
    client.control().finish();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    {
      std::unique_lock held(door);
      left = true;
      opened.notify_all();
    }
    EXPECT_TRUE(served.told.awaits("data.aborted"));
    EXPECT_EQ(served.stored.get("/old"), "old content");
    EXPECT_EQ(served.stored.snapshot().size(), 1u);
    std::unique_lock held(door);
    left = publishing = false;
  }
  EXPECT_FALSE(served.told.holds("bytes 226"));
  const std::lock_guard held(door);
  left = true;
}

TEST_P(while_data_moves, a_broken_data_connection_is_426) {
  auto client = start().login();
  open_upload(client).reset();
  EXPECT_EQ(client.read().code, 426);
  expect_old_is_untouched();
  blocked_download(client).reset();
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.ask("NOOP").code, 200);
}

TEST_P(while_data_moves, a_transfer_that_stalls_is_cut) {
  auto client = start(with(short_waits())).login();
  auto up = open_upload(client);
  EXPECT_EQ(client.read().code, 426);
  expect_broken(up);
  expect_old_is_untouched();
  auto down = blocked_download(client);
  EXPECT_EQ(client.read().code, 426);
  expect_broken(down);
  EXPECT_EQ(client.ask("NOOP").code, 200);
}

TEST_P(while_data_moves, a_transfer_that_is_slow_is_not_cut) {
  auto limit = brisk().limit;
  limit.stalled = std::chrono::seconds(2);
  auto client = start(with(limit)).login();
  auto data = client.passive();
  EXPECT_EQ(client.ask("STOR new").code, 150);
  for (int i = 0; i < 6; ++i) {
    data.send("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
  }
  data.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(served->stored.get("/new"), "xxxxxx");
}

TEST_P(while_data_moves, a_data_connection_that_is_not_made_is_425) {
  auto client = start(with(short_waits())).login();
  EXPECT_EQ(client.ask("EPSV").code, 229);
  EXPECT_EQ(client.ask("STOR new").code, 150);
  EXPECT_EQ(client.read().code, 425);
  std::uint16_t free = wire_listener().port();
  EXPECT_EQ(client.ask("EPRT |1|127.0.0.1|" + std::to_string(free) + "|").code, 200);
  EXPECT_EQ(client.ask("STOR new").code, 425);
  wire_listener full(0, 0);
  auto filler = wire_socket::dial(full.port());
  client.active(full);
  EXPECT_EQ(client.ask("STOR new").code, 425);
  expect_old_is_untouched();
}

// A session is idle between commands only.
TEST_P(while_data_moves, a_session_is_not_idle) {
  auto how = brisk();
  how.limit.idle = std::chrono::seconds(2);
  auto client = start(how).login();
  auto data = client.passive();
  EXPECT_EQ(client.ask("STOR new").code, 150);
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  data.send("late");
  data.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.read().code, 421);
  EXPECT_TRUE(client.ended());
}

// RFC 959 §3.2: what the client sends as data of a download means nothing, and does no harm.
TEST_P(while_data_moves, data_against_the_stream_does_no_harm) {
  auto client = start().login();
  auto data = client.passive();
  data.send("noise");
  EXPECT_EQ(client.ask("RETR old").code, 150);
  EXPECT_EQ(data.receive(11), "old content");
  EXPECT_EQ(client.read().code, 226);
}

TEST_P(while_data_moves, a_stop_of_the_server_lets_it_finish) {
  auto how = brisk();
  how.limit.stop = std::chrono::seconds(3600);
  auto client = start(how).login();
  auto idle = served->login();
  auto data = open_upload(client);
  served->stop();
  EXPECT_EQ(idle.read().code, 421);
  EXPECT_TRUE(idle.ended());
  EXPECT_EQ(client.ask("NOOP").code, 200);
  data.send(" and more");
  data.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.read().code, 421);
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(served->ended(support::patience));
  EXPECT_EQ(served->stored.get("/old"), "new and more");
}

TEST_P(while_data_moves, a_stop_of_the_server_cuts_it_in_the_end) {
  auto client = start().login();
  auto other = served->login();
  auto up = open_upload(client);
  auto down = blocked_download(other);
  client.send("STOR another\r\nSTOR yet_another\r\n");
  served->stop();
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.read().code, 421);
  EXPECT_EQ(other.read().code, 426);
  EXPECT_EQ(other.read().code, 421);
  EXPECT_TRUE(served->ended(support::patience));
  expect_old_is_untouched();
}

// draft-somers-ftp-mfxx-04 §5: all facts or none.
TEST(facts, that_cannot_all_be_set_stay_as_they_were) {
  running_server served(in_memory({.fault = [](std::string_view operation, const auto&) -> std::optional<error> {
    if (operation != "set_modified") return std::nullopt;
    return error{.id = "storage.denied", .cause = "this was ordered"};
  }}));
  served.stored.put("/f", "x");
  auto client = served.login();
  const auto before = served.stored.snapshot();
  EXPECT_EQ(client.ask("MFF Modify=20200102030405;UNIX.mode=600; /f").code, 550);
  EXPECT_EQ(served.stored.snapshot(), before);
  EXPECT_EQ(client.ask("MFF UNIX.mode=600; /f").code, 213);
  EXPECT_NE(served.stored.snapshot(), before);
}

TEST(root, itself_is_not_removed_or_renamed) {
  running_server served;
  auto client = served.login();
  for (auto line : {"RMD /", "RMDA /", "SITE RMTREE /"}) EXPECT_EQ(client.ask(line).code, 550) << line;
  if (client.ask("RNFR /").code == 350) {
    EXPECT_EQ(client.ask("RNTO /x").code, 550);
  }
}

// ESTP waits for who may never come, and hears ABOR meanwhile.
TEST(establishing, is_stopped_by_abor) {
  running_server served;
  served.stored.put("/f", "content");
  auto client = served.login();
  EXPECT_EQ(client.ask("EPSV").code, 229);
  client.send("ESTP\r\nABOR\r\n");
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.ask("ESTP").code, 503);
  auto data = client.passive();
  EXPECT_EQ(client.ask("ESTP").code, 225);
  EXPECT_EQ(client.ask("RETR nowhere").code, 550) << "which costs nothing";
  EXPECT_EQ(client.ask("RETR f").code, 125);
  EXPECT_EQ(data.receive_all(), "content");
  EXPECT_EQ(client.read().code, 226);
}

// What ALLO has set aside is nobody else's, until the upload that it was for.
TEST(transfers, have_the_room_that_allo_set_aside) {
  running_server served(in_memory({.capacity = 1000}));
  auto first = served.login();
  auto other = served.login();
  auto store = [](support::wire& by, const std::string& name, std::size_t size) {
    auto data = by.passive();
    auto said = by.ask("STOR " + name);
    if (said.code != 150) return said.code;
    try {
      data.send(std::string(size, 'x'));
      data.finish();
    } catch (const support::wire_reset&) {
      return by.read().code;  // it was refused halfway
    }
    return by.read().code;
  };
  EXPECT_EQ(first.ask("ALLO 800").code, 200);
  EXPECT_EQ(other.ask("ALLO 500 R 100").code, 452);
  EXPECT_EQ(store(other, "/large", 500), 452);
  EXPECT_EQ(store(first, "/mine", 700), 226);
  EXPECT_EQ(store(other, "/small", 200), 226);
  EXPECT_EQ(first.ask("ALLO 200").code, 452);
  // What was there in time and is not any more.
  EXPECT_EQ(first.ask("ALLO 100").code, 200);
  EXPECT_EQ(first.ask("DELE /mine").code, 250);
  EXPECT_EQ(other.ask("ALLO 700").code, 200);
  EXPECT_EQ(first.ask("ALLO 0").code, 200);
  EXPECT_EQ(store(other, "/again", 800), 226);
  // With the session it goes.
  EXPECT_EQ(other.ask("DELE /again").code, 250);
  EXPECT_EQ(first.ask("ALLO 800").code, 200);
  EXPECT_EQ(first.ask("REIN").code, 220);
  EXPECT_EQ(other.ask("ALLO 800").code, 200);
  auto reader = served.login("reader");
  EXPECT_EQ(reader.ask("ALLO 1").code, 202);
}

}  // namespace
}  // namespace ferry::server
