#include "server/logs/logs.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "proto/characters.hpp"

namespace ferry::server {
namespace {

using namespace std::chrono_literals;

file_time moment() { return std::chrono::sys_days(std::chrono::year(2026) / 8 / 1) + 12h + 34min + 56s + 789ms; }

session_facts alice() { return {7, {net::asio::ip::make_address("192.0.2.9"), 40112}, "alice", false, ""}; }

session_facts guest(std::string password) {
  return {8, {net::asio::ip::make_address("2001:db8::1"), 40113}, "ftp", true, std::move(password)};
}

transfer_facts retrieved(std::string path) {
  transfer_facts out;
  out.verb = "RETR";
  out.path = std::move(path);
  out.bytes = 1234567;
  out.took = 500ms;
  out.code = 226;
  return out;
}

transfer_facts broken(std::string path) {
  auto out = retrieved(std::move(path));
  out.verb = "STOR";
  out.ascii = true;
  out.offset = 1000;
  out.code = 426;
  out.error = "data.stalled";
  out.cause = "nothing moved for 120 s";
  return out;
}

class logs : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC0", 1);
    tzset();
  }
  line_sink sink() {
    return [this](std::string_view line) { lines_.emplace_back(line); };
  }
  std::string last() { return lines_.empty() ? "(none)" : lines_.back(); }

  std::vector<std::string> lines_;
};

TEST_F(logs, text_for_people) {
  auto log = text_log(sink(), moment);
  log->note("serving /srv");
  EXPECT_EQ(last(), "2026-08-01T12:34:56.789Z serving /srv");
  log->logged_in(alice());
  EXPECT_EQ(last(), "2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 alice logged in");
  auto known = alice();
  known.by_certificate = true;
  known.tls = "TLSv1.3, TLS_AES_128_GCM_SHA256";
  log->logged_in(known);
  EXPECT_EQ(last(),
            "2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 alice logged in by certificate over TLSv1.3, "
            "TLS_AES_128_GCM_SHA256");
  log->logged_in(guest("me@example.org"));
  EXPECT_EQ(last(), "2026-08-01T12:34:56.789Z #8 [2001:db8::1]:40113 ftp logged in as anonymous");
  log->transferred(alice(), retrieved("/a/b.txt"));
  EXPECT_EQ(
      last(),
      "2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 alice RETR /a/b.txt 1,234,567 bytes in 0.500 s (2.4 MiB/s): 226");
  log->transferred(alice(), broken("/a b"));
  EXPECT_EQ(last(),
            "2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 alice STOR \"/a b\" 1,234,567 bytes in 0.500 s (2.4 MiB/s) "
            "from 1,000: 426 data.stalled: nothing moved for 120 s");
  log->changed(alice(), "DELE", "/old");
  EXPECT_EQ(last(), "2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 alice DELE /old");
  log->refused(alice(), refusal::command, "DELE /x", "550 /x: permission denied");
  EXPECT_EQ(last(),
            "2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 alice refused: \"DELE /x\": 550 /x: permission denied");
  auto stranger = alice();
  stranger.user.clear();
  log->refused(stranger, refusal::connection, "too many connections", "421 Too many");
  EXPECT_EQ(last(),
            "2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 - connection refused: \"too many connections\": 421 Too many");
  EXPECT_EQ(lines_.size(), 9u);
}

TEST_F(logs, an_empty_transfer_has_no_rate) {
  auto facts = retrieved("/empty");
  facts.bytes = 0;
  facts.took = 0ns;
  text_log(sink(), moment)->transferred(alice(), facts);
  EXPECT_TRUE(last().ends_with("/empty 0 bytes in 0.000 s: 226"));
}

TEST_F(logs, json_for_programs) {
  auto log = json_log(sink(), moment);
  const std::string who = R"("session":7,"peer":"192.0.2.9","port":40112,"user":"alice","anonymous":false)";
  log->note("serving");
  EXPECT_EQ(last(), R"({"time":"2026-08-01T12:34:56.789000Z","event":"note","text":"serving"})");
  log->connected(alice());
  EXPECT_EQ(last(), R"({"time":"2026-08-01T12:34:56.789000Z","event":"connected",)" + who + "}");
  log->transferred(alice(), retrieved("/a\"b\\"));
  EXPECT_EQ(last(), R"({"time":"2026-08-01T12:34:56.789000Z","event":"transfer",)" + who +
                        R"(,"verb":"RETR","path":"/a\"b\\","ascii":false,"offset":0,"bytes":1234567,)"
                        R"("seconds":0.500000,"code":226,"ok":true})");
  log->transferred(alice(), broken("/a"));
  EXPECT_TRUE(last().ends_with(R"("code":426,"ok":false,"error":"data.stalled","cause":"nothing moved for 120 s"})"));
  log->refused(alice(), refusal::login, "PASS", "530 Login incorrect");
  EXPECT_TRUE(last().ends_with(R"("kind":"login","what":"PASS","reply":"530 Login incorrect"})"));
  log->closed(alice(), "quit");
  EXPECT_TRUE(last().ends_with(R"("why":"quit"})"));
}

