// A ferryd that runs: what it holds, and how it ends.
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "ferryd/test_support/process.hpp"
#include "ferryd/test_support/run_test.hpp"
#include "support/slow_fs.hpp"
#include "support/wire.hpp"

namespace ferry::ferryd {
namespace {

using namespace std::chrono_literals;

support::wire log_in(std::uint16_t port) {
  support::wire out(support::wire_socket::dial(port));
  out.read();
  out.ask("USER anonymous");
  if (auto in = out.ask("PASS guest@"); in.code != 230) throw support::wire_error("no login: " + in.text());
  return out;
}

// Of each thread, what /proc/PID/task/TID/status says there.
std::multiset<std::string> of_threads(pid_t process, const std::string& field) {
  std::multiset<std::string> out;
  for (const auto& each : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process))) {
    std::ifstream status(each.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(field + ":\t")) out.insert(line.substr(field.size() + 2));
    }
  }
  return out;
}

void expect_capabilities(pid_t process, std::uint64_t these) {
  auto shown = fmt::format("{:016x}", these);
  for (auto field : {"CapPrm", "CapEff"}) {
    auto found = of_threads(process, field);
    EXPECT_GT(found.size(), limit::worker_threads);
    EXPECT_EQ(found.count(shown), found.size()) << field << " " << *found.begin() << " " << *found.rbegin();
  }
  for (auto field : {"CapInh", "CapAmb"}) {
    auto found = of_threads(process, field);
    EXPECT_EQ(found.count(fmt::format("{:016x}", 0)), found.size()) << field << " " << *found.rbegin();
  }
  auto bound = of_threads(process, "NoNewPrivs");
  EXPECT_EQ(bound.count("1"), bound.size());
}

constexpr std::uint64_t low_ports = 1ull << CAP_NET_BIND_SERVICE;

// As a service manager starts it: User=nobody, AmbientCapabilities=.
void become_nobody_with_capabilities() {
  constexpr unsigned given[] = {CAP_NET_BIND_SERVICE, CAP_DAC_READ_SEARCH};
  const auto* nobody = ::getpwnam("nobody");
  bool done = nobody && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && ::setgroups(0, nullptr) == 0 &&
              ::setresgid(nobody->pw_gid, nobody->pw_gid, nobody->pw_gid) == 0 &&
              ::setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) == 0;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (unsigned each : given) data[0].effective |= 1u << each;
  data[0].permitted = data[0].inheritable = data[0].effective;
  done = done && ::syscall(SYS_capset, &header, data) == 0;
  for (unsigned each : given) done = done && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, each, 0, 0) == 0;
  if (!done) ::_exit(125);
}

class capabilities_test : public run_test {
 protected:
  void SetUp() override {
    run_test::SetUp();
    if (::geteuid() != 0) GTEST_SKIP() << "takes root to give capabilities";
  }
};

