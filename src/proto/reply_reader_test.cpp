#include "proto/reply_reader.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

using event = reply_reader::event;
using lines = std::vector<std::string>;

struct outcome {
  std::vector<reply> replies;
  std::string problem;
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome read(std::initializer_list<std::string_view> chunks, reply_limits limits = {}) {
  reply_reader reader(limits);
  outcome result;
  for (const auto chunk : chunks) {
    reader.push(chunk);
    reply one;
    auto e = reader.next(one);
    for (; e == event::reply; e = reader.next(one)) result.replies.push_back(one);
    if (e == event::error) result.problem = reader.problem().id;
  }
  return result;
}

struct row {
  std::string in;
  outcome expected;
};

const row rows[] = {
    {"220 Hello\r\n", {{{220, "Hello"}}, ""}},
    {"220\r\n", {{{220, ""}}, ""}},
    {"220 \n", {{{220, ""}}, ""}},
    {"220Hello\n", {{{220, "Hello"}}, ""}},
    {"220 a\n331 b\n", {{{220, "a"}, {331, "b"}}, ""}},
    {"\r\n220 a\r\n\r\n331 b\r\n", {{{220, "a"}, {331, "b"}}, ""}},
    {"211-Features:\r\n MDTM\r\n211 End\r\n", {{{211, lines{"Features:", " MDTM", "End"}}}, ""}},
    {"230-a\r\n230-b\r\n230 c\r\n", {{{230, lines{"a", "b", "c"}}}, ""}},
    {"230-a\r\n226 b\r\n\r\n230\r\n", {{{230, lines{"a", "226 b", "", ""}}}, ""}},
    {"230-a\r\n2300 b\r\n230x\r\n230 c\r\n", {{{230, lines{"a", "2300 b", "230x", "c"}}}, ""}},
    {"\xFF\xFB\x01"
     "220 a\xFF\xFF\r\n",
     {{{220, "a\xFF"}}, ""}},
    {"220-a\r\n", {{}, ""}},
    {"220 a\r\nSSH-2.0-x\r\n220 b\r\n", {{{220, "a"}}, "reply.garbage"}},
    {"22 a\r\n", {{}, "reply.garbage"}},
    {"700 a\r\n", {{}, "reply.garbage"}},
    {"099 a\r\n", {{}, "reply.garbage"}},
    {"2200 a\r\n", {{}, "reply.garbage"}},
    {"HTTP/1.1 400 Bad Request\r\n", {{}, "reply.garbage"}},
};

TEST(reply_reader, table) {
  for (const auto& r : rows) EXPECT_EQ(read({r.in}), r.expected) << testing::PrintToString(r.in);
}

TEST(reply_reader, same_answer_however_split) {
  for (const auto& r : rows) {
    const std::string_view in = r.in;
    for (std::size_t i = 0; i <= in.size(); ++i) {
      for (std::size_t j = i; j <= in.size(); ++j)
        EXPECT_EQ(read({in.substr(0, i), in.substr(i, j - i), in.substr(j)}), r.expected) << testing::PrintToString(in);
    }
  }
}

TEST(reply_reader, limits) {
  const reply_limits small{.line = 20, .lines = 3, .total = 30};
  EXPECT_EQ(read({std::string(21, 'x')}, small).problem, "reply.line_too_long");
  EXPECT_EQ(read({"220-a\nb\nc\n220 d\n"}, small).problem, "reply.too_long");
  EXPECT_EQ(read({"220-aaaaaaaaaaaaaaa\naaaaaaaaaaaaaaaaaaa\n220 d\n"}, small).problem, "reply.too_long");
  std::string many;
  for (int i = 0; i < 20; ++i) many += "220-a\nb\n220 c\n";
  EXPECT_EQ(read({many}, small).replies.size(), 20u);  // the limits are those of one reply
}

TEST(reply_reader, error_shows_the_line_printably) {
  reply_reader reader;
  reader.push("\x1B[2Jhello\r\n");
  reply one;
  ASSERT_EQ(reader.next(one), event::error);
  EXPECT_NE(reader.problem().cause.find(".[2Jhello"), std::string::npos);
  EXPECT_EQ(reader.next(one), event::error);
}

TEST(reply_reader, knows_when_it_is_inside_a_reply) {
  reply_reader reader;
  reply one;
  EXPECT_FALSE(reader.inside_reply());
  reader.push("211-a\r\n");
  reader.next(one);
  EXPECT_TRUE(reader.inside_reply());
  reader.push("211 b\r\n");
  reader.next(one);
  EXPECT_FALSE(reader.inside_reply());
}

TEST(reply_reader, reads_what_is_written) {
  for (const auto& written : {reply(226, "ok"), reply(211, {"a", " b", "", "c"}), reply(550, "\xFF\xFF\xC3")}) {
    reply_reader reader;
    reader.push(format(written));
    reply one;
    ASSERT_EQ(reader.next(one), event::reply);
    EXPECT_EQ(one, written);
  }
}

}  // namespace
}  // namespace ferry::proto
