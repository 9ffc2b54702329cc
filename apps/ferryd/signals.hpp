// The signals that end a server.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace ferry::ferryd {

// SIGTERM, SIGINT and SIGHUP wait for a stop_signals, in this thread and those it starts later; SIGPIPE is ignored.
void hold_signals();

// After hold_signals(): the first of those signals calls `stop`, on a thread of its own, the second ends the process.
class stop_signals {
 public:
  explicit stop_signals(std::function<void()> stop);
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

 private:
  std::atomic<bool> over_ = false;
  std::thread waits_;
};

}  // namespace ferry::ferryd
