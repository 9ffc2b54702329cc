#include "proto/command.hpp"

#include <gtest/gtest.h>

#include "proto/line_reader.hpp"

namespace ferry::proto {
namespace {

using namespace std::string_literals;

TEST(command, verb_and_argument) {
  EXPECT_EQ(parse_command("NOOP"), (command{"NOOP", ""}));
  EXPECT_EQ(parse_command("retr a b"), (command{"RETR", "a b"}));
  EXPECT_EQ(parse_command("XSHA256 f"), (command{"XSHA256", "f"}));
  EXPECT_EQ(parse_command("PWD "), (command{"PWD", ""}));
  EXPECT_EQ(parse_command("RETR  a "), (command{"RETR", " a "}));  // spaces are part of names
  EXPECT_EQ(parse_command("CWD \xC3\xA9\"\\"), (command{"CWD", "\xC3\xA9\"\\"}));
  EXPECT_EQ(parse_command("ABCDEFGHIJKLMNOP x"), (command{"ABCDEFGHIJKLMNOP", "x"}));
}

TEST(command, no_verb) {
  for (const auto* line : {"", " ", " NOOP", "ABCDEFGHIJKLMNOPQ", "RETR\tx", "GET/ HTTP/1.1", "\xC3\xA9", "a-b c"})
    EXPECT_EQ(parse_command(line), std::nullopt) << line;
}

// ProFTPD Issue 2019: toupper of bytes above 0x7F.
TEST(command, issue_2019_bytes_above_ascii) {
  for (int c = 0x80; c < 0x100; ++c) EXPECT_EQ(parse_command("A" + std::string(1, static_cast<char>(c))), std::nullopt);
}

TEST(command, format) {
  EXPECT_EQ(format_command("NOOP"), "NOOP\r\n");
  EXPECT_EQ(format_command("CWD", " a "), "CWD  a \r\n");
  EXPECT_EQ(format_command("CWD", "\xFF"), "CWD \xFF\xFF\r\n");
  EXPECT_EQ(format_command("CWD", "a\rb"), "CWD a\r\0b\r\n"s);
  EXPECT_EQ(format_command("CWD", "a\nDELE b"), std::nullopt);
  EXPECT_EQ(format_command("CWD", "a\0b"s), std::nullopt);
}

TEST(command, round_trip_over_the_wire) {
  for (int c = 1; c < 0x100; ++c) {
    const auto name = "a" + std::string(1, static_cast<char>(c)) + "b";
    const auto line = format_command("RETR", name);
    if (c == '\n') continue;
    ASSERT_TRUE(line);
    line_reader::control_bytes keep = line_reader::control_bytes::keep;
    control_decoder decoder(100, keep);
    decoder.push(*line);
    std::string got;
    ASSERT_EQ(decoder.next(got), line_reader::event::line);
    EXPECT_EQ(parse_command(got), (command{"RETR", name})) << c;
  }
}

}  // namespace
}  // namespace ferry::proto
