#include "proto/quoted_path.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

TEST(quoted_path, round_trip) {
  for (const std::string path : {"/", "/a b", "/a\"b", "\"", "\"\"", "/end\"", "", "/\xC3\xA9"}) {
    EXPECT_EQ(parse_257(quote_path(path)), path);
    EXPECT_EQ(parse_257(quote_path(path) + " is the current directory."), path);
    EXPECT_EQ(parse_257(quote_path(path) + " \"more\""), path);
  }
  EXPECT_EQ(quote_path("/a\"b"), "\"/a\"\"b\"");
}

TEST(quoted_path, is_taken_off_the_front) {
  std::string_view text = "\"a \"\"b\"\"\" \"c\" 1";
  EXPECT_EQ(take_quoted(text), "a \"b\"");
  EXPECT_EQ(text, " \"c\" 1");
  EXPECT_EQ(take_quoted(text), std::nullopt);
  text.remove_prefix(1);
  EXPECT_EQ(take_quoted(text), "c");
  EXPECT_EQ(text, " 1");
  text = "\"no end";
  EXPECT_EQ(take_quoted(text), std::nullopt);
  EXPECT_EQ(text, "\"no end");
}

TEST(quoted_path, odd_servers) {
  EXPECT_EQ(parse_257("Current directory is \"/x\""), "/x");
  EXPECT_EQ(parse_257("/x is current directory"), "/x");
  EXPECT_EQ(parse_257("\"/x"), std::nullopt);
  EXPECT_EQ(parse_257("okay"), std::nullopt);
  EXPECT_EQ(parse_257(""), std::nullopt);
}

}  // namespace
}  // namespace ferry::proto
