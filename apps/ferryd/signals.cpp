#include "ferryd/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <utility>

namespace ferry::ferryd {
namespace {

sigset_t ends() {
  sigset_t out;
  sigemptyset(&out);
  for (int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&out, each);
  return out;
}

}  // namespace

void hold_signals() {
  auto held = ends();
  ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

stop_signals::stop_signals(std::function<void()> stop)
    : waits_([this, stop = std::move(stop)] {
        auto awaited = ends();
        for (int seen = 0;; ++seen) {
          int which = 0;
          if (::sigwait(&awaited, &which) != 0 || over_) return;
          if (seen > 0) ::_exit(1);
          stop();
        }
      }) {}

stop_signals::~stop_signals() {
  over_ = true;
  ::pthread_kill(waits_.native_handle(), SIGHUP);  // taken by its sigwait
  waits_.join();
}

}  // namespace ferry::ferryd
