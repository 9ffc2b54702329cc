#include "client/dialler.hpp"

#include "client/limits.hpp"

namespace ferry::client {

net::task<result<std::unique_ptr<net::stream>>> dialler::first_of(std::vector<net::endpoint> to, time_point deadline,
                                                                  std::function<void(const net::endpoint&)> tried) {
  for (const auto& one : to) {
    if (won_ || on_.now() >= deadline) break;
    tried(one);
    ++running_;
    on_.spawn(attempt(one, deadline, tickets_.emplace_back()));
    co_await change_or(std::min(deadline, on_.now() + limit::head_start));
  }
  while (!won_ && running_ > 0) co_await change_or(time_point::max());
  cancel();
  while (running_ > 0) co_await change_or(time_point::max());
  if (won_) co_return std::move(won_);
  co_return std::unexpected(failed_.value_or(error{"connect.timeout", "no address was tried in time", {}}));
}

void dialler::cancel() {
  for (auto& one : tickets_) one.cancel();
}

net::task<> dialler::attempt(net::endpoint to, time_point deadline, net::dial_ticket& ticket) {
  const net::dial_options how{.control = true, .keepalive = keepalive_, .ticket = &ticket, .deadline = deadline};
  auto made = co_await through_.dial(to, how);
  --running_;
  if (made && !won_) won_ = std::move(*made);
  if (!made && made.error().id != "connect.cancelled") failed_ = std::move(made.error());
  if (changed_) changed_->set();
}

// Until an attempt has ended, or the time has come.
net::task<> dialler::change_or(time_point until) {
  if (won_ && running_ == 0) co_return;
  net::event changed(on_);
  changed_ = &changed;
  net::alarm late(on_, until, [](void* e) { static_cast<net::event*>(e)->set(); }, &changed);
  co_await changed.wait();
  changed_ = nullptr;
}

std::vector<net::endpoint> in_turn(const std::vector<net::address>& addresses, std::uint16_t port) {
  std::deque<net::endpoint> families[2];
  for (const auto& one : addresses) families[one.is_v4()].emplace_back(one, port);
  std::vector<net::endpoint> out;
  for (bool v4 = !addresses.empty() && addresses.front().is_v4(); !families[0].empty() || !families[1].empty();
       v4 = !v4) {
    if (families[v4].empty()) continue;
    out.push_back(families[v4].front());
    families[v4].pop_front();
  }
  return out;
}

}  // namespace ferry::client
