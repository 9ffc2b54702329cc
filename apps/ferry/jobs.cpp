#include "ferry/jobs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/src.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "ferry/console.hpp"
#include "ferry/exit_codes.hpp"

extern char** environ;

namespace ferry::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_event = 1048576;  // bytes
constexpr int password_descriptor = 3;
constexpr auto stop_patience = std::chrono::seconds(8);   // for a job to say goodbye and keep what it has
constexpr auto leave_patience = std::chrono::seconds(1);  // for one that was told to leave at once
constexpr auto look_again = std::chrono::milliseconds(20);

struct pipe_ends {
  int out = -1;
  int in = -1;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    out = ends[0];
    in = ends[1];
    return true;
  }
  void close_in() {
    if (in >= 0) ::close(std::exchange(in, -1));
  }
  ~pipe_ends() {
    close_in();
    if (out >= 0) ::close(out);
  }
};

// How a process is started: its descriptors, and a session of its own, which no key of this terminal reaches.
class start_options {
 public:
  start_options(int output, int password) {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, password, password_descriptor);
    ::posix_spawnattr_init(&attributes);
    sigset_t all;
    sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
  }
  ~start_options() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  start_options(const start_options&) = delete;
  start_options& operator=(const start_options&) = delete;

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

// What passwords this process was given is told to a job, where it is for its server, and to no other.
std::vector<char*> environment_without_passwords() {
  std::vector<char*> out;
  for (char** each = environ; *each; ++each) {
    const std::string_view one(*each);
    const bool secret = one.starts_with("FERRY_PASSWORD=") || one.starts_with("FERRY_PASSWORD_FILE=");
    if (!secret) out.push_back(*each);
  }
  out.push_back(nullptr);
  return out;
}

std::uint64_t number_in(const json::object& event, std::string_view name) {
  const auto* found = event.if_contains(name);
  return found && found->is_number() ? found->to_number<std::uint64_t>() : 0;
}

