#include "server/door.hpp"

#include <utility>

#include "proto/reply.hpp"
#include "proto/reply_code.hpp"

namespace ferry::server {
namespace {

void refused_header(const surroundings& around, const net::endpoint& from, std::string_view why) {
  around.journal.refused({.peer = from}, refusal::connection, "PROXY", why);
}

}  // namespace

door::door(net::loop& on, const surroundings& around, guest_list& guests)
    : on_(on),
      tcp_(on),
      proxied_(on, tcp_, around.how.proxies,
               [&around](const net::endpoint& from, std::string_view why) { refused_header(around, from, why); }),
      around_(around),
      guests_(guests) {}

result<net::endpoint> door::listen(const listener_settings& at) {
  const net::listen_options how{.reuse_port = true, .control = true, .backlog = limit::accept_backlog};
  auto made = at.inherited < 0 ? tcp_.listen(at.at, how) : tcp_.listen_at(at.inherited, how);
  if (!made) return std::unexpected(made.error());
  bound_.push_back({std::move(*made), &at});
  return bound_.back().ear->local();
}

void door::open() {
  for (auto& each : bound_) on_.spawn(accept(std::move(each)));
  bound_.clear();
}

void door::close() {
  closing_ = true;
  for (auto* each : listening_) each->cancel();
  for (auto* each : introducing_) each->cancel(net::interest::read);
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
      on_.spawn(receive(std::move(*next), *at.at));
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

net::task<> door::receive(std::unique_ptr<net::stream> control, const listener_settings& at) {
  const bool passed_on =
      at.proxy != listener_settings::header::none && net::holds(control->peer().address(), around_.how.proxies);
  if (at.proxy == listener_settings::header::only && !passed_on) {
    co_return turn_away(*control, {.peer = control->peer()}, "Connections come through a load balancer here.");
  }
  if (passed_on && !closing_) control = co_await introduced(std::move(control));
  if (!control) co_return;
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
    net::network* const data =
        at.proxy == listener_settings::header::none ? static_cast<net::network*>(&tcp_) : &proxied_;
    session visit(on_, *data, std::move(control), around_, guests_.next_id(), at);
    sessions_.insert(&visit);
    co_await visit.run();
    sessions_.erase(&visit);
  }
  guests_.leave(from);
}

// Null when it has not begun as it must. Until then it counts as one that is connected, whoever it may be.
net::task<std::unique_ptr<net::stream>> door::introduced(std::unique_ptr<net::stream> control) {
  const auto balancer = control->peer();
  if (guests_.enter() != guest_list::verdict::welcome) {
    turn_away(*control, {.peer = balancer}, "Too many users are connected; please try later.");
    co_return nullptr;
  }
  net::stream* const raw = control.get();
  introducing_.insert(raw);
  auto named = co_await net::introduced(on_, std::move(control));
  introducing_.erase(raw);
  guests_.leave();
  if (named) co_return std::move(*named);
  refused_header(around_, balancer, named.error().cause);
  co_return nullptr;
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
