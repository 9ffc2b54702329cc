#include "proto/charset.hpp"

#include <gtest/gtest.h>

#include <random>

namespace ferry::proto {
namespace {

const std::vector<std::string> charsets = {"ISO-8859-1", "CP1252", "ISO-8859-15", "KOI8-R",      "CP437", "CP932",
                                           "EUC-JP",     "GBK",    "BIG5",        "ISO-2022-JP", "UTF-8"};

std::string to(const std::string& charset, std::string_view text) {
  return charset::open(charset).value()->to_client(text);
}
std::optional<std::string> from(const std::string& name, std::string_view text) {
  return charset::open(name).value()->from_client(text);
}

TEST(charset, has_the_characters_that_it_has) {
  EXPECT_EQ(to("ISO-8859-1", "caf\u00e9"), "caf\xe9");
  EXPECT_EQ(from("ISO-8859-1", "caf\xe9"), "caf\u00e9");
  EXPECT_EQ(to("KOI8-R", "\u0416"), "\xf6");
  EXPECT_EQ(to("CP1252", "\u20ac"), "\x80");
  EXPECT_EQ(to("CP932", "\u3042"), "\x82\xa0");
}

TEST(charset, escapes_what_it_lacks) {
  EXPECT_EQ(to("ISO-8859-1", "\u20ac"), "%E2%82%AC");
  EXPECT_EQ(from("ISO-8859-1", "%E2%82%AC"), "\u20ac");
  EXPECT_EQ(to("ISO-8859-1",
               "a\xff"
               "b"),
            "a%FFb")
      << "not UTF-8";
  EXPECT_EQ(to("ISO-8859-1", "100%"), "100%");
  EXPECT_EQ(to("ISO-8859-1", "%41 %2F %E2 %25 %"), "%41 %2F %25E2 %2525 %");
  EXPECT_EQ(from("ISO-8859-1", "%2F%2e%00%0A%7F"), "%2F%2e%00%0A%7F") << "no slash comes of an escape";
}

TEST(charset, refuses_what_is_no_text_in_it) {
  EXPECT_EQ(from("CP932", "\x82"), std::nullopt);
  EXPECT_EQ(from("EUC-JP", "\xff"), std::nullopt);
  EXPECT_EQ(from("UTF-8", "\xc3"), std::nullopt);
}

// Any bytes at all may be a name here.
TEST(charset, every_name_comes_back) {
  std::mt19937 random(7);
  const std::string_view parts[] = {"%",      "%E2",    "%25",        "2",       "A",      "a",  "\u00e9", "\u20ac",
                                    "\u0416", "\u3042", "\U0001F600", "\u00a5",  "\u203e", "\\", "~",      "\xff",
                                    "\xe2",   "\x82",   "\xc0\xaf",   "e\u0301", "\u00df", " "};
  for (const auto& each : charsets) {
    const auto by = charset::open(each).value();
    for (int times = 0; times < 3000; ++times) {
      std::string name;
      for (auto length = random() % 12; length > 0; --length) name += parts[random() % std::size(parts)];
      const auto theirs = by->to_client(name);
      ASSERT_EQ(by->from_client(theirs), name) << each << ": " << theirs;
    }
  }
}

TEST(charset, that_is_not_known_or_has_no_ascii) {
  EXPECT_EQ(charset::open("klingon").error().id, "charset.unknown");
  for (auto name : {"UTF-16", "UCS-4", "IBM1047"})
    EXPECT_EQ(charset::open(name).error().id, "charset.not_ascii") << name;
}

}  // namespace
}  // namespace ferry::proto
