#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "accounts/password_hash.hpp"
#include "ferryd/test_support/process.hpp"
#include "shared/roff.hpp"
#include "support/wire.hpp"

namespace ferry::ferryd {
namespace {

outcome ferryd(std::vector<std::string> words, const std::string& input = "") {
  return process(std::move(words), {.input = input}).finish();
}

class command_line_test : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(::mkdtemp(folder_)); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name, const std::string& text) const {
    auto path = fmt::format("{}/{}", folder_, name);
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    return path;
  }
  char folder_[32] = "/tmp/ferryd-XXXXXX";
};

TEST_F(command_line_test, alone_and_with_help_it_explains_itself) {
  for (const auto& words : std::vector<std::vector<std::string>>{{}, {"--help"}}) {
    auto got = ferryd(words);
    EXPECT_EQ(got.code, 0);
    EXPECT_TRUE(got.out.contains("ferryd serve /srv/pub"));
    EXPECT_TRUE(got.out.contains("passwd"));
  }
  for (auto command : {"serve", "check", "doctor", "passwd"}) {
    auto got = ferryd({command, "--help"});
    EXPECT_EQ(got.code, 0);
    EXPECT_LT(got.out.find("\n  ferryd "), got.out.find("Usage:")) << "examples come first";
  }
  auto version = ferryd({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.out.starts_with("ferryd ")) << version.out << version.err;
}

TEST_F(command_line_test, every_flag_is_in_the_manual) {
  const auto manual = ferryd({"--man"}).out;
  std::regex flag("\n  (?:-h,)?--([a-z-]+)");
  std::size_t flags = 0;
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"serve", "-h"},
                                                                 {"check", "-h"},
                                                                 {"passwd", "-h"},
                                                                 {"cert", "-h"},
                                                                 {"doctor", "-h"},
                                                                 {"completion", "-h"}}) {
    auto help = ferryd(words).out;
    for (std::sregex_iterator at(help.begin(), help.end(), flag), end; at != end; ++at, ++flags) {
      EXPECT_TRUE(manual.contains(shared::roff("--" + (*at)[1].str()))) << (*at)[1];
    }
  }
  EXPECT_GE(flags, 17u);
}

TEST_F(command_line_test, shells_complete_every_flag_and_command) {
  for (auto shell : {"bash", "zsh", "fish"}) {
    const auto script = ferryd({"completion", shell});
    EXPECT_EQ(script.code, 0);
    for (auto word : {"serve", "check", "doctor", "passwd", "cert", "completion", "passive-ports", "config", "none",
                      "login", "data", "version"}) {
      EXPECT_TRUE(script.out.contains(word)) << shell << " " << word;
    }
  }
  const auto script = file("completion", ferryd({"completion", "bash"}).out);
  const auto completed = [&](const std::string& words, int current) {
    return file("try", fmt::format("source {}\nCOMP_WORDS=(ferryd {})\nCOMP_CWORD={}\n_ferryd\n"
                                   "echo \"${{COMPREPLY[@]}}\"\n",
                                   script, words, current));
  };
  const auto said = [&](const std::string& words, int current) {
    auto* from = ::popen(("bash --norc " + completed(words, current) + " 2>&1").c_str(), "re");
    char some[512] = {};
    auto count = std::fread(some, 1, sizeof some - 1, from);
    ::pclose(from);
    return std::string(some, count);
  };
  EXPECT_EQ(said("serve --require-tls ''", 3), "none login data all\n");
  EXPECT_EQ(said("serve --durability f", 3), "full\n");
  EXPECT_EQ(said("ch", 1), "check\n");
  EXPECT_EQ(said("completion ''", 2), "bash zsh fish\n");
  EXPECT_EQ(ferryd({"completion", "tcsh"}).code, 2);
}