TEST_F(capabilities_test, of_a_service_stay_with_no_thread) {
  process server(configured(), {.before = become_nobody_with_capabilities});
  log_in(port_in(server.wait_for("try")));  // every thread runs by then
  expect_capabilities(server.id(), 0);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

TEST_F(capabilities_test, of_a_service_stay_where_active_mode_needs_one) {
  process server(configured("active_port = 20"), {.before = become_nobody_with_capabilities});
  log_in(port_in(server.wait_for("try")));  // every thread runs by then
  expect_capabilities(server.id(), low_ports);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

TEST_F(capabilities_test, of_root_stay_with_no_thread) {
  process server(configured("run_as = \"nobody\""));
  log_in(port_in(server.wait_for("try")));  // every thread runs by then
  expect_capabilities(server.id(), 0);
  auto nobody = fmt::format("{0}\t{0}\t{0}\t{0}", ::getpwnam("nobody")->pw_uid);
  auto users = of_threads(server.id(), "Uid");
  EXPECT_EQ(users.count(nobody), users.size());
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

constexpr auto soon = "[limits]\nstop = 1\n";

TEST_F(run_test, that_is_told_to_stop_says_so_last) {
  process server(configured());
  auto client = log_in(port_in(server.wait_for("try")));
  server.signal(SIGTERM);
  EXPECT_EQ(client.read().code, 421);
  auto got = server.finish();
  EXPECT_EQ(got.code, 0);
  EXPECT_TRUE(got.err.contains(" stopping: ")) << got.err;
  EXPECT_TRUE(got.err.ends_with(" stopped\n")) << got.err;
}

TEST_F(run_test, that_may_open_few_files_says_how_many_sessions_there_is_room_for) {
  auto few = [] {
    const rlimit files{400, 400};
    ::setrlimit(RLIMIT_NOFILE, &files);
  };
  for (std::string wanted : {"", "[limits]\nsessions = 300\n", "[limits]\nsessions = 100\n"}) {
    process server(configured(wanted), {.before = few});
    log_in(port_in(server.wait_for("try")));
    server.signal(SIGTERM);
    auto got = server.finish();
    EXPECT_EQ(got.code, 0);
    EXPECT_EQ(got.err.contains("WARNING: the limit of open files has room for 100 sessions"),
              wanted.find("100") == wanted.npos)
        << got.err;
  }
}

// Rules go by the path as named: a link would lead around them.
TEST_F(run_test, whose_users_have_rules_follows_no_links) {
  std::filesystem::create_directory(served() + "/private");
  std::ofstream(served() + "/private/f") << "content";
  std::filesystem::create_symlink("private", served() + "/around");
  const std::string rule = "rules = [{ folder = \"/private\", rights = [] }]\n";
  for (bool with_rule : {false, true}) {
    process server(configured("", with_rule ? rule : ""));
    auto client = log_in(port_in(server.wait_for("try")));
    client.ask("TYPE I");
    EXPECT_EQ(client.ask("SIZE private/f").code, with_rule ? 550 : 213);
    EXPECT_EQ(client.ask("SIZE around/f").code, with_rule ? 550 : 213);
    server.signal(SIGTERM);
    EXPECT_EQ(server.finish().code, 0);
  }
}

class hung_disk_test : public run_test {
 protected:
  void SetUp() override {
    run_test::SetUp();
    if (!disk) GTEST_SKIP() << "*** NOT TESTED: a disk that hangs; this machine lets us use no FUSE";
    std::ofstream(disk->files() + "/f") << "content";
    std::filesystem::remove(served());
    std::filesystem::create_symlink(disk->path(), served());
  }
  std::unique_ptr<support::slow_fs> disk = support::slow_fs::mount();
};

// A system call that a disk holds cannot be ended by anyone: the process is gone when the disk lets it.
TEST_F(hung_disk_test, does_not_keep_a_server_that_is_told_to_stop) {
  process server(configured(soon));
  auto client = log_in(port_in(server.wait_for("try")));
  disk->hang();
  client.send_line("SIZE f");
  disk->await_waiting(1);
  const auto begun = clock::now();
  server.signal(SIGTERM);
  server.wait_for_err("ended by force: 6 s have passed, and 1 session has not ended\n");
  EXPECT_GE(clock::now() - begun, 5s);
  EXPECT_LT(clock::now() - begun, 30s);
  disk->answer();
  auto got = server.finish();
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.err.ends_with("has not ended\n")) << got.err;
}

TEST_F(hung_disk_test, does_not_keep_a_server_that_is_told_twice) {
  process server(configured());
  auto client = log_in(port_in(server.wait_for("try")));
  disk->hang();
  client.send_line("SIZE f");
  disk->await_waiting(1);
  server.signal(SIGTERM);
  server.wait_for_err(" stopping: ");
  server.signal(SIGINT);
  server.wait_for_err("ended by force: a second signal, and 1 session has not ended\n");
  disk->answer();
  auto got = server.finish();
  EXPECT_EQ(got.code, 1);
  EXPECT_TRUE(got.err.ends_with("has not ended\n")) << got.err;
}

TEST_F(run_test, whose_log_is_stuck_serves_and_stops) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::string full(static_cast<std::size_t>(::fcntl(ends[1], F_SETPIPE_SZ, 4096)), 'x');
  ASSERT_EQ(::write(ends[1], full.data(), full.size()), static_cast<ssize_t>(full.size()));
  process server(configured(), {.err = ends[1]});
  auto client = log_in(port_in(server.wait_for("try")));
  EXPECT_EQ(client.ask("NOOP").code, 200);
  const auto begun = clock::now();
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
  EXPECT_LT(clock::now() - begun, 20s);
  ::close(ends[0]);
  ::close(ends[1]);
}

std::string content_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(run_test, opens_its_xferlog_anew_and_keeps_its_sessions) {
  auto log = std::string(folder_) + "/xferlog";
  std::ofstream(served() + "/f") << "content";
  process server(configured("[log]\nxferlog = \"" + log + "\""));
  auto client = log_in(port_in(server.wait_for("try")));
  auto fetch = [&] {
    auto data = client.passive();
    EXPECT_EQ(client.ask("RETR f").code, 150);
    EXPECT_EQ(data.receive_all(), "content");
    EXPECT_EQ(client.read().code, 226);
  };
  fetch();
  std::filesystem::rename(log, log + ".1");
  server.signal(SIGHUP);
  server.wait_for_err(" the xferlog was opened anew\n");
  fetch();
  fetch();
  EXPECT_EQ(client.ask("QUIT").code, 221);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
  const auto before = std::ranges::count(content_of(log + ".1"), '\n');
  const auto after = std::ranges::count(content_of(log), '\n');
  EXPECT_EQ(before + after, 3);
  EXPECT_GE(after, 2);  // what had not been written before goes to the new file
}

TEST_F(run_test, that_cannot_open_its_xferlog_anew_goes_on_with_the_old_one) {
  auto folder = std::string(folder_) + "/log", log = folder + "/xferlog";
  std::filesystem::create_directory(folder);
  std::ofstream(served() + "/f") << "content";
  process server(configured("[log]\nxferlog = \"" + log + "\""));
  auto client = log_in(port_in(server.wait_for("try")));
  std::filesystem::rename(folder, folder + "-moved");
  server.signal(SIGHUP);
  server.wait_for_err("WARNING: the xferlog goes on as it was: " + log);
  auto data = client.passive();
  EXPECT_EQ(client.ask("RETR f").code, 150);
  EXPECT_EQ(data.receive_all(), "content");
  EXPECT_EQ(client.read().code, 226);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
  EXPECT_EQ(std::ranges::count(content_of(folder + "-moved/xferlog"), '\n'), 1);
}

TEST_F(run_test, whose_terminal_is_closed_stops) {
  int window = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(window, 0);
  ASSERT_EQ(::grantpt(window) | ::unlockpt(window), 0);
  int terminal = ::open(::ptsname(window), O_RDWR | O_NOCTTY | O_CLOEXEC);
  process server(configured(), {.err = terminal});
  ::close(terminal);
  auto client = log_in(port_in(server.wait_for("try")));
  server.signal(SIGHUP);
  EXPECT_EQ(client.ask("NOOP").code, 200);  // it is still there
  ::close(window);
  server.signal(SIGHUP);
  EXPECT_EQ(client.read().code, 421);
  EXPECT_EQ(server.finish().code, 0);
}

}  // namespace
}  // namespace ferry::ferryd
