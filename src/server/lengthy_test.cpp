// Commands that take long without moving data: seen by STAT, stopped by ABOR and by the loss of the control connection,
// and no burden to others.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using support::wire;

class lengthy : public ::testing::Test {
 protected:
  // A digest of this file takes longer than anybody waits: it is a hole of a tebibyte.
  lengthy() {
    std::ofstream(folder.path() + "/endless").put('x');
    std::filesystem::resize_file(folder.path() + "/endless", std::uintmax_t{1} << 40);
    served.stored.put("/small", "123456789");
  }

  static void await_status(wire& client, const std::string& text) {
    for (auto until = clock::now() + support::patience; clock::now() < until;) {
      client.send("\xff\xf4\xff\xf2");  // a Telnet Synch
      auto status = client.ask("STAT");
      if (status.text().find(text) != std::string::npos) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL() << "no status said: " << text;
  }

  wire begin(const std::string& command = "HASH /endless") {
    auto client = served.login();
    client.send_line(command);
    await_status(client, " of 1099511627776 bytes");
    return client;
  }

  temporary_folder folder;
  running_server served{in_folder(folder.path())};
};

TEST_F(lengthy, is_stopped_by_abor) {
  for (const char* command : {"HASH /endless", "XCRC /endless", "XSHA512 \"/endless\" 0 2000000000000"}) {
    auto client = begin(command);
    client.send_line("ABOR");
    EXPECT_EQ(client.read().code, 426) << command;
    EXPECT_EQ(client.read().code, 226) << command;
    EXPECT_EQ(client.ask("XCRC /small").text(), "CBF43926") << command;
  }
}

TEST_F(lengthy, a_copy_that_is_stopped_leaves_nothing) {
  served.stored.put("/copy", "old");
  auto client = served.login();
  EXPECT_EQ(client.ask("SITE CPFR /endless").code, 350);
  client.send_line("SITE CPTO /copy");
  await_status(client, " of 1099511627776 bytes");
  client.send_line("ABOR");
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(served.stored.get("/copy"), "old");
}

TEST_F(lengthy, a_removal_that_is_stopped_leaves_what_it_has_not_come_to) {
  std::filesystem::create_directory(folder.path() + "/many");
  for (int i = 0; i < 5000; ++i) std::ofstream(folder.path() + "/many/" + std::to_string(i)).put('x');
  auto client = served.login();
  client.send("SITE RMTREE /many\r\nABOR\r\n");
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.ask("CWD /many").code, 250);
  EXPECT_EQ(client.ask("CWD /").code, 250);
  EXPECT_EQ(client.ask("SITE RMTREE /many").code, 250);
  EXPECT_EQ(client.ask("CWD /many").code, 550);
}

TEST_F(lengthy, lets_others_wait_their_turn) {
  auto client = begin();
  client.send("NOOP\r\nSIZE /small\r\nABOR\r\n");
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.read().code, 200);
  EXPECT_EQ(client.read().text(), "9");
}

TEST_F(lengthy, ends_with_the_control_connection) {
  auto left = begin();
  left.control().finish();
  EXPECT_TRUE(served.told.awaits("426 "));
  EXPECT_TRUE(served.told.awaits("closed: the peer left"));
  auto broken = begin();
  const auto before = served.told.lines().size();
  broken.control().reset();
  for (auto until = clock::now() + support::patience; served.told.lines().size() < before + 2;) {
    ASSERT_LT(clock::now(), until) << "it goes on";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST_F(lengthy, ends_with_the_server) {
  auto client = begin();
  served.stop();
  EXPECT_EQ(client.read().code, 426);
  EXPECT_EQ(client.read().code, 421);
  EXPECT_TRUE(served.ended(std::chrono::seconds(20)));
}

TEST_F(lengthy, many_leave_room_for_others) {
  std::vector<wire> busy;
  for (int i = 0; i < 40; ++i) busy.push_back(begin());
  auto client = served.login();
  EXPECT_EQ(client.ask("XCRC /small").text(), "CBF43926");
  auto data = client.passive();
  EXPECT_EQ(client.ask("STOR /new").code, 150);
  data.send("new");
  data.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(served.stored.get("/new"), "new");
}

TEST_F(lengthy, tells_of_a_file_that_became_shorter) {
  auto client = begin("XCRC /endless");
  std::filesystem::resize_file(folder.path() + "/endless", 1);
  EXPECT_EQ(client.read().code, 451);
  EXPECT_EQ(client.ask("XCRC /endless").code, 250);
}

}  // namespace
}  // namespace ferry::server
