// While it lives Ctrl-C ends a wait, and nothing else.
#pragma once

#include <csignal>

namespace ferry::cli {

class interruptible {
 public:
  interruptible() {
    struck = 0;
    struct sigaction gentle{};
    gentle.sa_handler = [](int) { struck = 1; };
    ::sigaction(SIGINT, &gentle, &before_);
  }
  ~interruptible() { ::sigaction(SIGINT, &before_, nullptr); }
  interruptible(const interruptible&) = delete;
  interruptible& operator=(const interruptible&) = delete;

  bool interrupted() const { return struck != 0; }

 private:
  static inline volatile std::sig_atomic_t struck = 0;
  struct sigaction before_{};
};

}  // namespace ferry::cli
