#include "proto/ebcdic.hpp"

#include <gtest/gtest.h>
#include <iconv.h>

#include <string>

namespace ferry::proto {
namespace {

std::string wire(std::string text) {
  to_ebcdic(text);
  return text;
}

std::string home(std::string text) {
  from_ebcdic(text);
  return text;
}

std::string every_byte() {
  std::string out;
  for (int each = 0; each < 256; ++each) out += static_cast<char>(each);
  return out;
}

TEST(ebcdic, what_everybody_knows_of_it) {
  EXPECT_EQ(wire("AIJRSZ"), "\xc1\xc9\xd1\xd9\xe2\xe9");
  EXPECT_EQ(wire("airsz09 "), "\x81\x89\x99\xa2\xa9\xf0\xf9\x40");
  EXPECT_EQ(wire("[]^"), "\xad\xbd\x5f");  // where 1047 differs from 037
  EXPECT_EQ(wire("\n"), "\x15");
  EXPECT_EQ(home("\x25"), "\x85");
}

TEST(ebcdic, every_byte_comes_back) {
  EXPECT_EQ(home(wire(every_byte())), every_byte());
  EXPECT_EQ(wire(home(every_byte())), every_byte());
}

// The system's own table, where it has one.
TEST(ebcdic, is_code_page_1047) {
  auto open = iconv_open("ISO-8859-1", "IBM1047");
  if (open == iconv_t(-1)) GTEST_SKIP() << "this system's iconv does not know IBM1047";
  auto from = every_byte();
  std::string to(256, '\0');
  char* in = from.data();
  char* out = to.data();
  std::size_t left = from.size(), room = to.size();
  EXPECT_EQ(iconv(open, &in, &left, &out, &room), 0u);
  iconv_close(open);
  std::swap(to[0x15], to[0x25]);
  EXPECT_EQ(home(every_byte()), to);
}

}  // namespace
}  // namespace ferry::proto