std::string text_in(const json::object& event, std::string_view name) {
  const auto* found = event.if_contains(name);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

struct jobs::job {
  unsigned number = 0;
  std::string shown;
  pid_t process = -1;
  pipe_ends events;
  std::thread reader;

  // What the reader has learnt.
  mutable std::mutex lock;
  std::uint64_t files = 0, left = 0, bytes = 0, rate = 0, seconds_left = 0;
  std::string cause;
  std::optional<int> exit_code;

  // Until the process has closed its output; then it is waited for.
  void read() {
    std::string text;
    char chunk[4096];
    for (ssize_t count; (count = ::read(events.out, chunk, sizeof chunk)) > 0 || (count < 0 && errno == EINTR);) {
      if (count < 0) continue;
      text.append(chunk, static_cast<std::size_t>(count));
      for (std::size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1)) take(text.substr(0, end));
      if (text.size() > longest_event) text.clear();
    }
    siginfo_t about{};
    while (::waitid(P_PID, static_cast<id_t>(process), &about, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    // Its number is free for others only when it is known to have ended.
    const std::lock_guard held(lock);
    int status = 0;
    ::waitpid(process, &status, 0);
    exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // The reader ends with the process.
  void end() {
    if (reader.joinable()) reader.join();
  }

  void take(const std::string& line) {
    boost::system::error_code failed;
    auto value = json::parse(line, failed);
    if (failed || !value.is_object()) return;
    const auto& event = value.get_object();
    const auto kind = text_in(event, "event");
    const std::lock_guard held(lock);
    if (kind == "progress" || kind == "end") {
      files = number_in(event, "files");
      bytes = number_in(event, "bytes");
    }
    if (kind == "progress") {
      left = number_in(event, "files_left");
      rate = number_in(event, "rate");
      seconds_left = number_in(event, "seconds_left");
    }
    if (kind == "error") cause = text_in(event, "cause");
  }
};

jobs::jobs() = default;

jobs::~jobs() {
  for (auto& one : jobs_) signal(*one, SIGKILL);
  for (auto& one : jobs_) one->end();
}

void jobs::stop_all(const std::function<bool()>& impatient) {
  // The second SIGINT ends it at once, as the second Ctrl-C does.
  for (const auto patience : {stop_patience, leave_patience}) {
    for (auto& one : jobs_) signal(*one, SIGINT);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (running() > 0 && std::chrono::steady_clock::now() < until && !impatient())
      std::this_thread::sleep_for(look_again);
  }
}

// Nobody else's process: until it is known to have ended its number is its own.
void jobs::signal(job& one, int which) {
  const std::lock_guard held(one.lock);
  if (!one.exit_code) ::kill(one.process, which);
}

result<unsigned> jobs::start(std::string shown, std::vector<std::string> words, const std::string& password) {
  auto one = std::make_unique<job>();
  pipe_ends secret;
  if (!one->events.open() || !secret.open()) return fail_errno("job.start", errno);
  // No password is longer than a pipe is deep.
  const auto line = password + '\n';
  if (::write(secret.in, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return fail("job.start", "the password cannot be handed on");
  secret.close_in();

  if (!password.empty()) words.insert(words.begin(), fmt::format("--password-file=/dev/fd/{}", password_descriptor));
  words.insert(words.begin(), {"ferry", "--json"});
  std::vector<char*> pointers;
  for (auto& each : words) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  const start_options how(one->events.in, secret.out);
  auto environment = environment_without_passwords();
  if (int code = ::posix_spawn(&one->process, "/proc/self/exe", &how.files, &how.attributes, pointers.data(),
                               environment.data())) {
    return fail_errno("job.start", code);
  }
  one->events.close_in();
  one->number = ++last_;
  one->shown = std::move(shown);
  one->reader = std::thread([&of = *one] { of.read(); });
  jobs_.push_back(std::move(one));
  return last_;
}

std::string jobs::line_of(const job& one) const {
  const std::lock_guard held(one.lock);
  std::string state = "running";
  if (one.exit_code) state = *one.exit_code == exit_code::success ? "done" : fmt::format("failed ({})", *one.exit_code);
  auto out = fmt::format("[{}] {:<11} {}", one.number, state, one.shown);
  if (one.bytes > 0) out += fmt::format("  {}", human_size(one.bytes));
  if (!one.exit_code && one.rate > 0) out += fmt::format(" at {}/s", human_size(one.rate));
  if (!one.exit_code && one.seconds_left > 0) {
    out += fmt::format(", {} to go", human_time(static_cast<double>(one.seconds_left)));
  }
  if (one.files + one.left > 1) out += fmt::format(" · {} files done, {} left", one.files, one.left);
  if (one.exit_code && !one.cause.empty()) out += "\n    " + console::harmless(one.cause);
  return out;
}

std::vector<std::string> jobs::tell(bool running_too) {
  std::vector<std::string> out;
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    auto& one = **at;
    const bool over = [&] {
      const std::lock_guard held(one.lock);
      return one.exit_code.has_value();
    }();
    if (over || running_too) out.push_back(line_of(one));
    if (!over) {
      ++at;
      continue;
    }
    one.end();
    if (worst_ == exit_code::success) worst_ = *one.exit_code;
    at = jobs_.erase(at);
  }
  return out;
}

std::vector<std::string> jobs::all() { return tell(true); }
std::vector<std::string> jobs::ended() { return tell(false); }

std::size_t jobs::running() const {
  return static_cast<std::size_t>(std::ranges::count_if(jobs_, [](const auto& one) {
    const std::lock_guard held(one->lock);
    return !one->exit_code;
  }));
}

bool jobs::stop(unsigned number) {
  auto at = std::ranges::find(jobs_, number, [](const auto& one) { return one->number; });
  if (at == jobs_.end()) return false;
  signal(**at, SIGINT);
  return true;
}

}  // namespace ferry::cli
