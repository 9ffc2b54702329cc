// The signals that a server obeys.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace ferry::ferryd {

// SIGTERM, SIGINT and SIGHUP wait for an obedience, in this thread and those it starts later; SIGPIPE is ignored.
void hold_signals();

// After hold_signals(), on a thread of its own: SIGHUP calls `renew`, and when that is false counts as SIGTERM; the
// first SIGTERM or SIGINT calls `stop`. What has not stopped when another comes, or when `patience` has passed, is
// ended by `end`, which is told why and does not return.
class obedience {
 public:
  struct orders {
    std::function<bool()> renew;
    std::function<void()> stop;
    std::chrono::seconds patience;
    std::function<void(std::string why)> end;
  };
  explicit obedience(orders what);
  ~obedience();
  obedience(const obedience&) = delete;
  obedience& operator=(const obedience&) = delete;

 private:
  void obey(const orders& what) const;

  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace ferry::ferryd
