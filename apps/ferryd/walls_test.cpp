#include "ferryd/walls.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

namespace ferry::ferryd {
namespace {

// Walls cannot be taken down, so each test raises them in a process of its own. It answers with the first thing that is
// not as it should be, or with nothing.
std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  pid_t child = ::fork();
  if (child == 0) {
    auto said = work();
    auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written < 0);
  }
  ::close(ends[1]);
  std::string out;
  char some[512];
  for (ssize_t count; (count = ::read(ends[0], some, sizeof some)) > 0;)
    out.append(some, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? out : fmt::format("ended with status {}", status);
}

class walls : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(::mkdtemp(folder_));
    for (auto each : {"write/below", "read", "log", "outside"}) std::filesystem::create_directories(at(each));
    for (auto each : {"write/file", "read/file", "log/file", "outside/file"}) std::ofstream(at(each)) << "content";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string at(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

  // Empty when an open succeeds just where it should.
  static std::string expect_open(const std::string& path, int flags, bool allowed) {
    int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    int why = fd < 0 ? errno : 0;
    if (fd >= 0) ::close(fd);
    if (allowed ? fd >= 0 : why == EACCES) return "";
    return fmt::format("open {} with {:o}: errno {}; ", path, flags, why);
  }

  char folder_[32] = "/tmp/ferry-walls-XXXXXX";
};

class landlock : public walls {
 protected:
  void SetUp() override {
    walls::SetUp();
    auto there = in_child([] { return no_new_privileges() && confine({}) ? "" : "none"; });
    if (!there.empty()) GTEST_SKIP() << "this kernel has no Landlock";
  }
  bool raise() const {
    const grant all[] = {
        {at("write"), grant::access::write}, {at("read"), grant::access::read}, {at("log"), grant::access::log}};
    return no_new_privileges() && confine(all);
  }
};

TEST_F(landlock, files_open_below_the_roots_and_nowhere_else) {
  EXPECT_EQ(
      in_child([&] {
        if (!raise()) return std::string("not raised");
        return expect_open(at("write/file"), O_RDWR, true) + expect_open(at("write/new"), O_RDWR | O_CREAT, true) +
               expect_open(at("write/file"), O_WRONLY | O_TRUNC, true) +
               expect_open(at("write/below"), O_RDONLY | O_DIRECTORY, true) +
               expect_open(at("read/file"), O_RDONLY, true) + expect_open(at("read/file"), O_WRONLY, false) +
               expect_open(at("read/new"), O_RDWR | O_CREAT, false) + expect_open(at("outside/file"), O_RDONLY, false) +
               expect_open(at("write/../outside/file"), O_RDONLY, false) + expect_open("/etc/passwd", O_RDONLY, false) +
               expect_open("/", O_RDONLY | O_DIRECTORY, false);
      }),
      "");
}

TEST_F(landlock, a_log_can_be_made_anew_and_that_is_all) {
  EXPECT_EQ(in_child([&] {
              if (!raise()) return std::string("not raised");
              constexpr int append = O_WRONLY | O_APPEND | O_CREAT;
              auto out = expect_open(at("log/file"), append, true) + expect_open(at("log/new"), append, true) +
                         expect_open(at("log/file"), O_RDONLY, false) +
                         expect_open(at("log"), O_RDONLY | O_DIRECTORY, false);
              if (::unlink(at("log/file").c_str()) == 0) out += "unlink; ";
              return out;
            }),
            "");
}

TEST_F(landlock, a_folder_that_was_opened_before_leads_nowhere_either) {
  EXPECT_EQ(in_child([&] {
              int outside = ::open(at("outside").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
              if (!raise()) return std::string("not raised");
              int fd = ::openat(outside, "file", O_RDONLY | O_CLOEXEC);
              return std::string(fd < 0 && errno == EACCES ? "" : "opened");
            }),
            "");
}

TEST_F(landlock, uploads_can_be_published) {
  EXPECT_EQ(in_child([&] {
              if (!raise()) return std::string("not raised");
              std::string out;
              int unnamed = ::open(at("write/below").c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
              if (unnamed < 0 && errno != EOPNOTSUPP) out += fmt::format("O_TMPFILE: errno {}; ", errno);
              auto link = fmt::format("/proc/self/fd/{}", unnamed);
              if (unnamed >= 0 && ::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, at("write/below/published").c_str(),
                                           AT_SYMLINK_FOLLOW) != 0) {
                out += fmt::format("linkat: errno {}; ", errno);
              }
              if (::rename(at("write/file").c_str(), at("write/below/moved").c_str()) != 0) {
                out += fmt::format("rename to another folder: errno {}; ", errno);
              }
              if (::mkdir(at("write/made").c_str(), 0700) != 0 || ::rmdir(at("write/made").c_str()) != 0)
                out += "mkdir; ";
              if (::unlink(at("write/below/moved").c_str()) != 0) out += "unlink; ";
              if (::symlink("below", at("write/link").c_str()) != 0) out += "symlink; ";
              return out;
            }),
            "");
}

TEST_F(landlock, what_no_command_makes_cannot_be_made) {
  EXPECT_EQ(in_child([&] {
              if (!raise()) return std::string("not raised");
              std::string out;
              if (::symlink("file", at("read/link").c_str()) == 0) out += "link in a read-only root; ";
              if (::mkfifo(at("write/fifo").c_str(), 0600) == 0) out += "mkfifo; ";
              if (::rename(at("read/file").c_str(), at("write/taken").c_str()) == 0)
                out += "moved out of a read-only root; ";
              if (::unlink(at("read/file").c_str()) == 0) out += "unlink; ";
              return out;
            }),
            "");
}

TEST_F(landlock, a_root_that_is_not_there_raises_nothing) {
  EXPECT_EQ(in_child([&] {
              const grant none[] = {{at("none"), grant::access::write}};
              if (!no_new_privileges() || confine(none)) return std::string("raised");
              return expect_open("/etc/passwd", O_RDONLY, true);
            }),
            "");
}

class becoming : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "takes root to become somebody else";
  }
  static bool binds_low_port() {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(1);
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  }
};

