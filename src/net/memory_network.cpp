#include "net/memory_network.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>

namespace ferry::net {
namespace {

using state = io_result::state;

constexpr asio::use_awaitable_t<executor> awaited{};
constexpr std::uint16_t first_ephemeral_port = 49152;

// Where one coroutine waits for what others do, or for what time brings.
class bell {
 public:
  explicit bell(loop& on) : on_(on), timer_(on.get_executor(), time_point::max()) {}

  void ring() { timer_.cancel(); }
  void cancel() {
    cancelled_ = waiting_;
    ring();
  }

  // `from`: since or from when on what is waited for is there, as far as is known now.
  template <class F>
  task<wait_status> wait(time_point deadline, F from) {
    waiting_ = true;
    cancelled_ = false;
    co_await on_.yield();
    auto status = wait_status::ready;
    for (;;) {
      const auto when = from();
      status = cancelled_ ? wait_status::cancelled : wait_status::ready;
      if (cancelled_ || when <= on_.now()) break;
      status = wait_status::timed_out;
      if (deadline <= on_.now()) break;
      alarm wake(on_, std::min(when, deadline), [](void* b) { static_cast<bell*>(b)->ring(); }, this);
      boost::system::error_code rung;
      co_await timer_.async_wait(asio::redirect_error(awaited, rung));
    }
    waiting_ = false;
    co_return status;
  }

 private:
  loop& on_;
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor> timer_;
  bool waiting_ = false;
  bool cancelled_ = false;
};

class memory_stream;
class memory_listener;

}  // namespace

struct memory_network::core {
  loop& on;
  fault_plan plan;
  std::mt19937_64 random{plan.seed};
  std::uint64_t operations = 0;
  std::uint64_t bytes = 0;
  std::uint16_t last_port = 0;
  std::map<endpoint, memory_listener*> ears;
  std::set<std::pair<endpoint, endpoint>> pairs;  // of addresses, each a connection

  std::uint64_t below(std::uint64_t bound) { return random() % bound; }

  // Counts an operation; true when it is to fail.
  bool strikes(unsigned per_mille) { return ++operations == plan.fail_at || below(1000) < per_mille; }

  time_point arrival() {
    auto most = static_cast<std::uint64_t>(plan.delay.count());
    return on.now() + plan.latency + duration(most == 0 ? 0 : static_cast<duration::rep>(below(most + 1)));
  }

  // How many of `count` bytes one attempt moves.
  std::size_t piece(std::size_t count) {
    switch (plan.split) {
      case fault_plan::pieces::whole: return count;
      case fault_plan::pieces::bytes: return std::min<std::size_t>(count, 1);
      case fault_plan::pieces::random: break;
    }
    // Small ones are as frequent as large ones.
    const auto scale = std::uint64_t{1} << below(17);
    return std::min(count, static_cast<std::size_t>(below(8) == 0 ? 0 : 1 + below(scale)));
  }

  std::uint16_t free_port(const address& at) {
    do {
      last_port = std::max(first_ephemeral_port, static_cast<std::uint16_t>(last_port + 1));
    } while (ear_at({at, last_port}));
    return last_port;
  }

  memory_listener* ear_at(const endpoint& at) const {
    const auto any = at.address().is_v6() ? address(asio::ip::address_v6::any()) : asio::ip::address_v4::any();
    for (const auto& where : {at, endpoint(any, at.port())}) {
      if (auto found = ears.find(where); found != ears.end()) return found->second;
    }
    return nullptr;
  }
};

namespace {

// What flows one way.
struct pipe {
  struct piece {
    time_point due;
    std::string bytes;
  };
  std::deque<piece> pieces;
  std::size_t held = 0;           // bytes of all pieces
  std::optional<time_point> end;  // when an orderly end arrives

  time_point readable_from() const { return !pieces.empty() ? pieces.front().due : end.value_or(time_point::max()); }
  // What has not arrived never will.
  void cut(time_point now) {
    while (!pieces.empty() && pieces.back().due > now) {
      held -= pieces.back().bytes.size();
      pieces.pop_back();
    }
    if (end && *end > now) end.reset();
  }
};

// A connection: end 0 dialled, end 1 was dialled.
struct wire {
  std::shared_ptr<memory_network::core> net;
  endpoint names[2];
  memory_stream* ends[2] = {};
  pipe flows[2];     // by who writes
  time_point made;   // as who dialled sees it
  time_point taken;  // as who was dialled does
  bool broken = false;

