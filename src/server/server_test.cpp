// How a server begins and ends.
#include "server/server.hpp"

#include <gtest/gtest.h>

#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace std::chrono_literals;
using namespace test_support;

settings brisk_on(std::uint16_t port) {
  auto out = brisk();
  out.listen.front().at.port(port);
  return out;
}

class nobody : public accounts::directory {
 public:
  std::shared_ptr<const accounts::account> admits(std::string_view, const accounts::certificate&) const override {
    return nullptr;
  }
  bool open_to(std::string_view) const override { return false; }
  net::task<result<std::shared_ptr<const accounts::account>>> login(net::loop&, std::string, std::string,
                                                                    accounts::caller) override {
    co_return fail("accounts.refused", "the login was refused");
  }
};

result<void> bind(const settings& how) {
  nobody all;
  recording_journal told;
  server one(how, all, in_memory(), told);
  return one.bind();
}

TEST(server_test, a_port_of_another_server_is_refused) {
  running_server first;
  auto bound = bind(brisk_on(first.port));
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().id, "listen.in_use");
}

TEST(server_test, an_address_may_cover_another) {
  auto how = [] {
    running_server first;
    return brisk_on(first.port);
  }();
  how.listen.push_back({.at = {net::asio::ip::address_v4::any(), how.listen.front().at.port()}});
  auto bound = bind(how);
  EXPECT_TRUE(bound) << bound.error().cause;
}

TEST(server_test, that_stops_has_left_its_port_before_its_sessions_end) {
  auto how = brisk();
  how.limit.stop = 1h;
  auto served = std::make_unique<running_server>(in_memory(), how);
  auto client = served->login();
  auto data = client.passive();
  ASSERT_EQ(client.ask("STOR upload").code, 150);
  served->stop();
  const auto until = clock::now() + support::patience;
  while (!bind(brisk_on(served->port)) && clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_LT(clock::now(), until);
  data.finish();
  EXPECT_EQ(client.read().code, 226);
  EXPECT_EQ(client.read().code, 421);
  EXPECT_TRUE(served->ended(support::patience));
}

TEST(server_test, that_stops_does_not_wait_until_a_wrong_password_is_answered) {
  auto how = brisk();
  how.limit.login_delay = how.limit.login_delay_max = 1h;
  running_server served(in_memory(), how);
  auto client = served.connect();
  EXPECT_EQ(client.ask("USER alice").code, 331);
  client.send_line("PASS wrong");
  EXPECT_TRUE(client.silent(50ms));
  served.stop();
  EXPECT_EQ(client.read().code, 530);
  EXPECT_EQ(client.read().code, 421);
  EXPECT_TRUE(served.ended(support::patience));
}

}  // namespace
}  // namespace ferry::server
