// The scripts as the shells themselves read them.
#include "shared/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ferry::shared {
namespace {

using kind = completed_command::kind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

completed_program example() {
  return {.name = "prog",
          .everywhere = {{{"-v", "--verbose"}, "", {}, "say more; it's \"all\" [of it]: `x` $y"}},
          .alone = {{{"--config"}, "FILE", {}, "a file"}},
          .commands = {{"get",
                        "Fetch it",
                        {{{"-m", "--mode"}, "auto|fast", {"auto", "fast"}, "how"}, {{"--into"}, "DIR", {}, "where"}},
                        kind::files},
                       {"serve", "Serve a folder", {}, kind::folders},
                       {"open", "Open one", {}, kind::words, {}, "printf 'work\\nhome\\n'"},
                       {"set", "Set it", {}, kind::words, {"on", "off"}},
                       {"none", "Takes what it likes", {}, kind::words}}};
}

class completion_test : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(::mkdtemp(folder_));
    for (auto shell : shells) std::ofstream(file(shell)) << completion(shell, example()).value();
    std::filesystem::create_directories(file("there/below"));
    std::ofstream(file("there/text.txt")) << "x";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

  // What a shell's script prints, by lines, in the folder "there".
  std::vector<std::string> said(std::string_view shell, const std::string& script) const {
    std::ofstream(file("script")) << script;
    auto* from = ::popen(fmt::format("cd {} && {} {} 2>&1", file("there"), shell, file("script")).c_str(), "re");
    std::string text;
    char some[4096];
    for (std::size_t count; (count = std::fread(some, 1, sizeof some, from)) > 0;) text.append(some, count);
    EXPECT_EQ(::pclose(from), 0) << text;
    std::vector<std::string> out;
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
      if (end > begin) out.push_back(text.substr(begin, end - begin));
    }
    return out;
  }
  static bool has(std::string_view shell) {
    return std::system(fmt::format("command -v {} >/dev/null 2>&1", shell).c_str()) == 0;
  }
  std::vector<std::string> bash(const std::vector<std::string>& words) const {
    return said("bash --norc", fmt::format("source {}\nCOMP_WORDS=(prog {})\nCOMP_CWORD={}\n_prog\nprintf '%s\\n' "
                                           "\"${{COMPREPLY[@]}}\"\n",
                                           file("bash"), fmt::join(words, " "), words.size()));
  }
  std::vector<std::string> fish(const std::string& line) const {
    auto out = said("fish --no-config", fmt::format("source {}\ncomplete -C '{}'\n", file("fish"), line));
    for (auto& each : out) each.resize(std::min(each.find('\t'), each.size()));
    return out;
  }

  char folder_[40] = "/tmp/ferry-completion-XXXXXX";
};

TEST_F(completion_test, bash_completes_commands_options_and_what_stands_behind_them) {
  if (!has("bash")) GTEST_SKIP() << "no bash";
  EXPECT_THAT(bash({"''"}), ElementsAre("get", "serve", "open", "set", "none"));
  EXPECT_THAT(bash({"se"}), ElementsAre("serve", "set"));
  EXPECT_THAT(bash({"--"}), UnorderedElementsAre("--verbose", "--config"));
  EXPECT_THAT(bash({"get", "--"}), UnorderedElementsAre("--verbose", "--mode", "--into"));
  EXPECT_THAT(bash({"-v", "get", "--m"}), ElementsAre("--mode"));
  EXPECT_THAT(bash({"get", "--mode", "''"}), ElementsAre("auto", "fast"));
  EXPECT_THAT(bash({"get", "-m", "f"}), ElementsAre("fast"));
  EXPECT_THAT(bash({"get", "--mode", "=", "f"}), ElementsAre("fast"));
  EXPECT_THAT(bash({"get", "--mode", "="}), ElementsAre("auto", "fast"));
  EXPECT_THAT(bash({"get", "--into", "''"}), ElementsAre("below"));
  EXPECT_THAT(bash({"--config", "''"}), UnorderedElementsAre("below", "text.txt"));
  EXPECT_THAT(bash({"get", "''"}), UnorderedElementsAre("below", "text.txt"));
  EXPECT_THAT(bash({"serve", "''"}), ElementsAre("below"));
  EXPECT_THAT(bash({"open", "''"}), ElementsAre("work", "home"));
  EXPECT_THAT(bash({"set", "o"}), ElementsAre("on", "off"));
  EXPECT_THAT(bash({"none", "''"}), IsEmpty());
}

TEST_F(completion_test, fish_does_so_too) {
  if (!has("fish")) GTEST_SKIP() << "no fish";
  EXPECT_THAT(fish("prog s"), UnorderedElementsAre("serve", "set"));
  EXPECT_THAT(fish("prog get --m"), ElementsAre("--mode"));
  EXPECT_THAT(fish("prog get --mode "), UnorderedElementsAre("auto", "fast"));
  EXPECT_THAT(fish("prog get t"), ElementsAre("text.txt"));
  EXPECT_THAT(fish("prog serve "), ElementsAre("below/"));
  EXPECT_THAT(fish("prog open "), UnorderedElementsAre("home", "work"));
  EXPECT_THAT(fish("prog set o"), UnorderedElementsAre("on", "off"));
  EXPECT_THAT(fish("prog none "), IsEmpty());
}

TEST_F(completion_test, zsh_reads_it) {
  if (!has("zsh")) GTEST_SKIP() << "no zsh";
  EXPECT_THAT(said("zsh -f -n", completion("zsh", example()).value()), IsEmpty());
  // What _arguments and _describe are given, one line each.
  auto given = [&](const std::string& words, int current) {
    return said("zsh -f", fmt::format("compdef() {{ : }}\n_arguments() {{ print -rl -- $@ }}\nwords=({})\nCURRENT={}\n"
                                      "source {}\n",
                                      words, current, file("zsh")));
  };
  using testing::Contains;
  using testing::HasSubstr;
  using testing::Not;
  EXPECT_THAT(given("prog ''", 2), Contains(HasSubstr("_describe command commands")));
  EXPECT_THAT(given("prog ''", 2), Contains(HasSubstr("*--config[a file]:FILE:_files")));
  auto get = given("prog -v get ''", 4);
  EXPECT_THAT(get, Contains("*--mode[how]:auto|fast:(auto fast)"));
  EXPECT_THAT(get, Contains("*--into[where]:DIR:_files -/"));
  EXPECT_THAT(get, Contains("*--verbose[say more; it's \"all\" \\[of it\\]\\: `x` $y]"));
  EXPECT_THAT(get, Contains("*: :_files"));
  EXPECT_THAT(get, Not(Contains(HasSubstr("--config"))));
  EXPECT_THAT(given("prog set ''", 3), Contains("*: :(on off)"));
  EXPECT_THAT(given("prog open ''", 3), testing::IsSupersetOf({"*: :( work", "home)"}));
}

TEST(completion, of_another_shell_there_is_none) { EXPECT_FALSE(completion("tcsh", example())); }

}  // namespace
}  // namespace ferry::shared