TEST_F(becoming, somebody_else_is_for_good) {
  EXPECT_EQ(in_child([] {
              auto nobody = find_identity("nobody");
              if (!nobody || !become(*nobody, false)) return std::string("not done");
              std::string out;
              if (::getuid() != nobody->user || ::getegid() != nobody->group) out += "ids; ";
              if (::setuid(0) == 0 || ::setgid(0) == 0) out += "way back; ";
              if (binds_low_port()) out += "low port; ";
              if (!privileges().contains("no capabilities")) out += privileges();
              for (gid_t groups[64];
                   auto each : std::span(groups, static_cast<std::size_t>(std::max(0, ::getgroups(64, groups))))) {
                if (each == 0) out += "group root; ";
              }
              return out;
            }),
            "");
}

TEST_F(becoming, somebody_else_may_keep_low_ports_and_that_alone) {
  EXPECT_EQ(in_child([] {
              auto nobody = find_identity("nobody");
              if (!nobody || !become(*nobody, true)) return std::string("not done");
              std::string out;
              if (!binds_low_port()) out += "no low port; ";
              if (::setuid(0) == 0) out += "way back; ";
              if (!privileges().contains("net_bind_service only")) out += privileges();
              return out;
            }),
            "");
}

TEST_F(becoming, with_capabilities_that_cannot_be_dropped_as_asked_fails) {
  EXPECT_EQ(in_child([] {
              auto nobody = find_identity("nobody");
              if (!nobody || !become(*nobody, false)) return std::string("not done");
              return std::string(become(*nobody, true) ? "done without the right to" : "");
            }),
            "");
}

TEST(find_identity, refuses_root_and_strangers) {
  for (auto name : {"root", "no-such-user", ""}) {
    auto got = find_identity(name);
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.error().id, "walls.user");
  }
}

}  // namespace
}  // namespace ferry::ferryd
