// Something that coroutines of one loop wait for until another says that it has happened.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "net/loop.hpp"

namespace ferry::net {

class event {
 public:
  explicit event(loop& on) : on_(on), never_(on.get_executor(), time_point::max()) {}

  void set() {
    happened_ = true;
    never_.cancel();
  }
  bool happened() const { return happened_; }
  task<> wait() { return wait_until(time_point::max()); }
  task<> wait_until(time_point deadline);  // ends then, too

 private:
  loop& on_;
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor> never_;
  bool happened_ = false;
};

}  // namespace ferry::net
