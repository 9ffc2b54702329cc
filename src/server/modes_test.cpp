// Modes B and C: one data connection for many files, whatever becomes of each of them.
#include <gtest/gtest.h>

#include <thread>

#include "server/test_support/running_server.hpp"
#include "transfer/test_support/wire_forms.hpp"

namespace ferry::server {
namespace {

using namespace std::literals;
using namespace test_support;
using support::wire;
using support::wire_socket;
using transfer::transfer_mode;

constexpr std::size_t big = 24 << 20;  // more than the system takes ahead of a reader

// What goes over a data connection that stays open, in either mode.
class channel {
 public:
  channel(wire_socket data, transfer_mode mode)
      : data_(std::move(data)), by_{.type = transfer::data_type::image, .mode = mode} {}

  std::string file(std::string_view content) const {
    return transfer::encoded(transfer::encoding(by_), content, content.size() + 1).bytes;
  }
  void send(std::string_view content) { data_.send(file(content)); }

  // The next file: "content", or the id of what went wrong behind what came.
  std::string receive() {
    transfer::decoding how(by_);
    std::string out;
    std::span<const char> in = ahead_;
    for (;;) {
      auto came = how.decode(in, out);
      if (came && *came == transfer::decoding::came::much) continue;
      std::string left(in.begin(), in.end());
      ahead_ = std::move(left);
      if (!came) return out + "<" + std::string(came.error().id) + ">";
      if (*came == transfer::decoding::came::end) return out;
      if (*came == transfer::decoding::came::all && !data_.receive_some(ahead_)) return out + "<closed>";
      in = ahead_;
    }
  }

  wire_socket& socket() { return data_; }

 private:
  wire_socket data_;
  transfer::parameters by_;
  std::string ahead_;
};

class kept_connection : public ::testing::TestWithParam<std::tuple<const char*, transfer_mode>> {
 protected:
  transfer_mode mode() const { return std::get<1>(GetParam()); }

  wire start(settings how = brisk(), storage::memory_options files = {}) {
    const bool local = std::get<0>(GetParam()) == "folder"sv;
    served = std::make_unique<running_server>(local ? in_folder(folder.path()) : in_memory(std::move(files)),
                                              std::move(how));
    served->stored.put("/old", "old content");
    return enter("alice");
  }
  wire enter(const std::string& user) {
    auto client = served->login(user);
    EXPECT_EQ(client.ask("TYPE I").code, 200);
    EXPECT_EQ(client.ask(mode() == transfer_mode::block ? "MODE B" : "MODE C").code, 200);
    return client;
  }
  channel open(wire& client) { return {client.passive(), mode()}; }

  static std::string codes(wire& client, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += std::to_string(client.read().code) + " ";
    return out;
  }

