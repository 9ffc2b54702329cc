#include "server/logs/log_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>

namespace ferry::server {
namespace {

// False when it cannot be written (a closed pipe, a full disk): the lines are lost then.
bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(to, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // a terminal that another process made non-blocking
      pollfd ready{to, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

result<fd> open_log(const std::string& file) {
  fd opened(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640));
  if (!opened) {
    return fail("log.open", file + ": " + std::generic_category().message(errno),
                "name a file in a folder that exists and that ferryd may write to");
  }
  return opened;
}

struct log_writer::state {
  state(fd file, std::size_t bytes) : backlog(bytes), to(std::make_shared<fd>(std::move(file))) {}

  const std::size_t backlog;
  std::mutex mutex;
  std::condition_variable wake;       // the thread
  std::condition_variable written;    // who flushes
  std::shared_ptr<const fd> to, old;  // the old one is closed by the thread: that may take its time, too
  std::string waiting;
  std::uint64_t lost = 0;  // in all
  std::uint64_t told_lost = 0;
  unsigned flushing = 0;  // so many wait for it
  bool writing = false;
  bool idle = false;  // and to be woken by the next line
  bool ending = false;

  void work();
  bool flush(std::unique_lock<std::mutex>& held, std::chrono::milliseconds within);
};

void log_writer::state::work() {
  std::string text;
  std::unique_lock lock(mutex);
  while (true) {
    idle = true;
    wake.wait(lock, [this] { return ending || old || !waiting.empty(); });
    idle = false;
    if (waiting.empty() && !old) return;
    text.swap(waiting);
    if (lost > told_lost)
      text += fmt::format("({} log lines were dropped: the log is read too slowly)\n", lost - told_lost);
    told_lost = lost;
    writing = true;
    auto file = to, before = std::exchange(old, nullptr);
    lock.unlock();
    before.reset();
    write_all(file->get(), text);
    text.clear();
    lock.lock();
    writing = false;
    if (waiting.empty()) written.notify_all();
    // A busy server must not wake this thread for each line.
    wake.wait_for(lock, limit::log_pause, [this] { return ending || flushing > 0 || waiting.size() >= backlog / 2; });
  }
}

bool log_writer::state::flush(std::unique_lock<std::mutex>& held, std::chrono::milliseconds within) {
  ++flushing;
  wake.notify_one();
  bool done = written.wait_for(held, within, [this] { return waiting.empty() && !writing; });
  --flushing;
  return done;
}

log_writer::log_writer(fd to, std::size_t backlog) : state_(std::make_shared<state>(std::move(to), backlog)) {}

log_writer::~log_writer() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  const bool done = state_->flush(lock, limit::log_farewell);
  lock.unlock();
  done ? thread_.join() : thread_.detach();
}

result<void> log_writer::start() {
  try {
    thread_ = std::thread([mine = state_] { mine->work(); });
  } catch (const std::system_error& none) {
    return fail("log.thread", std::string("no thread for the log can be had: ") + none.code().message(),
                "raise the limit of processes and threads");
  }
  return {};
}

void log_writer::line(std::string_view text) {
  auto& s = *state_;
  {
    std::lock_guard lock(s.mutex);
    if (s.waiting.size() + text.size() + 1 > s.backlog) {
      ++s.lost;
      return;
    }
    (s.waiting += text) += '\n';
    if (!s.idle && s.waiting.size() < s.backlog / 2) return;
  }
  s.wake.notify_one();
}

void log_writer::move_to(fd other) {
  auto fresh = std::make_shared<const fd>(std::move(other));
  std::lock_guard lock(state_->mutex);
  if (!state_->old) state_->old = state_->to;
  state_->to = std::move(fresh);
  state_->wake.notify_one();
}

bool log_writer::flush(std::chrono::milliseconds within) {
  std::unique_lock lock(state_->mutex);
  return state_->flush(lock, within);
}

std::uint64_t log_writer::lost() const {
  std::lock_guard lock(state_->mutex);
  return state_->lost;
}

}  // namespace ferry::server
