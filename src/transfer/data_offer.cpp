#include "transfer/data_offer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"

namespace ferry::transfer {

result<data_offer> data_offer::passive(net::network& through, const net::address& local, port_range ports,
                                       const net::address& peer, std::vector<net::address_range> also) {
  const std::uint32_t count = ports.first == 0 ? 1u : ports.last - ports.first + 1u;
  const std::uint32_t start = net::random_below(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto port = static_cast<std::uint16_t>(ports.first + (start + i) % count);
    auto listening = through.listen({local, port}, {.backlog = limit::data_backlog});
    if (listening) {
      data_offer out;
      out.listener_ = std::move(*listening);
      out.peer_ = peer;
      out.also_ = std::move(also);
      return out;
    }
    if (listening.error().id != "listen.in_use") return std::unexpected(listening.error());
  }
  auto which = ports.first == 0 ? std::string("every port of this machine")
                                : fmt::format("every passive port from {} to {}", ports.first, ports.last);
  return fail("data.passive.ports", which + " is in use", "try again; the administrator can widen the range");
}

data_offer data_offer::passive(std::unique_ptr<net::shared_listener> at, const net::address& peer,
                               std::vector<net::address_range> also) {
  data_offer out;
  out.shared_ = at.get();
  out.listener_ = std::move(at);
  out.peer_ = peer;
  out.also_ = std::move(also);
  return out;
}

data_offer data_offer::active(net::endpoint to, std::optional<net::endpoint> from) {
  data_offer out;
  out.to_ = std::move(to);
  out.from_ = std::move(from);
  return out;
}

std::unique_ptr<net::stream> data_offer::at_once() {
  if (!listener_) return nullptr;
  return next().value_or(nullptr);
}

void data_offer::receive() {
  if (listener_ && !came_) came_ = next().value_or(nullptr);
}

void data_offer::expect(std::optional<net::tls_session_name> session) {
  if (shared_) shared_->expect(std::move(session));
}

bool data_offer::awaits(const net::address& one) const {
  return one == peer_ || std::ranges::any_of(also_, [&](const auto& each) { return each.holds(one); });
}

// The peer's connection, null when it is not among those who wait.
result<std::unique_ptr<net::stream>> data_offer::next() {
  for (int turn = 0; turn <= limit::data_backlog && !came_; ++turn) {
    auto came = listener_->try_accept();
    if (!came) return fail("data.passive.failed", came.error().cause, came.error().advice, came.error().code);
    if (!*came || awaits((*came)->peer().address())) return came;
    (*came)->reset();
    ++strangers_;
  }
  return std::move(came_);
}

net::task<result<std::unique_ptr<net::stream>>> data_offer::open(net::network& through, time_point deadline) {
  return is_passive() ? accept(deadline) : dial(through, deadline);
}

void data_offer::cancel() {
  ticket_.cancel();
  if (listener_) listener_->cancel();
}

net::task<result<std::unique_ptr<net::stream>>> data_offer::accept(time_point deadline) {
  for (;;) {
    auto channel = next();
    if (!channel || *channel) co_return channel;
    if (ticket_.cancelled) co_return fail("data.aborted", "the transfer was stopped");
    if (co_await listener_->ready(deadline) == net::wait_status::timed_out) co_return nobody_came();
  }
}

std::unexpected<error> data_offer::nobody_came() const {
  const auto port = where().port();
  const auto peer = peer_.to_string();
  const auto met = shared_ ? shared_->met() : net::shared_listener::trouble{};
  if (met.withdrawn) {
    return fail("data.passive.withdrawn",
                fmt::format("port {} was given to another transfer of {}, for none had begun here", port, peer),
                "send PASV or EPSV again; the administrator can widen the range (passive.ports)");
  }
  if (met.nameless > 0) {
    return fail(
        "data.passive.unnamed",
        fmt::format("several transfers of {} wait at port {}, and the TLS session that the data connection resumed "
                    "does not tell which it is for",
                    peer, port),
        "use a client that resumes the session of its control connection; the administrator can widen the range "
        "(passive.ports)");
  }
  if (const auto strangers = strangers_ + met.strangers; strangers > 0) {
    return fail("data.passive.stranger",
                fmt::format("port {} was reached from an address other than {} only ({} {})", port, peer, strangers,
                            strangers == 1 ? "time" : "times"),
                "let both connections leave through the same address");
  }
  return fail("data.passive.timeout", fmt::format("no connection from {} arrived at port {}", peer, port),
              "a firewall may hold it up: open the passive ports to this server, or use active mode");
}

net::task<result<std::unique_ptr<net::stream>>> data_offer::dial(net::network& through, time_point deadline) {
  net::dial_options how{.from = from_, .ticket = &ticket_, .deadline = deadline};
  auto made = co_await through.dial(to_, how);
  if (!made && made.error().id == "connect.local" && how.from) {
    how.from->port(0);
    made = co_await through.dial(to_, how);
  }
  if (made) co_return made;
  if (ticket_.cancelled) co_return fail("data.aborted", "the transfer was stopped");
  auto why = std::move(made.error());
  why.id = why.id == "connect.refused"   ? "data.active.refused"
           : why.id == "connect.timeout" ? "data.active.timeout"
                                         : "data.active.failed";
  why.advice = "this side cannot reach that address: use passive mode";
  co_return std::unexpected(std::move(why));
}

}  // namespace ferry::transfer
