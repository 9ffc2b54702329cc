// Random visits to a server on random networks. A seed decides everything: sim_test --seed=N replays one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/replay.hpp"
#include "sim/visitor.hpp"

namespace ferry::sim {
namespace {

using pieces = net::fault_plan::pieces;

class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[below(all.size())];
  }

 private:
  std::mt19937_64 engine_;
};

world_plan plan_by(dice& by, std::uint64_t seed) {
  world_plan out;
  auto& net = out.network;
  net.seed = seed;
  net.split = by.one_of({pieces::whole, pieces::random, pieces::random, pieces::bytes});
  net.delay = by.one_of<duration>({0s, 1ms, 500ms, 5s, 20s});
  net.window = by.one_of<std::size_t>({100, 4096, 65536, 1'000'000});
  // One kind of trouble at a time, and often none, or little would be brought to its end.
  switch (by.below(6)) {
    case 0: net.resets = by.one_of({1u, 3u, 20u}); break;
    case 1: net.refused = 200; break;
    case 2: net.lost = 200; break;
    case 3: out.storage_faults = by.one_of({3u, 30u}); break;
    case 4: out.capacity = by.one_of({0u, 5000u, 300'000u}); break;
    default: break;
  }
  if (by.one_in(6)) out.stops_after = std::chrono::seconds(by.below(600));
  return out;
}

// Nothing that moves data, and some that is no command at all.
constexpr const char* lines[] = {
    "NOOP",       "PWD",    "FEAT",         "STAT",   "SYST",   "HELP",     "CWD /",
    "MLST /",     "ABOR",   "OPTS UTF8 ON", "RNTO x", "STAT /", "",         "\x01\x02",
    "PORT 1,2,3", "EPSV 2", "SITE CHMOD",   "MODE Q", "STRU Q", "QUUX a b", "\xff\xfb\x01NOOP",
    "MKD /d",     "RMD /d", "CDUP",         "ACCT x"};

constexpr const char* listings[] = {"LIST", "NLST", "MLSD"};

// What a visitor does, by its own dice.
class visit {
 public:
  visit(world& in, unsigned number, std::uint64_t seed, bool small)
      : by_(seed), who_(in, number), number_(number), small_(small) {}

  net::task<> run() {
    for (int tries = 0; tries < 3; ++tries) {
      const bool inside = co_await who_.arrive();
      if (!inside) continue;
      co_await who_.ask("MKD /" + std::to_string(number_));
      co_await who_.ask("MKD /inplace");
      for (auto left = by_.below(14); left > 0 && who_.here(); --left) co_await act();
      if (by_.one_in(6)) {
        co_await who_.fall_silent();
      } else if (by_.one_in(4)) {
        who_.hang_up();
      } else {
        co_await who_.leave();
      }
    }
    who_.hang_up();
  }

 private:
  net::task<> act() {
    const auto how = by_.one_in(2) ? turn::whole : turn(by_.below(static_cast<int>(turn::never_opened) + 1));
    const auto by = by_.one_in(12) ? way::none : way(by_.below(static_cast<int>(way::none)));
    switch (by_.below(13)) {
      case 0:
      case 1:
      case 2: co_return co_await who_.upload("STOR", name(), content(), by, how);
      case 3: co_return co_await who_.upload("APPE", log(), content(), by, how);
      case 4: co_return co_await who_.upload_from(by_.below(2000), log(), content(), by);
      case 5:
      case 6: co_return co_await who_.download(name(), by_.one_in(3) ? by_.below(4000) : 0, by, how);
      case 7: co_return co_await who_.list(listings[by_.below(std::size(listings))], "/" + std::to_string(number_), by);
      case 8: co_return co_await who_.rename(name(), name());
      case 9: co_return co_await who_.remove(name());
      case 10: co_return co_await who_.text(by_.one_in(3));
      case 11: co_return co_await who_.size(name());
      case 12: co_return co_await chat();
    }
  }

  // Commands without data, a few in one go, some of them no commands at all.
  net::task<> chat() {
    const auto count = 1 + by_.below(5);
    std::string all;
    for (std::uint64_t i = 0; i < count; ++i) {
      all += lines[by_.below(std::size(lines))];
      all += by_.one_in(8) ? "\n" : "\r\n";
    }
    if (by_.one_in(10)) all.insert(0, std::string(5000, 'x') + "\r\n");
    const auto commands = static_cast<std::size_t>(std::ranges::count(all, '\n'));
    co_await who_.say(all);
    for (std::size_t i = 0; i < commands && who_.here(); ++i) co_await who_.hear();
  }

  std::string name() { return fmt::format("/{}/{}", number_, by_.below(4)); }
  std::string log() { return fmt::format("/inplace/{}", number_); }

  // No two are alike but the empty ones.
  std::string content() {
    if (by_.one_in(15)) return {};
    auto out = fmt::format("file {} of visitor {}\n", ++files_, number_);
    const auto size = small_ || !by_.one_in(5) ? by_.below(3000) : by_.below(700'000);
    out.reserve(out.size() + size);
    while (out.size() < size) out += by_.one_in(20) ? '\n' : static_cast<char>('a' + by_.below(26));
    return out;
  }

  dice by_;
  visitor who_;
  const unsigned number_;
  const bool small_;
  unsigned files_ = 0;
};

void play(std::uint64_t seed) {
  dice by(seed);
  auto plan = plan_by(by, seed);
  const bool small = plan.network.split == pieces::bytes || plan.network.window < 4096;
  world here(std::move(plan));
  std::vector<std::unique_ptr<visit>> visits;
  for (auto count = 1 + by.below(3); count > 0; --count) {
    visits.push_back(std::make_unique<visit>(here, static_cast<unsigned>(count), by.below(1u << 30), small));
    here.plan_visit(visits.back()->run());
  }
  here.run();
}

TEST(random_visits, leave_everything_in_order) {
  const auto first = wanted.seed.value_or(0);
  const auto count = wanted.seed ? 1 : wanted.seeds;
  for (auto seed = first; seed < first + count; ++seed) {
    play(seed);
    if (HasFailure()) FAIL() << "replay it with sim_test --gtest_filter='random_visits*' --seed=" << seed;
  }
}

}  // namespace
}  // namespace ferry::sim
