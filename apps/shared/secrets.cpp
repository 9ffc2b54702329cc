#include "shared/secrets.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "accounts/limits.hpp"
#include "base/fd.hpp"

namespace ferry::shared {
namespace {

volatile std::sig_atomic_t caught = 0;
void on_signal(int which) { caught = which; }

// While it lives the terminal shows nothing that is typed, and a signal ends a read instead of the process, so that
// the terminal always gets its echo back.
class quiet_terminal {
 public:
  explicit quiet_terminal(int fd) : fd_(fd), is_terminal_(::tcgetattr(fd, &before_) == 0) {
    caught = 0;
    struct sigaction catching{};
    catching.sa_handler = on_signal;
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &catching, &handled_[i]);
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_terminal_) ::tcsetattr(fd_, TCSAFLUSH, &quiet);
  }
  ~quiet_terminal() {
    if (is_terminal_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &handled_[i], nullptr);
  }
  quiet_terminal(const quiet_terminal&) = delete;
  quiet_terminal& operator=(const quiet_terminal&) = delete;

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  const int fd_;
  termios before_{};
  const bool is_terminal_;
  std::array<struct sigaction, signals.size()> handled_{};
};

// Up to the newline, which is not part of it. Longer than any password is cut, and refused when it is hashed.
result<std::string> read_line(int fd) {
  std::string out;
  out.reserve(limit::password + 2);  // so that no part of it stays behind where it grew
  char one = 0;
  while (true) {
    auto count = ::read(fd, &one, 1);
    if (count < 0 && caught) return fail("password.interrupted", "interrupted");
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("password.terminal", errno);
    if (count == 0 || one == '\n') break;
    if (out.size() <= limit::password) out += one;
  }
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

void say(int fd, const std::string& text) {
  if (::write(fd, text.data(), text.size()) < 0) return;  // the question is lost, not the answer
}

result<std::string> ask_once(int terminal, const std::string& question) {
  quiet_terminal quiet(terminal);
  say(terminal, question);
  auto out = read_line(terminal);
  say(terminal, "\n");
  return out;
}

result<std::string> ask_twice(int terminal, const std::string& whose) {
  auto first = ask_once(terminal, "Password for " + whose + ": ");
  if (!first) return first;
  auto again = ask_once(terminal, "The same again: ");
  if (!again) return again;
  bool same = *first == *again;
  sodium_memzero(again->data(), again->size());
  if (!same) return fail("password.differ", "the two passwords differ", "start again");
  return first;
}

template <class Ask>
result<std::string> on_terminal(const std::string& whose, const char* variable, Ask ask) {
  fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) {
    std::string advice = "give --password-file FILE, or set ";
    advice += variable;
    return fail("password.terminal", "there is no terminal to ask for the password of " + whose, std::move(advice));
  }
  return ask(terminal.get(), whose);
}

}  // namespace

result<std::string> password_from_file(const std::string& file, std::string& warning) {
  fd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) return fail("password.file", file + ": " + std::strerror(errno), "name a file that holds the password");
  struct stat about{};
  if (::fstat(opened.get(), &about) == 0 && (about.st_mode & (S_IRGRP | S_IROTH)) && S_ISREG(about.st_mode)) {
    warning = file + " may be read by other users; run: chmod 600 " + file;
  }
  auto out = read_line(opened.get());
  if (out && out->empty()) return fail("password.file", file + " holds no password in its first line");
  return out;
}

std::string password_from_environment(const char* variable) {
  char* value = std::getenv(variable);
  if (!value) return {};
  std::string out = value;
  sodium_memzero(value, out.size());  // /proc/PID/environ shows this memory
  ::unsetenv(variable);
  return out;
}

result<std::string> ask_password(const std::string& whose, const char* variable, bool stdin_too) {
  if (stdin_too && !::isatty(STDIN_FILENO)) return read_line(STDIN_FILENO);
  return on_terminal(whose, variable, ask_twice);
}

result<std::string> ask_known_password(const std::string& whose, const char* variable) {
  return on_terminal(whose, variable, [](int terminal, const std::string& of_whom) {
    return ask_once(terminal, "Password for " + of_whom + ": ");
  });
}

}  // namespace ferry::shared
