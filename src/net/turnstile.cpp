#include "net/turnstile.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "net/event.hpp"
#include "net/prefix.hpp"

namespace ferry::net {

struct turnstile::waiter {
  enum class state { waits, let_in, turned_away };

  explicit waiter(loop& its) : on(its), called(its) {}

  // On the waiter's own loop, where its wait has begun by then.
  static void call(std::shared_ptr<waiter> whom) {
    auto where = whom->on.get_executor();
    asio::post(where, [whom = std::move(whom)] { whom->called.set(); });
  }

  loop& on;
  event called;
  state now = state::waits;  // guarded by mutex_
};

task<std::optional<turnstile::place>> turnstile::enter(loop& on, address peer, time_point deadline) {
  peer = prefix_of(peer);
  std::shared_ptr<waiter> me;
  {
    std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      co_return place(*this);
    }
    me = line_up(on, peer);
    if (!me) co_return std::nullopt;
  }

  // Runs also when the session ends while it waits here: a place that was given to it meanwhile goes to the next.
  struct departure {
    turnstile& from;
    const address& peer;
    const std::shared_ptr<waiter>& who;
    bool took = false;
    ~departure() {
      std::unique_lock lock(from.mutex_);
      if (who->now == waiter::state::waits) {
        auto mine = from.lines_.find(peer);
        from.remove(mine, std::ranges::find(mine->second, who));
      }
      const bool given_back = who->now == waiter::state::let_in && !took;
      lock.unlock();
      if (given_back) from.leave();
    }
  } out{*this, peer, me};

  co_await me->called.wait_until(deadline);
  {
    std::lock_guard lock(mutex_);
    out.took = me->now == waiter::state::let_in;
  }
  if (!out.took) co_return std::nullopt;
  co_return place(*this);
}

// Null when nobody has more waiting than this peer. The lock is held.
std::shared_ptr<turnstile::waiter> turnstile::line_up(loop& on, const address& peer) {
  if (waiting_ >= waiting_max_) {
    auto longest = std::ranges::max_element(lines_, {}, [](const auto& each) { return each.second.size(); });
    auto mine = lines_.find(peer);
    const std::size_t already = mine == lines_.end() ? 0 : mine->second.size();
    if (longest == lines_.end() || longest->second.size() <= already + 1) return nullptr;
    auto last = longest->second.back();
    remove(longest, std::prev(longest->second.end()));
    last->now = waiter::state::turned_away;
    waiter::call(std::move(last));
  }
  ++waiting_;
  return lines_[peer].emplace_back(std::make_shared<waiter>(on));
}

void turnstile::remove(std::map<address, line>::iterator peer, line::iterator who) {
  peer->second.erase(who);
  --waiting_;
  if (peer->second.empty()) lines_.erase(peer);
}

void turnstile::leave() {
  std::shared_ptr<waiter> next;
  {
    std::lock_guard lock(mutex_);
    if (lines_.empty()) {
      ++free_;
      return;
    }
    auto turn = lines_.upper_bound(last_);
    if (turn == lines_.end()) turn = lines_.begin();
    last_ = turn->first;
    next = turn->second.front();
    remove(turn, turn->second.begin());
    next->now = waiter::state::let_in;
  }
  waiter::call(std::move(next));
}

}  // namespace ferry::net
