#include "proto/line_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ferry::proto {
namespace {

using event = line_reader::event;
using namespace std::string_literals;

constexpr std::size_t limit = 10;

// Every event as text: a line stands for itself in brackets.
std::vector<std::string> drain(control_decoder& decoder) {
  std::vector<std::string> events;
  std::string line;
  for (auto e = decoder.next(line); e != event::none; e = decoder.next(line))
    events.push_back(e == event::line ? '[' + line + ']' : e == event::too_long ? "too_long" : "bad_byte");
  return events;
}

std::vector<std::string> read(std::initializer_list<std::string_view> chunks) {
  control_decoder decoder(limit);
  std::vector<std::string> events;
  for (const auto chunk : chunks) {
    decoder.push(chunk);
    for (auto& e : drain(decoder)) events.push_back(std::move(e));
    EXPECT_TRUE(decoder.room());
    EXPECT_LE(decoder.buffered(), limit + 1);
  }
  return events;
}

struct row {
  std::string in;
  std::vector<std::string> events;
};

const row rows[] = {
    {"NOOP\r\n", {"[NOOP]"}},
    {"NOOP\nPWD\n", {"[NOOP]", "[PWD]"}},
    {"NOOP", {}},
    {"\r\n\n", {"[]", "[]"}},
    {"1234567890\r\n", {"[1234567890]"}},
    {"1234567890\n", {"[1234567890]"}},
    {"12345678901\r\nNOOP\r\n", {"too_long", "[NOOP]"}},
    {std::string(1000, 'x'), {"too_long"}},
    {std::string(1000, 'x') + "\r\nNOOP\n" + std::string(11, 'y'), {"too_long", "[NOOP]", "too_long"}},
    {"a\0b\r\nc\n"s, {"bad_byte", "[c]"}},
    {"a\x01\r\nb\x7F\r\nc\td\r\n", {"bad_byte", "bad_byte", "bad_byte"}},
    {"a\rb\r\n", {"bad_byte"}},
    {"a\r\0b\r\n"s, {"[a\rb]"}},  // RFC 2640 §3.1: a CR in a pathname
    {"a\r\0\r\n"s, {"[a\r]"}},
    {"a\r\r\n", {"bad_byte"}},
    {"\0\r\n"s, {"bad_byte"}},
    {"\xC3\xA9\xFF\xFF\n", {"[\xC3\xA9\xFF]"}},
    {" a \r\n", {"[ a ]"}},
};

TEST(line_reader, table) {
  for (const auto& r : rows) EXPECT_EQ(read({r.in}), r.events) << testing::PrintToString(r.in);
}

TEST(line_reader, same_answer_however_split) {
  for (const auto& r : rows) {
    const std::string_view in = r.in;
    for (std::size_t i = 0; i <= in.size(); ++i) {
      const auto j = (i + in.size()) / 2;
      EXPECT_EQ(read({in.substr(0, i), in.substr(i, j - i), in.substr(j)}), r.events) << testing::PrintToString(r.in);
    }
    control_decoder decoder(limit);
    std::vector<std::string> events;
    for (const char c : in) {
      decoder.push({&c, 1});
      for (auto& e : drain(decoder)) events.push_back(std::move(e));
    }
    EXPECT_EQ(events, r.events);
  }
}

TEST(line_reader, pipelined_lines_wait_and_room_ends) {
  control_decoder decoder(limit);
  decoder.push("NOOP\r\nPWD\r\nQUIT\r\n");
  EXPECT_FALSE(decoder.room());
  std::string line;
  ASSERT_EQ(decoder.next(line), event::line);
  EXPECT_EQ(line, "NOOP");
  EXPECT_EQ(decoder.buffered(), 11u);
  EXPECT_TRUE(decoder.room());
}

TEST(line_reader, discard_forgets_what_was_injected_before_tls) {
  control_decoder decoder(limit);
  decoder.push("AUTH TLS\r\nUSER x\r\n\xFF");
  std::string line;
  ASSERT_EQ(decoder.next(line), event::line);
  EXPECT_EQ(decoder.discard(), 8u);
  decoder.push("NOOP\r\n");
  EXPECT_EQ(drain(decoder), std::vector<std::string>{"[NOOP]"});
}

TEST(line_reader, discard_ends_a_skipped_line) {
  control_decoder decoder(limit);
  decoder.push(std::string(50, 'x'));
  EXPECT_EQ(drain(decoder), std::vector<std::string>{"too_long"});
  decoder.discard();
  decoder.push("NOOP\r\n");
  EXPECT_EQ(drain(decoder), std::vector<std::string>{"[NOOP]"});
}

TEST(line_reader, control_bytes_may_be_kept) {
  line_reader reader(limit, line_reader::control_bytes::keep);
  reader.push("a\tb\x1B\r\n");
  std::string line;
  ASSERT_EQ(reader.next(line), event::line);
  EXPECT_EQ(line, "a\tb\x1B");
}

TEST(line_reader, telnet_refusals_are_given_once) {
  control_decoder decoder(limit);
  decoder.push("\xFF\xFD\x06NOOP\r\n");
  EXPECT_EQ(decoder.take_refusals(), "\xFF\xFC\x06");
  EXPECT_EQ(decoder.take_refusals(), "");
}

TEST(line_reader, the_line_behind_a_synch_is_urgent_and_no_other) {
  const std::string dialogue = "PWD\r\nNO\xFF\xFD\x06OP\r\n\xFF\xF4\xFF\xF2STAT\r\nNOOP\r\n";
  for (std::size_t cut = 0; cut <= dialogue.size(); ++cut) {
    control_decoder decoder(limit);
    std::string line, urgent;
    for (const auto& piece : {dialogue.substr(0, cut), dialogue.substr(cut)}) {
      decoder.push(piece);
      while (decoder.next(line) != event::none) urgent += decoder.urgent() ? "[" + line + "]" : line;
      EXPECT_FALSE(decoder.urgent());
    }
    EXPECT_EQ(urgent, "PWDNOOP[STAT]NOOP") << cut;
  }
}

// ProFTPD Issue 2020 (a line that begins with LF) and CVE-2019-18217 (endless work on over-long commands).
TEST(line_reader, issue_2020_lf_first) { EXPECT_EQ(read({"\nNOOP\n"}), (std::vector<std::string>{"[]", "[NOOP]"})); }

TEST(line_reader, cve_2019_18217_eight_megabyte_line) {
  control_decoder decoder(limit);
  const std::string block(4096, 'A');
  std::vector<std::string> events;
  for (int i = 0; i < 2048; ++i) {
    decoder.push(block);
    for (auto& e : drain(decoder)) events.push_back(std::move(e));
    ASSERT_LE(decoder.buffered(), limit + 1);
  }
  decoder.push("\r\nNOOP\r\n");
  for (auto& e : drain(decoder)) events.push_back(std::move(e));
  EXPECT_EQ(events, (std::vector<std::string>{"too_long", "[NOOP]"}));
}

}  // namespace
}  // namespace ferry::proto
