// Lets a few in at a time, over all loops; no loop is blocked by it. Of those who wait, each peer (net/prefix.hpp) has
// its turn in the round, so that none keeps the others out, however many come from it.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "net/loop.hpp"
#include "net/stream.hpp"

namespace ferry::net {

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

  // Nothing when the deadline passed first, or when too many wait: then the last of the peer with the most leaves.
  task<std::optional<place>> enter(loop& on, address peer, time_point deadline);

 private:
  struct waiter;
  using line = std::list<std::shared_ptr<waiter>>;

  std::shared_ptr<waiter> line_up(loop& on, const address& peer);
  void remove(std::map<address, line>::iterator peer, line::iterator who);
  void leave();

  std::mutex mutex_;
  std::size_t free_;
  const std::size_t waiting_max_;
  std::size_t waiting_ = 0;
  std::map<address, line> lines_;  // none is empty
  address last_;                   // whose turn it was
};

}  // namespace ferry::net