TEST_F(command_line_test, misuse_is_2) {
  const std::vector<std::vector<std::string>> table = {
      {"nonsense"},
      {"serve"},
      {"serve", "a", "b"},
      {"serve", "--nonsense", folder_},
      {"serve", folder_, "--port", "70000"},
      {"serve", folder_, "--port", "x"},
      {"serve", folder_, "--listen", "localhost"},
      {"serve", folder_, "--passive-ports", "50100-50000"},
      {"serve", folder_, "--advertise", "::1"},
      {"serve", folder_, "--idle", "0"},
      {"serve", folder_, "--durability", "some"},
      {"serve", folder_, "--log-format", "xml"},
      {"serve", folder_, "--anonymous", folder_},
      {"serve", folder_, "--password-file", "x"},
      {"serve", folder_, "--password", "x"},
      {"check"},
  };
  for (const auto& words : table) {
    auto got = ferryd(words);
    EXPECT_EQ(got.code, 2) << fmt::format("{}", words.back());
    EXPECT_TRUE(got.err.starts_with("ferryd: ")) << got.err;
    EXPECT_TRUE(got.err.contains("--help")) << got.err;
    EXPECT_EQ(got.out, "");
  }
}

TEST_F(command_line_test, check_says_what_is_wrong_and_where) {
  auto good = file("good.toml", fmt::format("[anonymous]\nroot = \"{}\"\n", folder_));
  auto got = ferryd({"check", "--config", good});
  EXPECT_EQ(got.code, 0);
  EXPECT_TRUE(got.out.starts_with(good + ": no mistakes\n")) << got.out;
  EXPECT_TRUE(got.out.contains(fmt::format("{}, read-only, to anonymous", folder_))) << got.out;
  EXPECT_EQ(got.err, "");

  auto bad = file("bad.toml", "thraeds = 1\n[anonymous]\nroot = \"/no/such\"\n");
  for (const auto& words : std::vector<std::vector<std::string>>{{"check", "--config", bad}, {"--config", bad}}) {
    got = ferryd(words);
    EXPECT_EQ(got.code, 1);
    const auto wanted =
        fmt::format("{0}:1:1: unknown key thraeds; did you mean threads?\n{0}:3:8: anonymous.root", bad);
    EXPECT_TRUE(got.err.starts_with(wanted)) << got.err;
    EXPECT_EQ(std::ranges::count(got.err, '\n'), 2);
  }
  EXPECT_EQ(ferryd({"check", "--config", std::string(folder_) + "/none"}).code, 1);
}

TEST_F(command_line_test, check_warns_of_passive_settings_that_cannot_work) {
  const support::wire_listener taken;
  const auto said_of = [&](const std::string& passive) {
    auto got = ferryd({"check", "--config",
                       file("passive.toml", fmt::format("listen = [\"127.0.0.1:0\"]\n[passive]\n{}\n"
                                                        "[anonymous]\nroot = \"{}\"\n",
                                                        passive, folder_))});
    EXPECT_EQ(got.code, 0) << got.err;
    return got.err;
  };
  EXPECT_EQ(said_of("ports = \"20000-20020\"\nadvertise = \"203.0.113.7\""), "");
  EXPECT_EQ(said_of("ports = \"20000\""), "");
  EXPECT_TRUE(said_of("advertise = \"10.255.255.254\"").starts_with("warning: passive.advertise is 10.255.255.254"));
  EXPECT_TRUE(said_of("ports = \"20000-60000\"").contains("ip_local_reserved_ports=20000-60000"));
  EXPECT_TRUE(said_of(fmt::format("ports = \"{}\"", taken.port())).contains("passive ports are taken"));
}

