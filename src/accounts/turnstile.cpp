#include "accounts/turnstile.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace ferry::accounts {

struct turnstile::waiter {
  explicit waiter(net::loop& on) : woken(on.context(), time_point::max()) {}

  net::asio::basic_waitable_timer<clock, net::asio::wait_traits<clock>, net::executor> woken;
  bool let_in = false;  // guarded by mutex_
};

net::task<std::optional<turnstile::place>> turnstile::enter(net::loop& on) {
  std::shared_ptr<waiter> me;
  {
    std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      co_return place(*this);
    }
    if (waiting_.size() >= waiting_max_) co_return std::nullopt;
    me = waiting_.emplace_back(std::make_shared<waiter>(on));
  }

  // Runs also when the session ends while it waits here: a place that was given to it meanwhile goes to the next.
  struct departure {
    turnstile& from;
    waiter& who;
    bool took = false;
    ~departure() {
      bool given = false;
      {
        std::lock_guard lock(from.mutex_);
        given = who.let_in;
        if (!given) std::erase_if(from.waiting_, [&](const auto& each) { return each.get() == &who; });
      }
      if (given && !took) from.leave();
    }
  } out{*this, *me};

  boost::system::error_code cancelled;
  co_await me->woken.async_wait(net::asio::redirect_error(net::asio::use_awaitable_t<net::executor>(), cancelled));
  {
    std::lock_guard lock(mutex_);
    out.took = me->let_in;
  }
  if (!out.took) co_return std::nullopt;
  co_return place(*this);
}

void turnstile::leave() {
  std::shared_ptr<waiter> next;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
    next->let_in = true;
  }
  // On the waiter's own loop, where its wait has begun by then.
  auto where = next->woken.get_executor();
  net::asio::post(where, [next = std::move(next)] { next->woken.cancel(); });
}

}  // namespace ferry::accounts
