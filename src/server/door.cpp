#include "server/door.hpp"

#include <utility>

#include "proto/reply.hpp"
#include "proto/reply_code.hpp"

namespace ferry::server {

door::door(net::loop& on, const surroundings& around, guest_list& guests)
    : on_(on), through_(on), around_(around), guests_(guests) {}

result<net::endpoint> door::listen(const net::endpoint& at, bool implicit) {
  auto made = through_.listen(at, {.reuse_port = true, .control = true, .backlog = limit::accept_backlog});
  if (!made) return std::unexpected(made.error());
  bound_.push_back({std::move(*made), implicit});
  return bound_.back().ear->local();
}

void door::open() {
  for (auto& each : bound_) on_.spawn(accept(std::move(each)));
  bound_.clear();
}

void door::close() {
  closing_ = true;
  for (auto* each : listening_) each->cancel();
  for (auto* each : sessions_) each->stop();
  if (!sessions_.empty()) on_.spawn(end_by_force());
}

net::task<> door::accept(entrance at) {
  listening_.insert(at.ear.get());
  bool told = false;  // of a failure that lasts
  while (!closing_) {
    auto next = at.ear->try_accept();
    if (next && *next) {
      told = false;
      on_.spawn(receive(std::move(*next), at.implicit));
    } else if (next) {
      co_await at.ear->ready(time_point::max());
    } else {
      const auto& why = next.error();
      if (!std::exchange(told, true)) around_.journal.note(why.cause + (why.advice.empty() ? "" : "; " + why.advice));
      co_await on_.sleep(limit::accept_pause);
    }
  }
  listening_.erase(at.ear.get());
}

net::task<> door::receive(std::unique_ptr<net::stream> control, bool implicit) {
  const auto from = control->peer().address();
  if (closing_)
    co_return turn_away(*control, {.peer = control->peer()}, "The server is stopping; please come back later.");
  switch (guests_.enter(from)) {
    case guest_list::verdict::welcome: break;
    case guest_list::verdict::full:
      turn_away(*control, {.peer = control->peer()}, "Too many users are connected; please try later.");
      co_return;
    case guest_list::verdict::too_many_of_address:
      turn_away(*control, {.peer = control->peer()}, "Too many connections from your address.");
      co_return;
  }
  {
    session visit(on_, through_, std::move(control), around_, guests_.next_id(), implicit);
    sessions_.insert(&visit);
    co_await visit.run();
    sessions_.erase(&visit);
  }
  guests_.leave(from);
}

net::task<> door::end_by_force() {
  const auto until = on_.now() + around_.how.limit.stop;
  while (!sessions_.empty() && on_.now() < until) co_await on_.sleep(limit::stop_look);
  for (auto* each : sessions_) each->abandon();
}

void door::turn_away(net::stream& control, const session_facts& who, std::string why) {
  around_.journal.refused(who, refusal::connection, "connection", why);
  control.try_write(proto::format({proto::reply_code::service_unavailable, std::move(why)}));
}

}  // namespace ferry::server
