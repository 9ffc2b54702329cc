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

}  // namespace
}  // namespace ferry::server
