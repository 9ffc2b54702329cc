#include "proto/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ferry::proto {
namespace {

TEST(glob, matches) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"*", ""},
      {"*", "anything"},
      {"a", "a"},
      {"a*", "a"},
      {"a*c", "abbc"},
      {"*.txt", ".txt"},
      {"*.txt", "a.b.txt"},
      {"a?c", "abc"},
      {"?", "\xC3\xA9"},
      {"??", "\xC3\xA9x"},
      {"?", "\xFF"},
      {"[abc]", "b"},
      {"[a-c]x", "cx"},
      {"[!a-c]", "d"},
      {"[^a-c]", "d"},
      {"[]]", "]"},
      {"[!]]", "x"},
      {"[a-]", "-"},
      {"[-a]", "-"},
      {"[\\]]", "]"},
      {"[\xC3\xA0-\xC3\xAF]", "\xC3\xA9"},
      {"\\*", "*"},
      {"\\a", "a"},
      {"a\\", "a\\"},
      {"[a", "[a"},
      {"*[a", "x[a"},
      {"a**b", "ab"},
      {"*a*b*c*", "1a2b3c4"},
      {"*ab", "aab"},
      {"*aab", "aaab"},
      {"a*b?d", "axbbcbcd"},
  };
  for (const auto& [pattern, name] : rows) EXPECT_TRUE(glob_match(pattern, name)) << pattern << ' ' << name;
}

TEST(glob, does_not_match) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "a"},      {"a", ""},           {"?", ""},          {"?", "ab"},
      {"a", "A"},     {"*.txt", "a.txt2"}, {"[abc]", "d"},     {"[abc]", ""},
      {"[!a]", "a"},  {"\\*", "a"},        {"[a", "a"},        {"a*b", "a"},
      {"*a*b", "ba"}, {"[c-a]", "b"},      {"?", "\xC3\xA9x"}, {"[!\xC3\xA9]", "\xC3\xA9"},
  };
  for (const auto& [pattern, name] : rows) EXPECT_FALSE(glob_match(pattern, name)) << pattern << ' ' << name;
}

TEST(glob, has_glob) {
  for (const auto* text : {"*", "a?", "[a]", "\\\\*"}) EXPECT_TRUE(has_glob(text)) << text;
  for (const auto* text : {"", "a", "\\*", "a\\?b\\[", "]", "\\"}) EXPECT_FALSE(has_glob(text)) << text;
}

// vsftpd CVE-2011-0762, Pure-FTPd CVE-2011-0418, IIS CVE-2002-0073: patterns that never came to an end.
TEST(glob, cve_2011_0762_hostile_patterns_are_bounded) {
  std::string stars, sets;
  for (int i = 0; i < 1000; ++i) stars += "*a", sets += "*[";
  const std::string name(255, 'a');
  for (const auto& pattern :
       {stars + "b", sets, std::string(4096, '*') + "b", std::string(4096, '['), "*" + std::string(4096, '?')}) {
    std::size_t steps = max_glob_steps;
    EXPECT_FALSE(glob_match(pattern, name, steps));
    EXPECT_LE(steps, max_glob_steps);
  }
}

TEST(glob, longest_ordinary_names_fit_the_budget) {
  const std::string name(255, 'a');
  EXPECT_TRUE(glob_match("*" + std::string(120, 'a') + "*" + std::string(120, 'a'), name));
}

TEST(glob, budget_is_shared_by_a_listing) {
  std::size_t steps = 10;
  EXPECT_TRUE(glob_match("abc", "abc", steps));
  EXPECT_EQ(steps, 6u);
  EXPECT_TRUE(glob_match("abc", "abc", steps));
  EXPECT_FALSE(glob_match("abc", "abc", steps));
  EXPECT_EQ(steps, 0u);
}

}  // namespace
}  // namespace ferry::proto
