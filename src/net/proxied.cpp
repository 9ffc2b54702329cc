#include "net/proxied.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include "base/limits.hpp"
#include "proto/proxy_header.hpp"

namespace ferry::net {
namespace {

using state = io_result::state;
using status = proto::proxy_header_reader::status;

constexpr std::size_t piece_size = 512;

endpoint endpoint_of(const proto::proxy_end& one) {
  if (one.v6) return {unmapped(asio::ip::address_v6(one.address)), one.port};
  asio::ip::address_v4::bytes_type bytes;
  std::copy_n(one.address.begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v4(bytes), one.port};
}

// The connection of a peer that a balancer named.
class proxied_stream final : public stream {
 public:
  proxied_stream(std::unique_ptr<stream> under, endpoint peer, endpoint dialled)
      : under_(std::move(under)), peer_(std::move(peer)), dialled_(std::move(dialled)) {}

  io_result try_read(std::span<char> into) noexcept override { return under_->try_read(into); }
  io_result try_write(std::span<const char> from) noexcept override { return under_->try_write(from); }
  task<wait_status> ready(interest what, time_point deadline) override { return under_->ready(what, deadline); }
  void cancel(interest what) noexcept override { under_->cancel(what); }
  bool peer_closed() noexcept override { return under_->peer_closed(); }
  void no_delay() noexcept override { under_->no_delay(); }
  void close_write() noexcept override { under_->close_write(); }
  void reset() noexcept override { under_->reset(); }
  endpoint local() const override { return under_->local(); }
  endpoint peer() const override { return peer_; }
  endpoint dialled() const override { return dialled_; }
  int descriptor() const noexcept override { return under_->descriptor(); }
  int send_descriptor() const noexcept override { return under_->send_descriptor(); }
  std::unique_ptr<stream> moved_to(loop& other) override {
    auto moved = under_->moved_to(other);
    if (!moved) return nullptr;
    return std::make_unique<proxied_stream>(std::move(moved), peer_, dialled_);
  }

 private:
  std::unique_ptr<stream> under_;
  const endpoint peer_, dialled_;
};

// Those who have told who they are, and those who still do: outlives the listener, for these hold it.
struct hall {
  loop& on;
  proxied_network::refusal refused;
  listener* ear;  // null when that is gone
  std::set<stream*> naming{};
  std::deque<std::unique_ptr<stream>> named{};
};

task<> receive(std::shared_ptr<hall> into, std::unique_ptr<stream> raw) {
  stream* const who = raw.get();
  const auto from = raw->peer();
  into->naming.insert(who);
  auto named = co_await introduced(into->on, std::move(raw));
  into->naming.erase(who);
  if (!into->ear) co_return;
  if (!named) {
    into->refused(from, named.error().cause);
    co_return;
  }
  into->named.push_back(std::move(*named));
  into->ear->cancel();  // whoever waits looks again
}

class proxied_listener final : public listener {
 public:
  proxied_listener(loop& on, std::unique_ptr<listener> under, const std::vector<address_range>& balancers,
                   proxied_network::refusal refused)
      : under_(std::move(under)),
        balancers_(balancers),
        hall_(std::make_shared<hall>(on, std::move(refused), under_.get())) {}
  ~proxied_listener() override {
    hall_->ear = nullptr;
    hall_->named.clear();
    for (auto* each : hall_->naming) each->cancel(interest::read);
  }
  proxied_listener(const proxied_listener&) = delete;
  proxied_listener& operator=(const proxied_listener&) = delete;

  result<std::unique_ptr<stream>> try_accept() override {
    for (;;) {
      if (!hall_->named.empty()) {
        auto out = std::move(hall_->named.front());
        hall_->named.pop_front();
        return out;
      }
      auto next = under_->try_accept();
      if (!next || !*next || !holds((*next)->peer().address(), balancers_)) return next;
      if (hall_->naming.size() >= limit::data_backlog) {
        hall_->refused((*next)->peer(), "too many others had not sent their PROXY header yet");
        (*next)->reset();
        continue;
      }
      hall_->on.spawn(receive(hall_, std::move(*next)));
    }
  }
  task<wait_status> ready(time_point deadline) override {
    if (!hall_->named.empty()) co_return wait_status::ready;
    const auto came = co_await under_->ready(deadline);
    co_return hall_->named.empty() ? came : wait_status::ready;
  }
  void cancel() noexcept override { under_->cancel(); }
  endpoint local() const override { return under_->local(); }

 private:
  std::unique_ptr<listener> under_;
  const std::vector<address_range>& balancers_;
  std::shared_ptr<hall> hall_;
};

}  // namespace

task<result<std::unique_ptr<stream>>> introduced(loop& on, std::unique_ptr<stream> raw) {
  const auto until = on.now() + limit::proxy_header_time;
  proto::proxy_header_reader reader;
  char piece[piece_size];
  for (auto how = status::more; how != status::done;) {
    const auto io = raw->try_read(std::span(piece).first(std::min(reader.wants(), piece_size)));
    if (io.what == state::moved) {
      how = reader.push({piece, io.count});
      if (how == status::malformed) co_return fail("proxy.header", "it began with no PROXY header");
    } else if (io.what == state::would_block) {
      const auto came = co_await raw->ready(interest::read, until);
      if (came == wait_status::timed_out) co_return fail("proxy.header", "its PROXY header did not come in time");
      if (came == wait_status::cancelled) co_return fail("proxy.cancelled", "nobody waits for it any more");
    } else {
      co_return fail("proxy.header", "it ended before its PROXY header did");
    }
  }
  const auto& said = reader.header();
  if (!said.from || !said.to) co_return std::move(raw);
  co_return std::make_unique<proxied_stream>(std::move(raw), endpoint_of(*said.from), endpoint_of(*said.to));
}

proxied_network::proxied_network(loop& on, network& under, const std::vector<address_range>& balancers, refusal refused)
    : on_(on), under_(under), balancers_(balancers), refused_(std::move(refused)) {}

result<std::unique_ptr<listener>> proxied_network::listen(const endpoint& at, listen_options options) {
  auto made = under_.listen(at, options);
  if (!made || balancers_.empty()) return made;
  return std::make_unique<proxied_listener>(on_, std::move(*made), balancers_, refused_);
}

task<result<std::unique_ptr<stream>>> proxied_network::dial(endpoint to, dial_options options) {
  return under_.dial(std::move(to), options);
}

}  // namespace ferry::net
