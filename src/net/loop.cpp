#include "net/loop.hpp"

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "net/event.hpp"

namespace ferry::net {
namespace {

constexpr asio::use_awaitable_t<executor> use{};

}  // namespace

alarm::alarm(loop& owner, time_point when, callback call, void* context)
    : owner_(owner), when_(when), call_(call), context_(context) {
  if (when == time_point::max()) return;
  owner.alarms_.insert(*this);
  owner.arm();
}

alarm::~alarm() {
  if (is_linked()) owner_.alarms_.erase(owner_.alarms_.iterator_to(*this));
}

loop::loop(asio::thread_pool& workers) : context_(1), workers_(workers), timer_(context_) {}
loop::~loop() = default;

void loop::run() { context_.run(); }
void loop::stop() { context_.stop(); }

void loop::simulate() {
  if (!held_) held_ = clock::now();
  context_.restart();
  for (;;) {
    context_.poll();
    if (away_ > 0) {
      context_.run_one();
    } else if (alarms_.empty() || context_.stopped()) {
      return;
    } else {
      skipped_ += std::max(alarms_.begin()->when_ - now(), duration::zero());
      ring();
    }
  }
}

void loop::spawn(task<> work) {
  ++running_;
  asio::co_spawn(context_, std::move(work), [this](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
    // The timer alone must not keep run() going.
    if (--running_ > 0 || !alarms_.empty()) return;
    timer_.cancel();
    armed_ = time_point::max();
  });
}

void loop::skip(duration by) {
  skipped_ += by;
  asio::post(context_, [this] { ring(); });
}

// The timer is set earlier when it must be and never later: most waits end long before their deadline,
// and to follow each one would cost a system call.
void loop::arm() {
  if (held_) return;
  auto first = alarms_.begin()->when_;
  if (first >= armed_) return;
  armed_ = first;
  timer_.expires_at(first - skipped_);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;
    ring();
  });
}

void loop::ring() {
  armed_ = time_point::max();
  while (!alarms_.empty() && alarms_.begin()->when_ <= now()) {
    alarm& due = *alarms_.begin();
    alarms_.erase(alarms_.begin());
    due.call_(due.context_);
  }
  if (!alarms_.empty()) arm();
}

task<> loop::sleep(duration for_how_long) {
  event over(*this);
  alarm wake(*this, now() + for_how_long, [](void* e) { static_cast<event*>(e)->set(); }, &over);
  co_await over.wait();
}

task<> event::wait_until(time_point deadline) {
  alarm late(on_, deadline, [](void* e) { static_cast<event*>(e)->never_.cancel(); }, this);
  boost::system::error_code cancelled;
  while (!happened_ && on_.now() < deadline) co_await never_.async_wait(asio::redirect_error(use, cancelled));
}

task<> loop::yield() { co_await asio::post(context_, use); }

task<> loop::run_on_worker(void (*work)(void*), void* context) {
  ++away_;
  co_await asio::async_initiate<const asio::use_awaitable_t<executor>&, void()>(
      [this, work, context](auto resume) {
        asio::post(workers_, [this, work, context, resume = std::move(resume),
                              guard = asio::make_work_guard(context_)]() mutable {
          work(context);
          // The guard goes along: what this thread still held would keep the loop from its end.
          asio::post(context_, [resume = std::move(resume), guard = std::move(guard)]() mutable {
            guard.reset();
            std::move(resume)();
          });
        });
      },
      use);
  --away_;
}

}  // namespace ferry::net
