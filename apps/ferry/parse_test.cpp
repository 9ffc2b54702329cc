#include "ferry/parse.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

#include "ferry/commands.hpp"
#include "ferry/manual.hpp"

namespace ferry::cli {
namespace {

result<command_line> parsed(std::vector<const char*> words) {
  words.insert(words.begin(), "ferry");
  return parse_words(words);
}

TEST(parse, options_before_and_after_command) {
  auto line = parsed({"-v", "get", "--timeout", "7", "ftp://h/a", "-o", "x"});
  ASSERT_TRUE(line) << line.error().cause;
  EXPECT_EQ(line->command, &get_command);
  EXPECT_TRUE(line->given.verbose);
  EXPECT_EQ(line->given.timeout, 7u);
  EXPECT_EQ(line->given.output, "x");
  EXPECT_THAT(line->given.operands, testing::ElementsAre("ftp://h/a"));
}

TEST(parse, repeated_option_keeps_all_and_takes_one_word_each) {
  auto line = parsed({"mirror", "--exclude", "*.tmp", "--exclude", "x", "a", "ftp://h/"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->given.exclude, testing::ElementsAre("*.tmp", "x"));
  EXPECT_EQ(line->given.operands.size(), 2u);
}

TEST(parse, says_what_was_meant) {
  EXPECT_EQ(parsed({"mirorr"}).error().advice, "did you mean mirror?");
  EXPECT_EQ(parsed({"ls", "--no-espv", "ftp://h"}).error().advice, "did you mean --no-epsv?");
  EXPECT_EQ(parsed({"ls", "--jobs", "2", "ftp://h"}).error().id, "usage.option");
  EXPECT_EQ(parsed({"get", "--verify", "sometimes", "ftp://h"}).error().id, "usage.value");
}

TEST(parse, counts_operands) {
  EXPECT_FALSE(check_operands(*parsed({"mv", "ftp://h/a"})));
  EXPECT_FALSE(check_operands(*parsed({"open", "a", "b"})));
  EXPECT_TRUE(check_operands(*parsed({"mv", "ftp://h/a", "b"})));
}

TEST(parse, environment_speaks_where_the_line_does_not) {
  ::setenv("FERRY_TIMEOUT", "9", 1);
  EXPECT_EQ(parsed({"ls", "ftp://h"})->given.timeout, 9u);
  EXPECT_EQ(parsed({"ls", "ftp://h", "--timeout", "3"})->given.timeout, 3u);
  ::unsetenv("FERRY_TIMEOUT");
}

TEST(parse, operands_and_values_are_what_they_are) {
  for (const char* odd : {"[x]", "[a,b]", "[::1]", "++", "put", "%%", "'x'", "\"x\"", "{x}", "a,b", ""}) {
    auto line = parsed({"put", odd, "-j", "2", "ftp://h/", odd});
    ASSERT_TRUE(line) << odd << line.error().cause;
    EXPECT_THAT(line->given.operands, testing::ElementsAre(odd, "ftp://h/", odd));
    EXPECT_EQ(line->given.jobs, 2u);
    if (!*odd) continue;
    line = parsed({"get", "--user", odd, "-o", odd, "ftp://h/"});
    ASSERT_TRUE(line) << odd << line.error().cause;
    EXPECT_EQ(line->given.user, odd);
    EXPECT_EQ(line->given.output, odd);
    line = parsed({"mirror", "--exclude", odd, "--exclude", odd, "a", "b"});
    ASSERT_TRUE(line) << odd << line.error().cause;
    EXPECT_THAT(line->given.exclude, testing::ElementsAre(odd, odd));
    EXPECT_THAT(line->given.operands, testing::ElementsAre("a", "b"));
  }
  EXPECT_EQ(parsed({"help"})->given.operands.size(), 0u);
  EXPECT_EQ(parsed({"put", "-5", "ftp://h/"}).error().id, "usage.option");
  EXPECT_THAT(parsed({"put", "--", "-5", "ftp://h/"})->given.operands, testing::ElementsAre("-5", "ftp://h/"));
}

TEST(parse, a_wrong_value_is_named_as_it_was_written) {
  ::setenv("FERRY_TIMEOUT", "abc", 1);
  ::setenv("FERRY_TLS", "sometimes", 1);
  EXPECT_TRUE(parsed({"ls", "--tls=off", "ftp://h"}).error().cause.contains("FERRY_TIMEOUT"));
  EXPECT_TRUE(parsed({"ls", "--timeout=1", "ftp://h"}).error().cause.contains("FERRY_TLS"));
  EXPECT_TRUE(parsed({"ls", "--timeout=1", "--tls=off", "ftp://h"}));
  ::unsetenv("FERRY_TIMEOUT");
  ::unsetenv("FERRY_TLS");
  EXPECT_TRUE(parsed({"ls", "--timeout=abc", "ftp://h"}).error().cause.contains("--timeout"));
}

TEST(parse, of_contraries_the_last_counts) {
  auto line = parsed({"--ftp-pasv", "ls", "ftp://h", "-P", "-"});
  EXPECT_FALSE(line->given.passive);
  EXPECT_EQ(line->given.port_address, "-");
  line = parsed({"ls", "-P", "-", "ftp://h", "--ftp-pasv"});
  EXPECT_TRUE(line->given.passive);
  EXPECT_EQ(line->given.port_address, "");
  EXPECT_TRUE(parsed({"ls", "--no-ftp-skip-pasv-ip", "--ftp-skip-pasv-ip", "ftp://h"})->given.skip_pasv_ip);
  EXPECT_FALSE(parsed({"ls", "--ftp-skip-pasv-ip", "--no-ftp-skip-pasv-ip", "ftp://h"})->given.skip_pasv_ip);
  line = parsed({"ls", "-4", "-6", "ftp://h"});
  EXPECT_TRUE(line->given.ipv6 && !line->given.ipv4);
  EXPECT_EQ(line->given.operands.size(), 1u);
  ::setenv("FERRY_FTP_PORT", "eth0", 1);
  line = parsed({"ls", "--ftp-pasv", "ftp://h"});
  ::unsetenv("FERRY_FTP_PORT");
  EXPECT_TRUE(line->given.passive);
  EXPECT_EQ(line->given.port_address, "");
}

TEST(parse, reads_the_words_it_gives) {
  auto line = parsed({"--ftp-pasv", "--no-epsv", "--timeout", "7", "mirror", "-n", "--exclude", "a b", "--exclude",
                      "-x", "--newer", "ftp://h/", "-j", "3", "--", "-odd"});
  ASSERT_TRUE(line) << line.error().cause;
  auto words = words_for(*line->command, line->given);
  EXPECT_THAT(words,
              testing::ElementsAre("--timeout=7", "--ftp-pasv", "--no-epsv", "mirror", "--dry-run", "--exclude=a b",
                                   "--exclude=-x", "--newer", "--jobs=3", "--", "ftp://h/", "-odd"));
  std::vector<const char*> spelled;
  for (const auto& each : words) spelled.push_back(each.c_str());
  auto again = parsed(spelled);
  ASSERT_TRUE(again) << again.error().cause;
  EXPECT_EQ(words_for(*again->command, again->given), words);
}

TEST(table, every_row_is_explained_once) {
  for (const auto* command : commands()) {
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_FALSE(command->examples.empty()) << command->name;
    std::set<std::string_view> names;
    auto take = [&](const option_row& row) {
      EXPECT_FALSE(row.about.empty()) << row.names;
      for (auto name : split(row.names, ',')) EXPECT_TRUE(names.insert(name).second) << command->name << ' ' << name;
    };
    for (const auto& row : command->rows) take(row);
    for (const auto& group : common_options()) {
      for (const auto& row : group.rows) take(row);
    }
  }
}

TEST(manual, holds_every_option) {
  auto man = man_page();
  for (const auto* command : commands()) {
    for (const auto& row : command->rows) EXPECT_TRUE(help_of(*command).contains(long_name(row)));
    for (auto shell : {"bash", "zsh", "fish"}) {
      const auto script = completion(shell).value();
      EXPECT_TRUE(script.contains(command->name)) << command->name;
      for (const auto& row : command->rows) EXPECT_TRUE(script.contains(long_name(row).substr(2))) << row.names;
    }
    EXPECT_TRUE(man.contains(command->summary)) << command->name;
  }
}

}  // namespace
}  // namespace ferry::cli
