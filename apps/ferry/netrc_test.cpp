#include "ferry/netrc.hpp"

#include <gtest/gtest.h>

namespace ferry::cli {
namespace {

constexpr std::string_view file = R"(# logins
machine ftp.example.org login alice password "two words"
macdef init
machine trap login mallory password x

machine example.net
  login bob
  password p\"q\\
  account blue
machine example.net login carol password c
default login anonymous password me@
)";

TEST(netrc, finds_host_whatever_its_case) {
  auto found = find_login(file, "FTP.example.org");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user, "alice");
  EXPECT_EQ(found->password, "two words");
}

TEST(netrc, finds_user_of_host) {
  EXPECT_EQ(find_login(file, "example.net")->user, "bob");
  EXPECT_EQ(find_login(file, "example.net")->account, "blue");
  EXPECT_EQ(find_login(file, "example.net")->password, "p\"q\\");
  EXPECT_EQ(find_login(file, "example.net", "carol")->password, "c");
}

TEST(netrc, macro_is_no_entry) { EXPECT_EQ(find_login(file, "trap")->user, "anonymous"); }

TEST(netrc, default_only_for_its_own_user) {
  EXPECT_EQ(find_login(file, "other")->user, "anonymous");
  EXPECT_FALSE(find_login(file, "other", "dave"));
}

TEST(netrc, cut_short_anywhere_is_harmless) {
  for (std::size_t i = 0; i <= file.size(); ++i) find_login(file.substr(0, i), "example.net");
}

}  // namespace
}  // namespace ferry::cli
