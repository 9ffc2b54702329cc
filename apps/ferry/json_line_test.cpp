#include "ferry/json_line.hpp"

#include <gtest/gtest.h>

namespace ferry::cli {
namespace {

TEST(json_line, escapes) {
  EXPECT_EQ(json_line().add("a", "x\"\\\n\x01").done(), R"({"a":"x\"\\\u000a\u0001"})");
  EXPECT_EQ(json_line().add("n", 7).add("b", true).seconds("s", 1.5).done(), R"({"n":7,"b":true,"s":1.500})");
}

TEST(json_line, bytes_that_are_no_text_are_kept_beside) {
  EXPECT_EQ(json_line().path("path", "a\xff").done(), "{\"path\":\"a\xEF\xBF\xBD\",\"path_hex\":\"61ff\"}");
  EXPECT_EQ(json_line().path("path", "\xc3\xa9").done(), "{\"path\":\"\xc3\xa9\"}");
}

}  // namespace
}  // namespace ferry::cli
