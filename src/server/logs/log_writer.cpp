#include "server/logs/log_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

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

result<int> open_log(const std::string& file) {
  int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
  if (fd < 0) {
    return fail("log.open", file + ": " + std::generic_category().message(errno),
                "name a file in a folder that exists and that ferryd may write to");
  }
  return fd;
}

log_writer::log_writer(int to, std::size_t backlog) : to_(to), backlog_(backlog), thread_([this] { work(); }) {}

log_writer::~log_writer() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void log_writer::line(std::string_view text) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() + text.size() + 1 > backlog_) {
      ++lost_;
      return;
    }
    (waiting_ += text) += '\n';
    if (!idle_ && waiting_.size() < backlog_ / 2) return;
  }
  wake_.notify_one();
}

std::uint64_t log_writer::lost() const {
  std::lock_guard lock(mutex_);
  return lost_;
}

void log_writer::work() {
  std::string writing;
  std::unique_lock lock(mutex_);
  while (true) {
    idle_ = true;
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    idle_ = false;
    if (waiting_.empty()) return;
    writing.swap(waiting_);
    if (lost_ > told_lost_)
      writing += fmt::format("({} log lines were dropped: the log is read too slowly)\n", lost_ - told_lost_);
    told_lost_ = lost_;
    lock.unlock();
    write_all(to_, writing);
    writing.clear();
    lock.lock();
    // A busy server must not wake this thread for each line.
    wake_.wait_for(lock, limit::log_pause, [this] { return ending_ || waiting_.size() >= backlog_ / 2; });
  }
}

}  // namespace ferry::server