  wire(std::shared_ptr<memory_network::core> in, const endpoint& from, const endpoint& to)
      : net(std::move(in)), names{from, to}, made(net->arrival() + net->plan.latency), taken(made + net->plan.latency) {
    net->pairs.emplace(from, to);
  }
  ~wire() { net->pairs.erase({names[0], names[1]}); }
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;

  void break_now();
};

class memory_stream final : public stream {
 public:
  memory_stream(std::shared_ptr<wire> of, int end)
      : wire_(std::move(of)), end_(end), readers_(wire_->net->on), writers_(wire_->net->on) {
    wire_->ends[end_] = this;
  }
  // As TCP does: who closes with bytes unread tells the peer that they were in vain.
  ~memory_stream() override {
    if (in().held > 0) {
      wire_->break_now();
    } else {
      close_write();
    }
    wire_->ends[end_] = nullptr;
  }

  io_result try_read(std::span<char> into) noexcept override {
    auto& net = *wire_->net;
    if (net.strikes(net.plan.resets)) reset();
    if (dead_) return {.what = state::failed, .code = std::errc::connection_reset};
    const std::size_t most = net.piece(into.size());
    std::size_t count = 0;
    while (count < most && in().readable_from() <= net.on.now() && !in().pieces.empty()) {
      auto& first = in().pieces.front().bytes;
      const auto part = std::min(first.size(), most - count);
      std::copy_n(first.begin(), part, into.begin() + static_cast<std::ptrdiff_t>(count));
      count += part;
      in().held -= part;
      first.erase(0, part);
      if (first.empty()) in().pieces.pop_front();
    }
    if (count > 0) {
      if (auto* writer = wire_->ends[1 - end_]) writer->writers_.ring();
      return {.count = count};
    }
    if (in().pieces.empty() && in().end && *in().end <= net.on.now()) return {.what = state::end};
    if (wire_->broken && in().pieces.empty()) return {.what = state::failed, .code = std::errc::connection_reset};
    return {.what = state::would_block, .wants = interest::read};
  }

  io_result try_write(std::span<const char> from) noexcept override {
    auto& net = *wire_->net;
    if (net.strikes(net.plan.resets)) reset();
    if (dead_ || wire_->broken) return {.what = state::failed, .code = std::errc::connection_reset};
    if (out().end) return {.what = state::failed, .code = std::errc::broken_pipe};
    const auto count = net.piece(std::min(from.size(), net.plan.window - out().held));
    if (count == 0 || writable_from() > net.on.now()) return {.what = state::would_block, .wants = interest::write};
    if (net.plan.reset_after - net.bytes < count) {
      net.plan.reset_after = fault_plan::never;
      wire_->break_now();
      return {.what = state::failed, .code = std::errc::connection_reset};
    }
    net.bytes += count;
    auto* reader = wire_->ends[1 - end_];
    if (!reader) {
      wire_->break_now();
      return {.count = count};
    }
    const auto after = out().pieces.empty() ? seen_from() : out().pieces.back().due;
    out().pieces.push_back({std::max(after, net.arrival()), std::string(from.data(), count)});
    out().held += count;
    reader->readers_.ring();
    return {.count = count};
  }

  task<wait_status> ready(interest what, time_point deadline) override {
    if (what == interest::read) return readers_.wait(deadline, [this] { return readable_from(); });
    return writers_.wait(deadline, [this] { return writable_from(); });
  }
  void cancel(interest what) noexcept override { (what == interest::read ? readers_ : writers_).cancel(); }

  bool peer_closed() noexcept override {
    return dead_ || wire_->broken || (in().end && *in().end <= wire_->net->on.now());
  }
  void close_write() noexcept override {
    if (out().end || wire_->broken) return;
    const auto after = out().pieces.empty() ? seen_from() : out().pieces.back().due;
    out().end = std::max(after, wire_->net->arrival());
    if (auto* reader = wire_->ends[1 - end_]) reader->readers_.ring();
    writers_.ring();
  }
  void reset() noexcept override {
    dead_ = true;
    wire_->break_now();
  }
  endpoint local() const override { return wire_->names[end_]; }
  endpoint peer() const override { return wire_->names[1 - end_]; }

  void ring() {
    readers_.ring();
    writers_.ring();
  }
  wire& connection() { return *wire_; }

 private:
  pipe& in() { return wire_->flows[1 - end_]; }
  pipe& out() { return wire_->flows[end_]; }

