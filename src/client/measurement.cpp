#include "client/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "client/limits.hpp"
#include "client/listing.hpp"
#include "client/movement.hpp"
#include "client/verbs.hpp"

namespace ferry::client {
namespace {

using std::chrono::milliseconds;
using wall_clock = std::chrono::system_clock;

// What comes is counted, for so long.
class timed_sink final : public storage::sink {
 public:
  timed_sink(net::loop& on, flow_finding& into) : on_(on), into_(into) {}
  net::task<result<void>> write(std::span<const char> from) override {
    const auto now = on_.now();
    if (began_ == time_point{}) {
      began_ = now;
    } else {
      into_.bytes += from.size();
    }
    into_.took = now - began_;
    if (into_.took > limit::flow_time) co_return fail("probe.enough", "enough has arrived");
    co_return result<void>{};
  }
  net::task<result<void>> commit() override { co_return result<void>{}; }

 private:
  net::loop& on_;
  flow_finding& into_;
  time_point began_{};
};

class few_bytes final : public transfer::producer {
 public:
  net::task<result<bool>> next(std::string& chunk) override {
    chunk = std::exchange(text_, {});
    co_return !chunk.empty();
  }

 private:
  std::string text_ = "ferry doctor compares clocks by this file, and deletes it.\n";
};

std::string new_name() {
  std::random_device chance;
  return fmt::format("ferry-doctor-{:08x}{:08x}", chance(), chance());
}

// As the server tells it: to the second, mostly.
net::task<result<file_time>> time_of(session& s, std::string path) {
  if (s.offers().may("MDTM")) co_return co_await modified_of(s, std::move(path));
  auto about = co_await stat(s, std::move(path));
  if (!about) co_return std::unexpected(about.error());
  if (!about->modified) co_return fail("remote.unsupported", "the server tells no times");
  co_return *about->modified;
}

}  // namespace

double flow_finding::rate() const {
  const auto seconds = std::chrono::duration<double>(took).count();
  return seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
}

net::task<result<offer_finding>> try_offer(session& s) {
  auto at = co_await s.listen_there(false);
  if (!at) co_return std::unexpected(at.error());
  offer_finding out{.at = *at, .cause = {}};
  const auto began = s.on().now();
  const net::dial_options how{.from = net::endpoint(s.local().address(), 0), .deadline = began + limit::probe_offer};
  auto made = co_await s.around().through.dial(*at, how);
  out.took = s.on().now() - began;
  out.ended = made ? ending::works : ending_of_dial(made.error());
  if (!made) out.cause = made.error().cause;
  co_return out;
}

net::task<flow_finding> measure_flow(session& s, std::string file) {
  flow_finding out;
  timed_sink sink(s.on(), out);
  const transfer_start plain;
  auto ready = co_await s.set_type(representation::image);
  if (!ready) {
    out.failed = ready.error();
    co_return out;
  }
  auto came = co_await receive(s, "RETR", std::move(file), plain, sink);
  if (!came && came.error().id != "probe.enough") out.failed = came.error();
  co_return out;
}

net::task<result<duration>> measure_round_trip(session& s) {
  auto shortest = duration::max();
  for (unsigned i = 0; i < limit::round_trips; ++i) {
    const auto began = s.on().now();
    auto said = co_await s.command("NOOP");
    if (!said) co_return std::unexpected(said.error());
    shortest = std::min<duration>(shortest, s.on().now() - began);
  }
  co_return shortest;
}

net::task<result<clock_finding>> compare_clocks(session& s, std::string folder) {
  const auto path = folder + new_name();
  if (auto ready = co_await s.set_type(representation::image); !ready) co_return std::unexpected(ready.error());
  few_bytes text;
  const auto before = wall_clock::now();
  auto stored = co_await send(s, "STOR", path, text);
  const auto after = wall_clock::now();
  if (!stored) co_return std::unexpected(stored.error());
  auto time = co_await time_of(s, path);
  clock_finding out;
  auto gone = co_await remove(s, path);
  if (!gone) out.left = path;
  if (!time) co_return std::unexpected(time.error());
  // A time without a fraction lies anywhere in its second.
  constexpr milliseconds half_a_second(500);
  const bool whole = time->time_since_epoch() % std::chrono::seconds(1) == duration::zero();
  const auto middle = before + (after - before) / 2;
  auto ahead = std::chrono::duration_cast<milliseconds>(*time - middle);
  if (whole) ahead += half_a_second;
  out.ahead = ahead;
  out.uncertain = std::chrono::ceil<milliseconds>((after - before) / 2) + (whole ? half_a_second : milliseconds(1));
  co_return out;
}

}  // namespace ferry::client
