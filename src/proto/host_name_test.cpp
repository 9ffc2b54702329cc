#include "proto/host_name.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

TEST(host_name, is_one_however_it_is_written) {
  EXPECT_EQ(read_host_name("FTP.Example.COM."), "ftp.example.com");
  EXPECT_EQ(read_host_name("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(read_host_name("[2001:DB8::1]"), "[2001:db8::1]");
  EXPECT_EQ(read_host_name("bücher.example"), "bücher.example");
}

TEST(host_name, that_can_be_none_is_not_read) {
  for (auto text : {"", "[]", "a b", "2001:db8::1", "a/b", "user@host", "a\"b"}) {
    EXPECT_FALSE(read_host_name(text)) << text;
  }
}

}  // namespace
}  // namespace ferry::proto