  temporary_folder folder;
  std::unique_ptr<running_server> served;
};

INSTANTIATE_TEST_SUITE_P(over, kept_connection,
                         ::testing::Combine(::testing::Values("memory", "folder"),
                                            ::testing::Values(transfer_mode::block, transfer_mode::compressed)),
                         [](const auto& of) {
                           return std::get<0>(of.param) + std::string("_mode_") +
                                  (std::get<1>(of.param) == transfer_mode::block ? "b" : "c");
                         });

TEST_P(kept_connection, files_go_both_ways_as_long_as_they_come) {
  auto client = start();
  auto data = open(client);
  int first = 150;
  for (std::size_t size : {0, 1, 63, 1000, 65535, 65536, 1'000'000}) {
    std::string content(size, 'x');
    for (std::size_t i = 0; i < size; i += 97) content[i] = static_cast<char>(i);
    client.send_line("STOR new");
    data.send(content);
    EXPECT_EQ(codes(client, 2), std::to_string(std::exchange(first, 125)) + " 250 ");
    EXPECT_TRUE(served->stored.get("/new") == content);
    client.send_line("RETR new");
    EXPECT_TRUE(data.receive() == content);
    EXPECT_EQ(codes(client, 2), "125 250 ");
    client.send_line("NLST");
    EXPECT_EQ(data.receive(), "new\r\nold\r\n");
    EXPECT_EQ(codes(client, 2), "125 250 ");
  }
}

TEST_P(kept_connection, the_log_has_the_bytes_of_the_file) {
  auto client = start();
  auto data = open(client);
  client.send_line("STOR new");
  data.send("12345");
  EXPECT_EQ(codes(client, 2), "150 250 ");
  client.send_line("RETR old");
  EXPECT_EQ(data.receive(), "old content");
  EXPECT_EQ(codes(client, 2), "125 250 ");
  EXPECT_TRUE(served->told.awaits("transferred STOR /new 5 bytes 250"));
  EXPECT_TRUE(served->told.awaits("transferred RETR /old 11 bytes 250"));
}

TEST_P(kept_connection, downloads_in_a_row_of_which_some_fail) {
  auto client = start();
  served->stored.put("/big", std::string(3'000'000, 'b'));
  served->stored.folder("/folder");
  auto data = open(client);
  client.send(
      "RETR old\r\nRETR nowhere\r\nRETR folder\r\nRETR big\r\nREST 99\r\nRETR old\r\nREST 4\r\nRETR old\r\n"
      "NLST nowhere\r\nRETR old\r\n");
  EXPECT_EQ(data.receive(), "old content");
  EXPECT_TRUE(data.receive() == std::string(3'000'000, 'b'));
  EXPECT_EQ(data.receive(), "content");
  EXPECT_EQ(data.receive(), "old content");
  EXPECT_EQ(codes(client, 14), "150 250 550 550 125 250 350 554 350 125 250 550 125 250 ");
}

// What the client sends without waiting meets the command that it belongs to, in every mixture.
TEST_P(kept_connection, uploads_in_a_row_of_which_some_fail) {
  auto client = start();
  served->stored.folder("/folder");
  EXPECT_EQ(client.ask("OPTS MODE B PIPELINE ON").code, 200);
  auto data = open(client);
  client.send_line("RETR old");
  EXPECT_EQ(data.receive(), "old content");
  EXPECT_EQ(codes(client, 2), "150 250 ");
  for (unsigned good = 0; good < 16; ++good) {
    const auto content = [good](unsigned i) { return std::to_string(good * 4 + i) + std::string(i * 40'000, 'c'); };
    std::string commands, files, wanted;
    for (unsigned i = 0; i < 4; ++i) {
      const bool works = good & (1u << i);
      commands += works ? "STOR " + std::to_string(i) + "\r\n" : i % 2 ? "STOR folder\r\n" : "STOR\r\n";
      wanted += works ? "125 250 " : i % 2 ? "550 " : "501 ";
      files += data.file(content(i));
    }
    client.send(commands + "RETR old\r\n");
    data.socket().send(files);
    EXPECT_EQ(data.receive(), "old content");
    wanted += "125 250 ";
    EXPECT_EQ(codes(client, static_cast<std::size_t>(std::ranges::count(wanted, ' '))), wanted) << good;
    for (unsigned i = 0; i < 4; ++i) {
      if (good & (1u << i)) EXPECT_TRUE(served->stored.get("/" + std::to_string(i)) == content(i));
    }
  }
}

TEST_P(kept_connection, uploads_for_which_there_is_no_room) {
  if (std::get<0>(GetParam()) == "folder"sv) return;
  auto client = start(brisk(), {.capacity = 2'000'000});
  EXPECT_EQ(client.ask("OPTS MODE C PIPELINE ON").code, 200);
  auto data = open(client);
  client.send("STOR one\r\nSTOR large\r\nSTOR two\r\n");
  // The refusal comes before the file has been sent.
  const auto large = data.file(std::string(10'000'000, 'l') + std::string(5'000'000, '\1'));
  data.send("1");
  data.socket().send(std::string_view(large).substr(0, large.size() / 2));
  EXPECT_EQ(codes(client, 2), "150 250 ");
  if (mode() == transfer_mode::block) EXPECT_EQ(codes(client, 2), "125 452 ");
  data.socket().send(std::string_view(large).substr(large.size() / 2));
  data.send("2");
  if (mode() == transfer_mode::compressed) EXPECT_EQ(codes(client, 2), "125 452 ");
  EXPECT_EQ(codes(client, 2), "125 250 ");
  EXPECT_EQ(served->stored.get("/one"), "1");
  EXPECT_EQ(served->stored.get("/two"), "2");
  EXPECT_EQ(served->stored.get("/large"), std::nullopt);
}

// Who does not promise to send each file all the same is not waited for.
TEST_P(kept_connection, without_the_option_a_refused_upload_takes_nothing) {
  auto client = start();
  served->stored.folder("/folder");
  auto data = open(client);
  client.send_line("STOR folder");
  EXPECT_EQ(codes(client, 1), "550 ");
  client.send_line("STOR new");
  data.send("new");
  EXPECT_EQ(codes(client, 2), "150 250 ");
  client.send("STOR folder\r\nRETR new\r\n");
  EXPECT_EQ(codes(client, 3), "550 125 250 ");
  EXPECT_EQ(data.receive(), "new");
}

TEST_P(kept_connection, without_the_option_an_upload_that_fails_halfway_closes_it) {
  if (std::get<0>(GetParam()) == "folder"sv) return;
  auto client = start(brisk(), {.capacity = 1'000'000});
  auto data = open(client);
  client.send_line("STOR large");
  EXPECT_EQ(codes(client, 1), "150 ");
  auto large = data.file(std::string(2'000'000, 'l') + std::string(10'000'000, '\1'));
  large.resize(large.size() / 2);
  std::thread sender([&] {
    try {
      for (;;) data.socket().send(large);
    } catch (const support::wire_error&) {
      return;  // which is what is hoped for
    }
  });
  EXPECT_EQ(codes(client, 1), "452 ");
  sender.join();
  client.send_line("RETR old");
  EXPECT_EQ(codes(client, 1), "425 ");
}

TEST_P(kept_connection, abor_closes_it) {
  auto client = start();
  served->stored.put("/big", std::string(big, '\1') + std::string(big, '\2'));
  for (bool upload : {false, true}) {
    auto data = open(client);
    client.send_line("RETR old");
    EXPECT_EQ(data.receive(), "old content");
    EXPECT_EQ(codes(client, 2), "150 250 ");
    client.send_line(upload ? "STOR half" : "RETR big");
    if (upload) data.socket().send("\0\0"sv);
    EXPECT_EQ(codes(client, 1), "125 ");
    client.send("ABOR\r\nRETR old\r\nPWD\r\n");
    auto said = codes(client, 4);
    // In mode C the kernel may have taken the whole of it.
    EXPECT_TRUE(said == "426 226 425 257 " || (said == "250 226 425 257 " && !upload)) << said;
    EXPECT_EQ(served->stored.get("/half"), std::nullopt);
  }
}

TEST_P(kept_connection, abor_ends_the_reading_of_a_refused_upload) {
  auto client = start();
  served->stored.folder("/folder");
  EXPECT_EQ(client.ask("OPTS MODE B PIPELINE ON").code, 200);
  auto data = open(client);
  client.send_line("STOR folder");
  EXPECT_EQ(codes(client, 1), "550 ");
  data.socket().send("\0\0"sv);
  EXPECT_EQ(client.ask("NOOP").code, 200);
  client.send_line("PWD");
  EXPECT_TRUE(client.silent(50ms));
  client.send_line("ABOR");
  EXPECT_EQ(codes(client, 2), "226 257 ");
  EXPECT_TRUE(data.socket().ended());
}

TEST_P(kept_connection, what_follows_a_broken_one_is_refused_at_once) {
  auto client = start();
  EXPECT_EQ(client.ask("OPTS MODE B PIPELINE ON").code, 200);
  for (bool by_reset : {false, true}) {
    auto data = open(client);
    client.send_line("STOR one");
    data.send("one");
    EXPECT_EQ(codes(client, 2), "150 250 ");
    std::string many;
    for (int i = 0; i < 200; ++i) many += i % 2 ? "STOR two\r\n" : "RETR old\r\n";
    client.send_line("STOR two");
    data.socket().send("\0\0"sv);
    by_reset ? data.socket().reset() : data.socket().finish();
    client.send(many);
    EXPECT_EQ(codes(client, 2), "125 426 ");
    const auto before = clock::now();
    for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read().code, 425);
    EXPECT_LT(clock::now() - before, 3s);
    EXPECT_EQ(served->stored.get("/one"), "one");
    EXPECT_EQ(served->stored.get("/two"), std::nullopt);
  }
}

// The files were sent before the end: they count.
TEST_P(kept_connection, uploads_that_the_peer_has_closed_behind) {
  auto client = start();
  EXPECT_EQ(client.ask("OPTS MODE B PIPELINE ON").code, 200);
  auto data = open(client);
  data.send("one");
  data.send("two");
  data.socket().finish();
  client.send("STOR one\r\nSTOR two\r\nSTOR three\r\nRETR old\r\n");
  EXPECT_EQ(codes(client, 6), "150 250 125 250 425 425 ");
  EXPECT_EQ(served->stored.get("/one"), "one");
  EXPECT_EQ(served->stored.get("/two"), "two");
}

TEST_P(kept_connection, it_is_closed_when_it_is_idle) {
  auto how = brisk();
  how.limit.data_idle = 1s;
  auto client = start(how);
  auto data = open(client);
  client.send_line("RETR old");
  EXPECT_EQ(data.receive(), "old content");
  EXPECT_EQ(codes(client, 2), "150 250 ");
  EXPECT_TRUE(data.socket().ended());
  EXPECT_NE(client.ask("STAT").text().find("No data connection"), std::string::npos);
  EXPECT_EQ(client.ask("RETR old").code, 425);
}

TEST_P(kept_connection, what_closes_it) {
  auto client = start();
  for (const std::string command : {"MODE S", "EPSV", "USER alice", "REIN", "QUIT"}) {
    SCOPED_TRACE(command);
    auto another = enter("alice");
    auto data = open(another);
    another.send_line("RETR old");
    EXPECT_EQ(data.receive(), "old content");
    EXPECT_EQ(codes(another, 2), "150 250 ");
    EXPECT_TRUE(another.ask(command).code / 100 == 2 || command.starts_with("USER"));
    EXPECT_TRUE(data.socket().ended());
  }
}

TEST_P(kept_connection, what_leaves_it_open) {
  auto client = start();
  auto data = open(client);
  client.send_line("RETR old");
  EXPECT_EQ(data.receive(), "old content");
  EXPECT_EQ(codes(client, 2), "150 250 ");
  for (const std::string command :
       {"NOOP", "TYPE A", "STRU R", "STRU F", "TYPE I", "CWD /", "PWD", "MKD x", "DELE nowhere", "MODE Q",
        "RETR nowhere", "STAT", "SIZE old", "OPTS MODE Z LEVEL 1", "NLST nowhere"}) {
    client.ask(command);
    client.send_line("RETR old");
    EXPECT_EQ(data.receive(), "old content") << command;
    EXPECT_EQ(codes(client, 2), "125 250 ") << command;
  }
}

TEST_P(kept_connection, a_client_that_leaves_an_upload_leaves_nothing) {
  auto client = start();
  for (bool by_reset : {false, true}) {
    auto another = enter("alice");
    auto data = open(another);
    another.send("STOR one\r\nSTOR two\r\n");
    data.send("one");
    data.socket().send("\0\0"sv);
    EXPECT_EQ(codes(another, 3), "150 250 125 ");
    by_reset ? another.control().reset() : another.control().finish();
    EXPECT_TRUE(data.socket().ended());
    EXPECT_EQ(served->stored.get("/one"), "one");
    EXPECT_EQ(served->stored.get("/two"), std::nullopt);
  }
}

TEST_P(kept_connection, thousands_of_small_files_without_a_round_trip) {
  auto client = start();
  EXPECT_EQ(client.ask("OPTS MODE B PIPELINE ON").code, 200);
  auto data = open(client);
  constexpr int count = 2000;
  std::thread sender([&] {
    std::string files;
    for (int i = 0; i < count; ++i) files += data.file("content " + std::to_string(i));
    data.socket().send(files);
  });
  std::string commands;
  for (int i = 0; i < count; ++i) commands += "STOR " + std::to_string(i) + "\r\n";
  client.send(commands);
  for (int i = 0; i < count; ++i) ASSERT_EQ(codes(client, 2), i == 0 ? "150 250 " : "125 250 ") << i;
  sender.join();
  commands.clear();
  for (int i = 0; i < count; ++i) commands += "RETR " + std::to_string(i) + "\r\n";
  client.send(commands);
  for (int i = 0; i < count; ++i) ASSERT_EQ(data.receive(), "content " + std::to_string(i));
  for (int i = 0; i < count; ++i) ASSERT_EQ(codes(client, 2), "125 250 ");
}

}  // namespace
}  // namespace ferry::server
