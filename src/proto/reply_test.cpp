#include "proto/reply.hpp"

#include <gtest/gtest.h>

#include "proto/reply_code.hpp"

namespace ferry::proto {
namespace {

using namespace std::string_literals;

TEST(reply, one_line) {
  EXPECT_EQ(format(reply(200, "Okay.")), "200 Okay.\r\n");
  EXPECT_EQ(format(reply(200, "")), "200 \r\n");
  EXPECT_EQ(format(reply(226, std::vector<std::string>{})), "226 \r\n");
}

TEST(reply, many_lines) {
  EXPECT_EQ(format(reply(211, {"Features:", " MDTM", "End"})), "211-Features:\r\n MDTM\r\n211 End\r\n");
  EXPECT_EQ(format(reply(123, {"First", "second", "234 digits", "", "Last"})),
            "123-First\r\nsecond\r\n 234 digits\r\n\r\n123 Last\r\n");
  EXPECT_EQ(format(reply(211, {"A", "211 End", "B"})), "211-A\r\n 211 End\r\n211 B\r\n");
  EXPECT_EQ(format(reply(230, {"A", "B"})), "230-A\r\n230 B\r\n");
}

TEST(reply, text_cannot_end_its_line) {
  EXPECT_EQ(format(reply(257, "\"a\r\n226 done\0\""s)), "257 \"a  226 done \"\r\n");
  EXPECT_EQ(format(reply(211, {"A", "\n226 x", "B"})), "211-A\r\n 226 x\r\n211 B\r\n");
}

// IIS, CVE-2010-3972 (MS11-004): the room for doubled IAC bytes was miscounted.
TEST(reply, cve_2010_3972_iac_runs_are_doubled) {
  EXPECT_EQ(format(reply(550, std::string(5000, '\xFF'))), "550 " + std::string(10'000, '\xFF') + "\r\n");
}

TEST(reply, kinds) {
  EXPECT_TRUE(reply(150).preliminary() && reply(150).positive());
  EXPECT_TRUE(reply(226).completion() && reply(226).positive());
  EXPECT_TRUE(reply(331).intermediate() && reply(331).positive());
  EXPECT_TRUE(reply(425).transient() && reply(425).negative());
  EXPECT_TRUE(reply(550).permanent() && !reply(550).positive());
  EXPECT_FALSE(reply().positive() || reply().negative());
}

TEST(reply, default_texts) {
  EXPECT_EQ(reply(226).text(), "Transfer complete.");
  EXPECT_EQ(reply(reply_code::not_logged_in).text(), "Not logged in.");
  EXPECT_EQ(default_text(299), "Okay.");
  EXPECT_EQ(default_text(599), "Error.");
  EXPECT_EQ(reply(211, {"a", "b"}).text(), "a\nb");
}

}  // namespace
}  // namespace ferry::proto
