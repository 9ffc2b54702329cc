// Lets a few in at a time, over all loops; the others wait in order, and no loop is blocked by it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

#include "net/loop.hpp"

namespace ferry::accounts {

class turnstile {
 public:
  turnstile(std::size_t at_once, std::size_t waiting_max) : free_(at_once), waiting_max_(waiting_max) {}
  turnstile(const turnstile&) = delete;
  turnstile& operator=(const turnstile&) = delete;

  // One of the places; given back when it is destroyed, on any thread.
  class place {
   public:
    explicit place(turnstile& of) : of_(&of) {}
    place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    ~place() {
      if (of_) of_->leave();
    }

   private:
    turnstile* of_;
  };

  // Nothing when `waiting_max` wait already, or when the wait was cancelled.
  net::task<std::optional<place>> enter(net::loop& on);

 private:
  struct waiter;
  void leave();

  std::mutex mutex_;
  std::size_t free_;
  const std::size_t waiting_max_;
  std::list<std::shared_ptr<waiter>> waiting_;
};

}  // namespace ferry::accounts
