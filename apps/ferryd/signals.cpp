#include "ferryd/signals.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace ferry::ferryd {
namespace {

sigset_t obeyed() {
  sigset_t out;
  sigemptyset(&out);
  for (int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&out, each);
  return out;
}

// The next signal; 0 when none has come `until` then.
int next_signal(time_point until) {
  const auto awaited = obeyed();
  for (;;) {
    int which = 0;
    if (until == time_point::max()) {
      which = ::sigwaitinfo(&awaited, nullptr);
    } else {
      auto left = std::max(until - clock::now(), duration::zero());
      auto seconds = std::chrono::floor<std::chrono::seconds>(left);
      const timespec how_long{seconds.count(), (left - seconds).count()};
      which = ::sigtimedwait(&awaited, nullptr, &how_long);
    }
    if (which > 0) return which;
    if (errno == EAGAIN) return 0;
  }
}

}  // namespace

void hold_signals() {
  auto held = obeyed();
  ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

obedience::obedience(orders what) : thread_([this, what = std::move(what)] { obey(what); }) {}

obedience::~obedience() {
  over_ = true;
  ::pthread_kill(thread_.native_handle(), SIGHUP);  // wakes it
  thread_.join();
}

void obedience::obey(const orders& what) const {
  auto until = time_point::max();
  for (bool stopping = false;;) {
    int which = next_signal(until);
    if (over_) return;
    if (which == SIGHUP && (stopping || what.renew())) continue;
    if (which == 0) {
      what.end(fmt::format("{} s have passed", what.patience.count()));
    } else if (std::exchange(stopping, true)) {
      what.end("a second signal");
    } else {
      until = clock::now() + what.patience;
      what.stop();
    }
  }
}

}  // namespace ferry::ferryd