TEST_F(command_line_test, doctor_tells_trouble_by_its_exit_status) {
  const auto with = [&](std::string_view passive) {
    return file("doctor.toml", fmt::format("listen = [\"127.0.0.1:0\"]\n[passive]\n{}\n[anonymous]\nroot = \"{}\"\n",
                                           passive, folder_));
  };
  auto fine = ferryd({"doctor", "--config", with("ports = \"20000-20020\"")});
  EXPECT_EQ(fine.code, 0) << fine.out;
  EXPECT_TRUE(fine.out.contains("fine     passive ports 20000-20020: clients share them [passive.ports]"));
  auto bad = ferryd({"doctor", "--config", with("advertise = \"127.0.0.1\"")});
  EXPECT_EQ(bad.code, 1);
  EXPECT_TRUE(bad.out.contains("trouble  passive.advertise is 127.0.0.1")) << bad.out;
  EXPECT_EQ(ferryd({"doctor", "--config", std::string(folder_) + "/none"}).code, 1);
}

TEST_F(command_line_test, passwd_makes_a_hash_that_verifies) {
  auto got = ferryd({"passwd"}, "correct horse\nand more\n");
  EXPECT_EQ(got.code, 0);
  ASSERT_TRUE(got.out.ends_with("\n"));
  got.out.pop_back();
  EXPECT_TRUE(accounts::verify_password(got.out, "correct horse"));
  EXPECT_EQ(got.err, "");
  EXPECT_EQ(ferryd({"passwd"}, "\n").code, 1);
  EXPECT_EQ(ferryd({"passwd"}, std::string(600, 'x') + "\n").code, 1);
}

TEST_F(command_line_test, passwd_makes_a_table_that_check_accepts) {
  auto got = ferryd({"passwd", "--user", "a \"b\\"}, "x\n");
  ASSERT_EQ(got.code, 0);
  auto root = got.out.find("/path/to/folder");
  ASSERT_NE(root, std::string::npos);
  auto config = file("c.toml", got.out.replace(root, 15, folder_));
  got = ferryd({"check", "--config", config});
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_TRUE(got.out.contains("read-write, to a \"b\\")) << got.out;
}

TEST_F(command_line_test, a_folder_that_is_not_there_is_named) {
  auto got = ferryd({"serve", "/no/such"});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.err.contains("/no/such: No such file or directory")) << got.err;
}

TEST_F(command_line_test, a_folder_that_cannot_be_read_is_named) {
  if (::geteuid() == 0) {
    ASSERT_EQ(::chmod(folder_, 0700), 0);
    auto config =
        file("c.toml",
             fmt::format("run_as = \"nobody\"\nlisten = [\"127.0.0.1:0\"]\n[anonymous]\nroot = \"{}\"\n", folder_));
    auto got = ferryd({"--config", config});
    EXPECT_EQ(got.code, 1);
    EXPECT_TRUE(got.err.contains(std::string(folder_) + " cannot be served: ")) << got.err;
  } else {
    ASSERT_EQ(::chmod(folder_, 0300), 0);
    auto got = ferryd({"serve", folder_, "--port", "0"});
    EXPECT_EQ(got.code, 1);
    EXPECT_TRUE(got.err.contains(std::string(folder_) + " cannot be served: ")) << got.err;
  }
  ::chmod(folder_, 0700);
}

TEST_F(command_line_test, without_a_terminal_a_password_must_come_from_elsewhere) {
  auto got = ferryd({"serve", folder_, "--user", "alice"});
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.err.contains("--password-file")) << got.err;
  EXPECT_TRUE(got.err.contains("FERRYD_PASSWORD")) << got.err;
}

// Connects to the port that the announcement names and has this conversation; returns every reply.
std::string talk(const std::string& announcement, const std::string& lines) {
  auto colon = announcement.find("127.0.0.1:");
  if (colon == std::string::npos) return "no address";
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(std::atoi(announcement.c_str() + colon + 10)));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return "not connected";
  std::string out;
  if (::write(fd, lines.data(), lines.size()) < 0) return "not written";
  char some[512];
  for (ssize_t count; (count = ::read(fd, some, sizeof some)) > 0;) out.append(some, static_cast<std::size_t>(count));
  ::close(fd);
  return out;
}

