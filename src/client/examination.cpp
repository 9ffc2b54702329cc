#include "client/examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "client/limits.hpp"
#include "net/event.hpp"

namespace ferry::client {
namespace {

std::string family_of(const net::address& one) { return one.is_v4() ? "IPv4" : "IPv6"; }

std::string title_of(const probe_plan& plan, std::string_view what) {
  return fmt::format("{}, {}: {}", family_of(plan.to), plan.tls ? "TLS" : "in the clear", what);
}

std::vector<probed_way> ways_of(const net::address& to) {
  if (to.is_v6()) return {probed_way::epsv, probed_way::eprt};
  return {probed_way::epsv, probed_way::pasv, probed_way::pasv_as_replied, probed_way::eprt, probed_way::port};
}

bool no_room(const error& why) { return why.id == "greeting.busy" || why.id == "remote.closing"; }

}  // namespace

examiner::examiner(const surroundings& around, site where, settings how, examination_plan plan)
    : around_(around),
      where_(std::move(where)),
      how_(probe_settings(std::move(how))),
      plan_(std::move(plan)),
      places_(limit::probes_side_by_side) {}

examiner::~examiner() = default;

void examiner::cancel() {
  cancelled_ = true;
  for (auto& each : probes_) each->cancel();
}

probe& examiner::make(probe_plan plan, std::string title) {
  titles_.push_back(std::move(title));
  const auto number = static_cast<unsigned>(titles_.size());
  auto how = how_;
  probes_.push_back(std::make_unique<probe>(around_, where_, std::move(how), plan_.what, std::move(plan), number));
  return *probes_.back();
}

net::task<examination> examiner::run() {
  boost::system::error_code is_name;
  std::vector<net::address> addresses{net::asio::ip::make_address(where_.host, is_name)};
  if (is_name) {
    auto found = co_await around_.names.resolve(where_.host, around_.on.now() + how_.wait.resolve);
    if (!found) {
      out_.failed = found.error();
      co_return std::move(out_);
    }
    addresses = std::move(*found);
  }
  for (bool v4 : {true, false}) {
    auto first = std::ranges::find(addresses, v4, [](const net::address& each) { return each.is_v4(); });
    if (first == addresses.end()) continue;
    for (bool tls : {false, true}) {
      if (!(tls ? plan_.tls : plan_.clear)) continue;
      auto& line = out_.lines.emplace_back();
      line.control.to = *first;
      line.control.tls = tls;
    }
  }
  std::vector<job> jobs;
  jobs.reserve(out_.lines.size());
  for (std::size_t i = 0; i < out_.lines.size(); ++i) jobs.push_back([this, i] { return look(i); });
  co_await side_by_side(std::move(jobs));

  jobs.clear();
  for (std::size_t i = 0; i < out_.lines.size(); ++i) {
    for (std::size_t way = 0; way < out_.lines[i].ways.size(); ++way) {
      jobs.push_back([this, i, way] { return try_way(i, way); });
    }
  }
  const auto silent = std::ranges::find_if(out_.lines, [](const line_finding& each) { return !each.control.failed; });
  if (plan_.idle > std::chrono::seconds(0) && silent != out_.lines.end()) {
    for (auto silence = plan_.idle; silence > std::chrono::seconds(0) && out_.idle.size() < limit::silences;
         silence /= 2) {
      out_.idle.push_back({.silence = silence, .survived = false, .word = {}});
    }
    std::ranges::reverse(out_.idle);
    for (std::size_t i = 0; i < out_.idle.size(); ++i) {
      jobs.insert(jobs.begin(),
                  [this, i, to = silent->control.to, tls = silent->control.tls] { return be_silent(i, to, tls); });
    }
  }
  co_await side_by_side(std::move(jobs));
  co_return std::move(out_);
}

// What one family and protection has to tell before any data moves.
net::task<> examiner::look(std::size_t line) {
  auto& of = out_.lines[line];
  const probe_plan plan{.way = probed_way::epsv, .tls = of.control.tls, .to = of.control.to};
  auto title = title_of(plan, "the control connection");
  auto& by = make(plan, std::move(title));
  of.control = co_await by.examine();
  if (!of.control.failed) {
    for (auto way : ways_of(of.control.to)) {
      of.ways.emplace_back().plan = {.way = way, .tls = of.control.tls, .to = of.control.to};
    }
  }
  co_await by.close();
}

net::task<> examiner::try_way(std::size_t line, std::size_t way) {
  const auto plan = out_.lines[line].ways[way].plan;
  auto title = title_of(plan, name_of(plan.way));
  auto& by = make(plan, std::move(title));
  auto in = co_await by.open();
  // A server that takes so few at once is asked again when others have left.
  for (unsigned again = 0; !in && no_room(in.error()) && again < limit::probe_patience && !cancelled_; ++again) {
    places_ = 1;
    co_await around_.on.sleep(std::chrono::seconds(1));
    in = co_await by.open();
  }
  auto found = co_await by.run();
  out_.lines[line].ways[way] = std::move(found);
  co_await by.close();
}

net::task<> examiner::be_silent(std::size_t which, net::address to, bool tls) {
  const probe_plan plan{.way = probed_way::epsv, .tls = tls, .to = to};
  auto& into = out_.idle[which];
  auto title = title_of(plan, fmt::format("silent for {} s", into.silence.count()));
  auto& by = make(plan, std::move(title));
  std::string word;
  auto in = co_await by.open();
  if (in) {
    into.survived = co_await by.survives(into.silence, word);
    into.word = std::move(word);
  } else {
    into.word = in.error().cause;
  }
  co_await by.close();
}

net::task<> examiner::side_by_side(std::vector<job> jobs) {
  std::deque<job> waiting(std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
  std::size_t running = 0;
  net::event* changed = nullptr;
  while ((!waiting.empty() && !cancelled_) || running > 0) {
    net::event one_ended(around_.on);
    changed = &one_ended;
    while (!waiting.empty() && !cancelled_ && running < places_) {
      ++running;
      around_.on.spawn([](job work, std::size_t& count, net::event*& tell) -> net::task<> {
        co_await work();
        --count;
        tell->set();
      }(std::move(waiting.front()), running, changed));
      waiting.pop_front();
    }
    if (running > 0) co_await one_ended.wait();
  }
}

}  // namespace ferry::client
