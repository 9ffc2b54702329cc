// Which address PASV names.
#include "server/advertise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/server.hpp"
#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using testing::HasSubstr;

net::address parsed(const char* text) { return net::asio::ip::make_address(text); }

advertise_rule told_to(const char* clients, advertised what) { return {{*net::address_range::parse(clients)}, what}; }

std::string answer(support::wire& user, const std::string& command = "PASV") { return user.ask(command).text(); }

support::wire log_in(running_server& at, const std::string& from) {
  auto out = at.connect(from);
  out.ask("USER alice");
  out.ask("PASS secret");
  return out;
}

TEST(advertise, the_first_rule_for_a_client_counts) {
  auto how = brisk();
  how.passive.advertise.address = parsed("203.0.113.7");
  how.passive.networks = {told_to("127.0.0.2", {.address = parsed("192.0.2.2"), .name = {}}),
                          told_to("127.0.0.2/31", {}),
                          told_to("127.0.0.0/30", {.address = parsed("192.0.2.3"), .name = {}})};
  running_server served(in_memory(), how);
  auto first = log_in(served, "127.0.0.2"), second = log_in(served, "127.0.0.3"), third = log_in(served, "127.0.0.1"),
       last = log_in(served, "127.0.0.4");
  EXPECT_THAT(answer(first), HasSubstr("(192,0,2,2,"));
  EXPECT_THAT(answer(second), HasSubstr("(127,0,0,1,")) << "auto: what it dialled";
  EXPECT_THAT(answer(third), HasSubstr("(192,0,2,3,"));
  EXPECT_THAT(answer(last), HasSubstr("(203,0,113,7,"));
  EXPECT_THAT(answer(first, "LPSV"), HasSubstr("(4,4,192,0,2,2,"));
}

TEST(advertise, a_name_is_what_it_is_resolved_to) {
  auto how = brisk();
  how.passive.advertise.name = "ftp.example.org";
  running_server served(in_memory(), how);
  auto user = log_in(served, "127.0.0.1");
  auto refused = user.ask("PASV");
  EXPECT_EQ(refused.code, 425);
  EXPECT_THAT(refused.text(), HasSubstr("ftp.example.org"));
  EXPECT_THAT(refused.text(), HasSubstr("use EPSV"));
  EXPECT_EQ(user.ask("LPSV").code, 425);
  EXPECT_EQ(user.ask("EPSV").code, 229);
  served.resolved("ftp.example.org", fail("names.lookup", "no such name"));
  EXPECT_THAT(answer(user), HasSubstr("no such name"));
  served.resolved("ftp.example.org", parsed("203.0.113.7"));
  EXPECT_THAT(answer(user), HasSubstr("(203,0,113,7,"));
  served.resolved("ftp.example.org", fail("names.lookup", "no answer"));
  EXPECT_THAT(answer(user), HasSubstr("(203,0,113,7,")) << "the last address stays";
  served.resolved("ftp.example.org", parsed("203.0.113.8"));
  EXPECT_THAT(answer(user), HasSubstr("(203,0,113,8,"));
}

TEST(advertise, each_name_is_wanted_once) {
  passive_settings how;
  EXPECT_TRUE(names_in(how).empty());
  how.advertise.name = "b";
  how.networks = {told_to("10.0.0.0/8", {.address = {}, .name = "a"}), told_to("::/0", {.address = {}, .name = "b"}),
                  told_to("127.0.0.1", {})};
  EXPECT_THAT(names_in(how), testing::ElementsAre("a", "b"));
}

TEST(active, who_names_another_address_is_told_which_one_the_server_sees) {
  running_server served;
  auto user = log_in(served, "127.0.0.3");
  for (auto command : {"PORT 192,168,1,2,31,144", "EPRT |1|192.168.1.2|8080|", "LPRT 4,4,192,168,1,2,2,31,144"}) {
    const auto refused = user.ask(command);
    EXPECT_EQ(refused.code, 501) << command;
    EXPECT_THAT(refused.text(), HasSubstr("192.168.1.2 is not your address: the server sees you at 127.0.0.3"))
        << command;
  }
}

}  // namespace
}  // namespace ferry::server
