#include "proto/telnet.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

static_assert(sizeof(telnet_filter) <= 16);

struct outcome {
  std::string data;
  std::string refusals;
  bool interrupted = false;
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome filter(std::initializer_list<std::string_view> chunks) {
  telnet_filter telnet;
  outcome result;
  for (const auto chunk : chunks) telnet.feed(chunk, result.data, result.refusals);
  result.interrupted = telnet.interrupted();
  return result;
}

struct row {
  std::string_view in;
  outcome expected;
};

// The strings end at 0xFF escapes on purpose: what follows could be read as more hex digits.
const row rows[] = {
    {"USER bob\r\n", {"USER bob\r\n", "", false}},
    {"a\xFF\xFF"
     "b",
     {"a\xFF"
      "b",
      "", false}},
    {"\xFF\xFB\x01x", {"x", "\xFF\xFE\x01", false}},
    {"\xFF\xFD\x06x", {"x", "\xFF\xFC\x06", false}},
    {"\xFF\xFC\x06\xFF\xFE\x06x", {"x", "", false}},
    {"\xFF\xFA\x18\x01some\xFF\xFFthing\xFF\xF0x", {"x", "", false}},
    {"\xFF\xF4\xFF\xF2"
     "ABOR\r\n",
     {"ABOR\r\n", "", true}},
    {"\xFF\xF4\xF2"
     "ABOR\r\n",
     {"ABOR\r\n", "", true}},  // the urgent byte, IAC, was taken out of line
    {"\xFF\xF4\xFF"
     "ABOR\r\n",
     {"ABOR\r\n", "", true}},  // the urgent byte, DM, was taken out of line
    {"\xFF\xF4"
     "ABOR\r\n",
     {"ABOR\r\n", "", true}},
    {"\xFF\xF2"
     "ABOR\r\n",
     {"ABOR\r\n", "", true}},
    {"\xFF\xF4\xFF\xFD\x06X", {"X", "\xFF\xFC\x06", true}},
    {"\xFF\xF6\xFF\xF9NOOP\r\n", {"NOOP\r\n", "", false}},
    {"CWD na\xFF"
     "ve\r\n",
     {"CWD na\xFF"
      "ve\r\n",
      "", false}},  // Latin-1 from a peer that knows no Telnet
    {"\xF2x", {"\xF2x", "", false}},
};

TEST(telnet, table) {
  for (const auto& r : rows) EXPECT_EQ(filter({r.in}), r.expected) << testing::PrintToString(r.in);
}

TEST(telnet, same_answer_however_split) {
  for (const auto& r : rows) {
    for (std::size_t i = 0; i <= r.in.size(); ++i) {
      for (std::size_t j = i; j <= r.in.size(); ++j)
        EXPECT_EQ(filter({r.in.substr(0, i), r.in.substr(i, j - i), r.in.substr(j)}), r.expected) << i << ' ' << j;
    }
  }
}

TEST(telnet, interrupt_is_reported_until_cleared) {
  telnet_filter telnet;
  std::string data, refusals;
  telnet.feed("\xFF\xF4", data, refusals);
  EXPECT_TRUE(telnet.interrupted());
  telnet.clear_interrupt();
  EXPECT_FALSE(telnet.interrupted());
}

TEST(telnet, endless_subnegotiation_is_cut) {
  const auto got = filter({"\xFF\xFA" + std::string(telnet_filter::max_subnegotiation, 'a') + "NOOP"});
  EXPECT_EQ(got.data, "NOOP");
}

TEST(telnet, refusals_are_bounded) {
  std::string offers;
  for (int i = 0; i < 1000; ++i) offers += "\xFF\xFD\x01";
  const auto got = filter({offers});
  EXPECT_EQ(got.data, "");
  EXPECT_EQ(got.refusals.size(), telnet_filter::max_refusals);
}

TEST(telnet, transparent_only_where_nothing_changes) {
  telnet_filter telnet;
  EXPECT_TRUE(telnet.transparent("NOOP\r\n"));
  EXPECT_FALSE(telnet.transparent("NO\xFF"));
  std::string data, refusals;
  telnet.feed("\xFF", data, refusals);
  EXPECT_FALSE(telnet.transparent("NOOP\r\n"));
}

// ProFTPD, CVE-2010-4221: runs of IAC overran a stack buffer.
TEST(telnet, cve_2010_4221_iac_runs) {
  const std::string run(100'001, '\xFF');
  const auto got = filter({run, "\xFF"});
  EXPECT_EQ(got.data, std::string(50'001, '\xFF'));
}

}  // namespace
}  // namespace ferry::proto
