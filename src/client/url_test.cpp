#include "client/url.hpp"

#include <gtest/gtest.h>

namespace ferry::client {
namespace {

TEST(Url, NamesAServerAndAPath) {
  auto u = parse_url("ftp://ann:s%40cret@ftp.example.org:2121/pub/a%20b.txt;type=a");
  ASSERT_TRUE(u) << u.error().cause;
  EXPECT_EQ(u->host, "ftp.example.org");
  EXPECT_EQ(u->port, 2121);
  EXPECT_EQ(u->user, "ann");
  EXPECT_EQ(u->password, "s@cret");
  EXPECT_EQ(u->path, "pub/a b.txt");
  EXPECT_EQ(u->type, url::data_type::ascii);
  EXPECT_FALSE(u->folder());
  EXPECT_EQ(u->text(), "ftp://ann@ftp.example.org:2121/pub/a%20b.txt;type=a");
}

TEST(Url, IsRelativeToTheLoginUnlessASlashIsMeant) {
  EXPECT_EQ(parse_url("ftp://h/etc/motd")->path, "etc/motd");
  EXPECT_EQ(parse_url("ftp://h/%2Fetc/motd")->path, "/etc/motd");
  EXPECT_EQ(parse_url("ftp://h//etc/motd")->path, "/etc/motd");
  EXPECT_EQ(parse_url("ftp://h")->path, "");
  EXPECT_EQ(parse_url("ftp://h/")->path, "");
  EXPECT_TRUE(parse_url("ftp://h/pub/")->folder());
  EXPECT_EQ(parse_url("ftp://h/%2Fetc/motd")->text(), "ftp://h/%2Fetc/motd");
}

TEST(Url, HasTheSchemesPort) {
  EXPECT_EQ(parse_url("ftps://h/x")->port, 990);
  EXPECT_EQ(parse_url("FTPES://h/x")->port, 21);
  EXPECT_EQ(parse_url("FTPES://h/x")->how, scheme::ftpes);
}

TEST(Url, TakesAddresses) {
  EXPECT_EQ(parse_url("ftp://127.0.0.1:2121/x")->host, "127.0.0.1");
  auto u = parse_url("ftp://[2001:db8::1]:2121/x");
  ASSERT_TRUE(u) << u.error().cause;
  EXPECT_EQ(u->host, "2001:db8::1");
  EXPECT_EQ(u->text(), "ftp://[2001:db8::1]:2121/x");
}

TEST(Url, TakesWhatPeopleType) {
  auto u = parse_url("ftp://me@corp.example:p#w@h/a b#1?/\xc3\xa4[1].txt");
  ASSERT_TRUE(u) << u.error().cause;
  EXPECT_EQ(u->user, "me@corp.example");
  EXPECT_EQ(u->password, "p#w");
  EXPECT_EQ(u->path, "a b#1?/\xc3\xa4[1].txt");
  EXPECT_EQ(parse_url(u->text())->path, u->path);
}

TEST(Url, WhatIsEscapedIsNoPattern) {
  EXPECT_EQ(parse_url("ftp://h/a/*.[ch]")->pattern, "*.[ch]");
  EXPECT_EQ(parse_url("ftp://h/a/x%5B1%5D%2a%3F.*;type=i")->pattern, "x\\[1\\]\\*\\?.*");
  EXPECT_EQ(parse_url("ftp://h/*/b%2Fc%20d?")->pattern, "c d?");
  EXPECT_EQ(parse_url("ftp://h/a/b*/")->pattern, "b*");
  EXPECT_EQ(parse_url("ftp://h")->pattern, "");
}

TEST(Url, AnonymousWithoutAUser) {
  EXPECT_EQ(parse_url("ftp://h/x")->where().user, "anonymous");
  EXPECT_EQ(parse_url("ftp://ann@h/x")->where().password, "");
}

TEST(Url, RefusesWhatCannotBeSent) {
  EXPECT_EQ(parse_url("ftp://h/a%0d%0aDELE%20b").error().id, "url.control");
  EXPECT_EQ(parse_url("ftp://h/a%00").error().id, "url.control");
  EXPECT_EQ(parse_url("ftp://a%0ab:c@h/").error().id, "url.control");
  EXPECT_EQ(parse_url("http://h/").error().id, "url.scheme");
  EXPECT_EQ(parse_url("h/x").error().id, "url.malformed");
  EXPECT_EQ(parse_url("ftp:///x").error().id, "url.host");
  EXPECT_EQ(parse_url("ftp://h:99999/x").error().id, "url.malformed");
  EXPECT_EQ(parse_url("ftp://h/%zz").error().id, "url.malformed");
  EXPECT_EQ(parse_url("ftp://h/x;type=q").error().id, "url.type");
}

}  // namespace
}  // namespace ferry::client
