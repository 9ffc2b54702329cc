// One thread's event loop: coroutines, deadlines, and the way to work that may wait for a disk.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/intrusive/set.hpp>
#include <optional>
#include <type_traits>

#include "base/clock.hpp"
#include "net/task.hpp"

namespace ferry::net {

class loop;

// Calls a function when a deadline passes, unless it is destroyed first. Lives in the frame of whoever waits.
class alarm : public boost::intrusive::set_base_hook<> {
 public:
  using callback = void (*)(void*);

  alarm(loop& owner, time_point when, callback call, void* context);
  ~alarm();
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;

  friend bool operator<(const alarm& a, const alarm& b) { return a.when_ < b.when_; }

 private:
  friend class loop;
  loop& owner_;
  time_point when_;
  callback call_;
  void* context_;
};

class loop {
 public:
  // `workers` is shared by all loops; it must be joined before any of them is destroyed.
  explicit loop(asio::thread_pool& workers);
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  asio::io_context& context() { return context_; }
  executor get_executor() { return context_.get_executor(); }

  void run();   // until stop() or until nothing is left to do
  void stop();  // from any thread

  // For tests: as run(), but time stands still while anything can run and leaps to the next alarm when nothing can.
  // Ends as well when all that is left waits for what cannot come. Time then stands still until the next call.
  void simulate();

  // Starts a coroutine on this loop; an exception that leaves it ends the process, for it is a defect.
  void spawn(task<> work);

  // The time that deadlines are counted by. skip() moves it on: how tests wait for minutes.
  time_point now() const { return held_.value_or(clock::now()) + skipped_; }
  void skip(duration by);

  task<> sleep(duration for_how_long);

  // Lets the loop's other coroutines run.
  task<> yield();

  // Runs `work` on a worker thread and resumes here with what it returned. `work` may block; it must not touch
  // anything that lives on the loop, and it is run to its end even when nobody waits for it any more.
  template <class F>
  task<std::invoke_result_t<F>> offload(F work) {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      co_await run_on_worker([](void* f) { (*static_cast<F*>(f))(); }, &work);
    } else {
      std::optional<std::invoke_result_t<F>> out;
      auto call = [&] { out.emplace(work()); };
      co_await run_on_worker([](void* f) { (*static_cast<decltype(call)*>(f))(); }, &call);
      co_return std::move(*out);
    }
  }

 private:
  friend class alarm;
  task<> run_on_worker(void (*work)(void*), void* context);
  void arm();
  void ring();

  boost::intrusive::multiset<alarm> alarms_;  // outlives the coroutines that the context holds
  std::size_t running_ = 0;                   // coroutines
  std::size_t away_ = 0;                      // of them, on a worker
  asio::io_context context_;
  asio::thread_pool& workers_;
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor> timer_;
  time_point armed_ = time_point::max();
  std::optional<time_point> held_;  // the time when simulate() stopped the clock
  duration skipped_{};
};

}  // namespace ferry::net
