// ferryd as a process of its own, and what it says: it raises walls, holds signals and ends.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ferry::ferryd {

struct outcome {
  int code = -1;  // -1: a signal ended it
  std::string out, err;
};

// What it is started with.
struct process_start {
  std::string input;             // its standard input
  std::string password;          // FERRYD_PASSWORD
  std::function<void()> before;  // called in the child just before it becomes ferryd
  int err = -1;                  // its standard error, in place of a pipe that is read
};

class process {
 public:
  explicit process(std::vector<std::string> words, process_start how = {}) {
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) std::abort();
    words.insert(words.begin(), FERRYD);
    std::vector<char*> all;
    all.reserve(words.size() + 1);
    for (auto& each : words) all.push_back(each.data());
    all.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(how.err < 0 ? err[1] : how.err, STDERR_FILENO);
      ::setsid();  // no terminal to ask on
      if (!how.password.empty()) ::setenv("FERRYD_PASSWORD", how.password.c_str(), 1);
      if (how.before) how.before();
      ::execv(all[0], all.data());
      std::perror(all[0]);
      ::_exit(126);
    }
    for (int each : {in[0], out[1], err[1]}) ::close(each);
    if (::write(in[1], how.input.data(), how.input.size()) < 0) std::abort();
    ::close(in[1]);
    out_ = out[0];
    err_ = err[0];
  }
  ~process() {
    if (child_ < 0) return;
    ::kill(child_, SIGKILL);
    finish();
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  // Reads until it has said `text`, or ends.
  std::string wait_for(std::string_view text) { return read_until(out_, got_.out, text); }
  std::string wait_for_err(std::string_view text) { return read_until(err_, got_.err, text); }

  void signal(int which) const { ::kill(child_, which); }
  pid_t id() const { return child_; }

  outcome finish() {
    drain(out_, got_.out);
    drain(err_, got_.err);
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    got_.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return got_;
  }

 private:
  static std::string read_until(int from, std::string& into, std::string_view text) {
    char one = 0;
    while (!into.contains(text) && ::read(from, &one, 1) == 1) into += one;
    return into;
  }
  static void drain(int from, std::string& into) {
    char some[4096];
    for (ssize_t count; (count = ::read(from, some, sizeof some)) > 0;)
      into.append(some, static_cast<std::size_t>(count));
    ::close(from);
  }

  pid_t child_ = -1;
  int out_ = -1, err_ = -1;
  outcome got_;
};

}  // namespace ferry::ferryd