TEST_F(logs, xferlog_as_wu_ftpd_has_it) {
  auto log = xferlog(sink(), moment);
  log->transferred(alice(), retrieved("/a b\tc"));
  EXPECT_EQ(last(), "Sat Aug  1 12:34:56 2026 1 192.0.2.9 1234567 /a_b_c b _ o r alice ftp 0 * c");
  auto slow = broken("/in");
  slow.took = 61400ms;
  log->transferred(guest("me @example.org\n"), slow);
  EXPECT_EQ(last(), "Sat Aug  1 12:34:56 2026 61 2001:db8::1 1234567 /in a _ i a me_@example.org_ ftp 0 * i");
  log->transferred(guest(""), retrieved("/x"));
  EXPECT_EQ(last(), "Sat Aug  1 12:34:56 2026 1 2001:db8::1 1234567 /x b _ o a ? ftp 0 * c");
  for (auto verb : {"APPE", "STOU"}) {
    auto facts = retrieved("/x");
    facts.verb = verb;
    log->transferred(alice(), facts);
    EXPECT_TRUE(last().contains(" i r alice")) << verb;
  }
  auto before = lines_.size();
  for (auto verb : {"LIST", "NLST", "MLSD", "STAT"}) {
    auto facts = retrieved("/");
    facts.verb = verb;
    log->transferred(alice(), facts);
  }
  EXPECT_EQ(lines_.size(), before);
}

const std::string hostile[] = {"/a\nJan  1 fake line",
                               "/a\r\nb",
                               "/\x1b[2J",
                               "/nul\x01\x7f",
                               "/c1\xc2\x9b"
                               "31m",
                               "/bidi\xe2\x80\xae"
                               "txt",
                               "/latin1\xe9",
                               "/cut\xe2\x82",
                               "/over\xc0\xaf",
                               "/surrogate\xed\xa0\x80",
                               "/line\xe2\x80\xa8",
                               "/\xf8\x88\x80\x80\x80",
                               std::string("/a\0b", 4)};

TEST_F(logs, a_name_cannot_forge_a_line_or_steer_a_terminal) {
  for (const auto& make : {text_log, json_log, xferlog}) {
    auto log = make(sink(), moment);
    for (const auto& name : hostile) {
      auto who = alice();
      who.user = name.substr(1);
      auto facts = retrieved(name);
      facts.cause = name;
      facts.error = "data.stalled";
      log->note(name);
      log->logged_in(who);
      log->transferred(who, facts);
      log->refused(who, refusal::command, name, name);
      log->changed(who, "DELE", name);
      log->closed(who, name);
    }
  }
  ASSERT_GT(lines_.size(), 100u);
  for (std::string_view line : lines_) {
    for (auto rest = line; !rest.empty();) {
      auto next = proto::take_character(rest);
      EXPECT_TRUE(next.valid && proto::shows_as_itself(next.code)) << line;
    }
  }
}

TEST_F(logs, escapes_can_be_told_from_names_that_look_like_them) {
  auto log = text_log(sink(), moment);
  log->changed(alice(), "DELE", "/\n\xe9 \"\\x0a");
  EXPECT_TRUE(last().ends_with(R"(DELE "/\x0a\xe9 \"\\x0a")")) << last();
  log->changed(alice(), "DELE", "/caf\xc3\xa9 \xe2\x80\xae");
  EXPECT_TRUE(last().ends_with("DELE \"/caf\xc3\xa9 \\u{202e}\"")) << last();
}

TEST_F(logs, json_keeps_the_bytes_of_a_path_that_is_not_utf8) {
  auto log = json_log(sink(), moment);
  log->changed(alice(), "DELE", "/a\xe9");
  EXPECT_TRUE(last().ends_with(R"("path":"/a\ufffd","path_hex":"2f61e9"})")) << last();
  log->changed(alice(), "DELE", "/a\xc3\xa9\n");
  EXPECT_TRUE(last().ends_with("\"path\":\"/a\xc3\xa9\\u000a\"}")) << last();
}

TEST_F(logs, what_an_anonymous_user_gave_as_password_is_in_the_xferlog_alone) {
  auto everything = [&](journal& to) {
    to.connected(guest("s3cret"));
    to.logged_in(guest("s3cret"));
    to.transferred(guest("s3cret"), retrieved("/x"));
    to.refused(guest("s3cret"), refusal::command, "DELE /x", "550 No");
    to.changed(guest("s3cret"), "DELE", "/x");
    to.closed(guest("s3cret"), "quit");
  };
  everything(*text_log(sink(), moment));
  everything(*json_log(sink(), moment));
  for (const auto& line : lines_) EXPECT_FALSE(line.contains("s3cret")) << line;
  everything(*xferlog(sink(), moment));
  EXPECT_TRUE(last().contains("s3cret"));
}

TEST_F(logs, fan_out_tells_everyone_everything) {
  std::vector<std::unique_ptr<journal>> both;
  both.push_back(json_log(sink(), moment));
  both.push_back(json_log(sink(), moment));
  auto all = fan_out(std::move(both));
  all->note("a");
  all->connected(alice());
  all->logged_in(alice());
  all->transferred(alice(), retrieved("/x"));
  all->refused(alice(), refusal::command, "DELE /x", "550 No");
  all->changed(alice(), "DELE", "/x");
  all->closed(alice(), "quit");
  ASSERT_EQ(lines_.size(), 14u);
  for (std::size_t i = 0; i < lines_.size(); i += 2) {
    EXPECT_EQ(lines_[i], lines_[i + 1]);
    EXPECT_TRUE(i == 0 || lines_[i] != lines_[i - 1]);
  }
}

}  // namespace
}  // namespace ferry::server
