#include "server/logs/log_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/clock.hpp"

namespace ferry::server {
namespace {

class log_writer_test : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(::pipe(ends_), 0);
  }
  void TearDown() override {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  std::string read_all() {
    ::close(std::exchange(ends_[1], -1));
    std::string out;
    char some[4096];
    for (ssize_t count; (count = ::read(ends_[0], some, sizeof some)) > 0;)
      out.append(some, static_cast<std::size_t>(count));
    return out;
  }
  fd writing_end() const { return fd(::dup(ends_[1])); }

  int ends_[2];
};

TEST_F(log_writer_test, lines_of_every_thread_arrive_whole_and_in_their_order) {
  std::string got;
  std::thread reader;
  {
    log_writer log(writing_end());
    ASSERT_TRUE(log.start());
    reader = std::thread([&] {
      char some[4096];
      for (ssize_t count; (count = ::read(ends_[0], some, sizeof some)) > 0;)
        got.append(some, static_cast<std::size_t>(count));
    });
    std::vector<std::thread> writers;
    for (int who = 0; who < 4; ++who) {
      writers.emplace_back([&, who] {
        for (int i = 0; i < 500; ++i) log.line(std::to_string(who) + " " + std::to_string(i));
      });
    }
    for (auto& each : writers) each.join();
  }
  ::close(std::exchange(ends_[1], -1));
  reader.join();
  int next[4] = {}, who = 0, i = 0, lines = 0;
  std::istringstream in(got);
  for (std::string line; std::getline(in, line); ++lines) {
    ASSERT_EQ(std::sscanf(line.c_str(), "%d %d", &who, &i), 2) << line;
    ASSERT_EQ(i, next[who]++) << line;
  }
  EXPECT_EQ(lines, 2000);
}

TEST_F(log_writer_test, a_log_that_nobody_reads_holds_nobody_up_and_says_what_it_lost) {
  ASSERT_GT(::fcntl(ends_[1], F_SETPIPE_SZ, 4096), 0);
  const std::string line(99, 'x');
  std::string got;
  std::uint64_t lost = 0;
  std::thread reader;
  {
    log_writer log(writing_end(), 10000);
    ASSERT_TRUE(log.start());
    for (int i = 0; i < 1000; ++i) log.line(line);
    lost = log.lost();
    EXPECT_GE(lost, 1000u - 300u);
    reader = std::thread([&] {
      char some[4096];
      for (ssize_t count; (count = ::read(ends_[0], some, sizeof some)) > 0;)
        got.append(some, static_cast<std::size_t>(count));
    });
  }
  ::close(std::exchange(ends_[1], -1));
  reader.join();
  std::uint64_t told = 0, some = 0;
  std::istringstream in(got);
  for (std::string each; std::getline(in, each);)
    if (std::sscanf(each.c_str(), "(%lu log lines were dropped", &some) == 1) told += some;
  EXPECT_EQ(told, lost);
}

TEST_F(log_writer_test, what_waits_is_written_before_it_is_destroyed) {
  {
    log_writer log(writing_end());
    log.line("first words");
    ASSERT_TRUE(log.start());
    log.line("last words");
  }
  EXPECT_EQ(read_all(), "first words\nlast words\n");
}

TEST_F(log_writer_test, a_log_that_nobody_reads_does_not_hold_up_the_end) {
  ASSERT_GT(::fcntl(ends_[1], F_SETPIPE_SZ, 4096), 0);
  const auto begun = clock::now();
  {
    log_writer log(writing_end());
    ASSERT_TRUE(log.start());
    for (int i = 0; i < 1000; ++i) log.line("nobody reads this");
    EXPECT_FALSE(log.flush(std::chrono::milliseconds(10)));
  }
  EXPECT_LT(clock::now() - begun, 10 * limit::log_farewell);
}

TEST_F(log_writer_test, a_flush_waits_until_all_is_written) {
  log_writer log(writing_end());
  ASSERT_TRUE(log.start());
  EXPECT_TRUE(log.flush());
  for (int i = 0; i < 100; ++i) {
    log.line("x");
    ASSERT_TRUE(log.flush());
    int waiting = 0;
    ASSERT_EQ(::ioctl(ends_[0], FIONREAD, &waiting), 0);
    ASSERT_EQ(waiting, 2 * (i + 1));
  }
}

TEST_F(log_writer_test, moves_to_another_file_and_closes_the_first) {
  int others[2];
  ASSERT_EQ(::pipe(others), 0);
  log_writer log{fd(std::exchange(ends_[1], -1))};
  ASSERT_TRUE(log.start());
  log.line("here");
  ASSERT_TRUE(log.flush());
  log.move_to(fd(others[1]));
  log.line("there");
  ASSERT_TRUE(log.flush());
  char some[64];
  EXPECT_EQ(std::string_view(some, static_cast<std::size_t>(::read(ends_[0], some, sizeof some))), "here\n");
  EXPECT_EQ(::read(ends_[0], some, sizeof some), 0);
  EXPECT_EQ(std::string_view(some, static_cast<std::size_t>(::read(others[0], some, sizeof some))), "there\n");
  ::close(others[0]);
}

TEST(open_log, appends_and_says_why_it_cannot) {
  char folder[] = "/tmp/ferry-log-XXXXXX";
  ASSERT_TRUE(::mkdtemp(folder));
  auto file = std::string(folder) + "/xferlog";
  for (auto text : {"one", "two"}) {
    auto opened = open_log(file);
    ASSERT_TRUE(opened);
    log_writer log(std::move(*opened));
    ASSERT_TRUE(log.start());
    log.line(text);
  }
  std::stringstream got;
  got << std::ifstream(file).rdbuf();
  EXPECT_EQ(got.str(), "one\ntwo\n");
  struct stat about{};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07137, 0u);
  auto none = open_log(std::string(folder) + "/no/such");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().id, "log.open");
  EXPECT_TRUE(none.error().cause.contains("/no/such"));
  ::unlink(file.c_str());
  ::rmdir(folder);
}

}  // namespace
}  // namespace ferry::server