TEST_F(command_line_test, serve_serves_until_it_is_told_to_stop) {
  process server({"serve", folder_, "--port", "0", "--listen", "127.0.0.1", "--threads", "2"});
  auto said = server.wait_for("try");
  EXPECT_TRUE(said.contains(fmt::format("{}, read-only, to anonymous", folder_))) << said;
  auto replies = talk(said, "USER anonymous\r\nPASS guest@\r\nMKD /x\r\nQUIT\r\n");
  EXPECT_TRUE(replies.starts_with("220")) << replies;
  EXPECT_TRUE(replies.contains("\r\n230")) << replies;
  EXPECT_TRUE(replies.contains("\r\n550")) << replies;
  server.signal(SIGTERM);
  auto got = server.finish();
  EXPECT_EQ(got.code, 0);
  EXPECT_TRUE(got.out.contains("curl ftp://127.0.0.1:")) << got.out;
  EXPECT_TRUE(got.err.contains("walls: openat2 yes, landlock ")) << got.err;
  EXPECT_TRUE(got.err.contains("logged in as anonymous")) << got.err;
  EXPECT_FALSE(std::filesystem::exists(std::string(folder_) + "/x"));
}

TEST_F(command_line_test, a_user_reads_and_writes_and_the_password_shows_nowhere) {
  auto xferlog = std::string(folder_) + "/xferlog";
  process server({"serve", folder_, "--port", "0", "--listen", "127.0.0.1", "--user", "alice", "--log-format", "json",
                  "--xferlog", xferlog},
                 {.password = "s3cret-one"});
  auto said = server.wait_for("try");
  EXPECT_TRUE(said.contains("read-write, to alice")) << said;
  EXPECT_TRUE(talk(said, "USER anonymous\r\nPASS x\r\nQUIT\r\n").contains("\r\n530"));
  auto replies = talk(said, "USER alice\r\nPASS s3cret-one\r\nMKD /x\r\nPASS s3cret-one\r\nQUIT\r\n");
  EXPECT_TRUE(replies.contains("\r\n230")) << replies;
  EXPECT_TRUE(replies.contains("\r\n257")) << replies;
  server.signal(SIGINT);
  auto got = server.finish();
  EXPECT_EQ(got.code, 0);
  EXPECT_FALSE((got.out + got.err).contains("s3cret-one"));
  EXPECT_TRUE(got.err.contains("\"event\":\"login\"")) << got.err;
  EXPECT_TRUE(std::filesystem::exists(std::string(folder_) + "/x"));
}

TEST_F(command_line_test, the_first_line_of_a_password_file_counts_and_its_mode_is_looked_at) {
  auto secret = file("secret", "s3cret-two\nnot this\n");
  ::chmod(secret.c_str(), 0644);
  process server(
      {"serve", folder_, "--port", "0", "--listen", "127.0.0.1", "--user", "alice", "--password-file", secret});
  auto said = server.wait_for("try");
  EXPECT_TRUE(talk(said, "USER alice\r\nPASS s3cret-two\r\nQUIT\r\n").contains("\r\n230"));
  server.signal(SIGTERM);
  auto got = server.finish();
  EXPECT_TRUE(got.err.contains("chmod 600")) << got.err;
  EXPECT_FALSE(got.err.contains("s3cret-two"));
}

TEST_F(command_line_test, a_port_that_is_taken_is_named) {
  process first({"serve", folder_, "--port", "0", "--listen", "127.0.0.1"});
  auto said = first.wait_for("try");
  auto begin = said.find("127.0.0.1:");
  auto where = said.substr(begin, said.find('\n', begin) - begin);
  auto second = ferryd({"serve", folder_, "--port", where.substr(where.find(':') + 1), "--listen", "127.0.0.1"});
  EXPECT_EQ(second.code, 1);
  EXPECT_TRUE(second.err.contains(where)) << second.err;
  EXPECT_TRUE(second.err.contains("another port")) << second.err;
  first.signal(SIGTERM);
  EXPECT_EQ(first.finish().code, 0);
}

}  // namespace
}  // namespace ferry::ferryd