  time_point readable_from() {
    if (dead_ || (wire_->broken && in().pieces.empty())) return time_point::min();
    return in().readable_from();
  }
  time_point writable_from() {
    if (dead_ || wire_->broken || out().end) return time_point::min();
    return out().held < wire_->net->plan.window ? seen_from() : time_point::max();
  }
  time_point seen_from() const { return end_ == 0 ? wire_->made : wire_->taken; }

  std::shared_ptr<wire> wire_;
  int end_;
  bool dead_ = false;  // by its own reset()
  bell readers_;
  bell writers_;
};

void wire::break_now() {
  broken = true;
  for (auto& each : flows) each.cut(net->on.now());
  for (auto* each : ends) {
    if (each) each->ring();
  }
}

class memory_listener final : public listener {
 public:
  memory_listener(std::shared_ptr<memory_network::core> in, const endpoint& at)
      : net_(std::move(in)), at_(at), accepters_(net_->on) {
    net_->ears.emplace(at_, this);
  }
  ~memory_listener() override {
    net_->ears.erase(at_);
    for (auto& each : waiting_) each->reset();
  }

  result<std::unique_ptr<stream>> try_accept() override {
    auto first = std::ranges::min_element(waiting_, {}, taken);
    if (first == waiting_.end() || taken(*first) > net_->on.now()) return nullptr;
    auto out = std::move(*first);
    waiting_.erase(first);
    if (net_->strikes(0)) out->reset();
    return out;
  }
  task<wait_status> ready(time_point deadline) override {
    return accepters_.wait(deadline, [this] {
      auto first = std::ranges::min_element(waiting_, {}, taken);
      return first == waiting_.end() ? time_point::max() : taken(*first);
    });
  }
  void cancel() noexcept override { accepters_.cancel(); }
  endpoint local() const override { return at_; }

  void arrive(std::unique_ptr<memory_stream> from) {
    waiting_.push_back(std::move(from));
    accepters_.ring();
  }

 private:
  static time_point taken(const std::unique_ptr<memory_stream>& from) { return from->connection().taken; }

  std::shared_ptr<memory_network::core> net_;
  endpoint at_;
  std::deque<std::unique_ptr<memory_stream>> waiting_;
  bell accepters_;
};

std::unexpected<error> refused() {
  return fail("connect.refused", "nobody listens", {}, std::errc::connection_refused);
}

}  // namespace

memory_network::memory_network(loop& on, fault_plan faults)
    : core_(std::make_shared<core>(core{.on = on, .plan = faults})) {}
memory_network::~memory_network() = default;

std::uint64_t memory_network::operations() const { return core_->operations; }
std::size_t memory_network::connections() const { return core_->pairs.size(); }

result<std::unique_ptr<listener>> memory_network::listen(const endpoint& at, listen_options) {
  if (core_->strikes(0)) return fail("listen.failed", "a fault was planned");
  auto where = at;
  if (where.port() == 0) where.port(core_->free_port(at.address()));
  if (core_->ear_at(where)) return fail("listen.in_use", "the port is taken", {}, std::errc::address_in_use);
  return std::make_unique<memory_listener>(core_, where);
}

task<result<std::unique_ptr<stream>>> memory_network::dial(endpoint to, dial_options options) {
  auto from = options.from.value_or(endpoint(to.address(), 0));
  if (from.port() == 0) {
    from.port(core_->free_port(from.address()));
  } else if (core_->pairs.contains({from, to})) {
    co_return fail("connect.local", "the port is taken", {}, std::errc::address_in_use);
  }
  const bool turned_away = core_->strikes(core_->plan.refused);
  const bool dropped = core_->plan.dropped && core_->plan.dropped(to);
  const bool lost = core_->below(1000) < core_->plan.lost || dropped;
  auto made = std::make_shared<wire>(core_, from, to);
  auto out = std::make_unique<memory_stream>(made, 0);
  auto* ear = turned_away ? nullptr : core_->ear_at(to);
  if (lost) {
    made->made = time_point::max();
  } else if (ear) {
    ear->arrive(std::make_unique<memory_stream>(made, 1));
  }

  dial_ticket none;
  dial_ticket& ticket = options.ticket ? *options.ticket : none;
  ticket.pending = out.get();
  auto status = wait_status::cancelled;
  if (!ticket.cancelled) status = co_await out->ready(interest::write, options.deadline);
  ticket.pending = nullptr;
  if (status == wait_status::cancelled) co_return fail("connect.cancelled", "connecting was given up");
  if (status == wait_status::timed_out) co_return fail("connect.timeout", "no answer", {}, std::errc::timed_out);
  if (!ear || made->broken) co_return refused();
  co_return out;
}

}  // namespace ferry::net
