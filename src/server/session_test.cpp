// Dialogues with a whole session that no transcript can tell.
#include <gtest/gtest.h>

#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;

TEST(session, serves_a_file) {
  running_server served;
  served.stored.put("/hello.txt", "hello");
  auto client = served.login("reader");
  auto data = client.passive();
  EXPECT_EQ(client.ask("RETR hello.txt").code, 150);
  EXPECT_EQ(data.receive_all(), "hello");
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.ask("QUIT").code, 221);
  EXPECT_TRUE(client.ended());
}

TEST(session, tells_the_journal_what_it_refused) {
  running_server served;
  auto client = served.login("reader");
  EXPECT_EQ(client.ask("RETR missing").code, 550);
  EXPECT_TRUE(served.told.holds("refused command RETR missing: 550 ")) << "before the transfer had begun";
  EXPECT_EQ(client.ask("DELE missing").code, 550);
  EXPECT_TRUE(served.told.holds("refused command DELE missing: 550 "));
}

}  // namespace
}  // namespace ferry::server
