#include "client/examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "client/crew.hpp"
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

bool works(const line_finding& line) {
  return std::ranges::find(line.ways, ending::works, &probe_finding::ended) != line.ways.end();
}

probe_plan working_plan(const line_finding& line) {
  const auto found = std::ranges::find(line.ways, ending::works, &probe_finding::ended);
  const auto way = found == line.ways.end() ? probed_way::epsv : found->plan.way;
  return {.way = way, .tls = line.control.tls, .to = line.control.to};
}

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
  co_await measure();
  co_return std::move(out_);
}

// The one whose data connections work, under TLS rather than in the clear.
std::optional<std::size_t> examiner::best_line() const {
  std::optional<std::size_t> out;
  for (std::size_t i = 0; i < out_.lines.size(); ++i) {
    const auto& each = out_.lines[i];
    if (each.control.failed) continue;
    if (!out || works(each) || !works(out_.lines[*out])) out = i;
  }
  return out;
}

// By itself, when nothing else is on the line.
net::task<> examiner::measure() {
  std::vector<job> jobs;
  for (const bool v4 : {true, false}) {
    // Under TLS, where no box on the way can read which port to open.
    std::optional<std::size_t> line;
    for (std::size_t i = 0; i < out_.lines.size(); ++i) {
      if (!out_.lines[i].control.failed && out_.lines[i].control.to.is_v4() == v4) line = i;
    }
    if (!plan_.outside || !line) continue;
    out_.expected = plan_.outside;
    for (std::size_t i = 0; i < limit::offered_at_once; ++i)
      jobs.push_back([this, at = *line] { return take_offers(at); });
  }
  co_await side_by_side(std::move(jobs));
  const auto line = best_line();
  if (plan_.write && line) {
    jobs.clear();
    jobs.push_back([this, at = *line] { return compare(at); });
    co_await side_by_side(std::move(jobs));
  }
  if (!plan_.throughput || !line) co_return;
  for (const unsigned beside : {1u, limit::flows}) {
    jobs.clear();
    for (unsigned i = 0; i < beside; ++i) {
      jobs.push_back([this, which = out_.flows.size()] { return let_flow(which); });
      out_.flows.push_back({.beside = beside, .failed = {}});
    }
    co_await side_by_side(std::move(jobs));
  }
}

// What one family and protection has to tell before any data moves.
net::task<bool> examiner::look(std::size_t line) {
  auto& of = out_.lines[line];
  const probe_plan plan{.way = probed_way::epsv, .tls = of.control.tls, .to = of.control.to};
  auto title = title_of(plan, "the control connection");
  auto& by = make(plan, std::move(title));
  of.control = co_await by.examine();
  if (of.control.failed) co_return !no_room(*of.control.failed);
  for (auto way : ways_of(of.control.to)) {
    of.ways.emplace_back().plan = {.way = way, .tls = of.control.tls, .to = of.control.to};
  }
  co_await by.close();
  co_return true;
}

net::task<bool> examiner::try_way(std::size_t line, std::size_t way) {
  auto& into = out_.lines[line].ways[way];
  const auto plan = into.plan;
  auto title = title_of(plan, name_of(plan.way));
  auto& by = make(plan, std::move(title));
  if (auto in = co_await by.open(); !in) {
    into.cause = in.error().cause;
    co_return !no_room(in.error());
  }
  into = co_await by.run();
  co_await by.close();
  co_return true;
}

net::task<bool> examiner::be_silent(std::size_t which, net::address to, bool tls) {
  const probe_plan plan{.way = probed_way::epsv, .tls = tls, .to = to};
  auto& into = out_.idle[which];
  auto title = title_of(plan, fmt::format("silent for {} s", into.silence.count()));
  auto& by = make(plan, std::move(title));
  into.failed.reset();
  if (auto in = co_await by.open(); !in) {
    into.failed = in.error();
    co_return !no_room(in.error());
  }
  std::string word;
  into.survived = co_await by.survives(into.silence, word);
  into.word = std::move(word);
  co_await by.close();
  co_return true;
}

// Until enough is known of the ports that this family's clients are offered.
net::task<bool> examiner::take_offers(std::size_t line) {
  const auto& of = out_.lines[line].control;
  const probe_plan plan{.way = of.to.is_v4() ? probed_way::pasv : probed_way::epsv, .tls = of.tls, .to = of.to};
  const auto enough = [this, v4 = of.to.is_v4()] {
    std::size_t tried = 0;
    bool any = false;
    for (const auto& each : out_.offers) {
      tried += each.at.address().is_v4() == v4 ? 1 : 0;
      any |= each.at.address().is_v4() == v4 && each.ended == ending::works;
    }
    return tried >= (any ? limit::offers : limit::closed_offers);
  };
  if (enough()) co_return true;
  auto title = title_of(plan, "the ports that are offered");
  auto& by = make(plan, std::move(title));
  if (auto in = co_await by.open(); !in) co_return !no_room(in.error());
  while (!cancelled_ && !enough()) {
    auto one = co_await try_offer(by.on());
    if (!one) break;
    out_.offers.push_back(std::move(*one));
  }
  co_await by.close();
  co_return true;
}

net::task<bool> examiner::let_flow(std::size_t which) {
  const auto& of = out_.lines[*best_line()];
  auto plan = working_plan(of);
  auto& into = out_.flows[which];
  auto title = title_of(plan, into.beside == 1 ? "throughput" : fmt::format("throughput of {}", into.beside));
  auto& by = make(std::move(plan), std::move(title));
  if (auto in = co_await by.open(); !in) {
    into.failed = in.error();
    co_return !no_room(in.error());
  }
  if (!out_.round_trip) {
    if (auto shortest = co_await measure_round_trip(by.on())) out_.round_trip = *shortest;
  }
  const auto beside = into.beside;
  auto found = co_await measure_flow(by.on(), plan_.what);
  out_.flows[which] = std::move(found);
  out_.flows[which].beside = beside;
  co_await by.close();
  co_return true;
}

net::task<bool> examiner::compare(std::size_t line) {
  const auto& of = out_.lines[line];
  auto plan = working_plan(of);
  auto title = title_of(plan, "the clocks");
  auto& by = make(std::move(plan), std::move(title));
  if (auto in = co_await by.open(); !in) {
    out_.clocks = std::unexpected(in.error());
    co_return !no_room(in.error());
  }
  auto folder = plan_.what.substr(0, plan_.what.rfind('/') + 1);
  auto found = co_await compare_clocks(by.on(), std::move(folder));
  out_.clocks = std::move(found);
  co_await by.close();
  co_return true;
}

// Each when there is a place for it. One that the server had no room for comes again when another has left, and where
// none is left that could, for a while.
net::task<> examiner::side_by_side(std::vector<job> jobs) {
  std::deque<job> waiting(std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
  std::size_t running = 0;
  net::event* changed = nullptr;
  while ((!waiting.empty() && !cancelled_) || running > 0) {
    net::event one_ended(around_.on);
    changed = &one_ended;
    while (!waiting.empty() && !cancelled_ && running < places_) {
      ++running;
      around_.on.spawn(
          [](examiner& self, job work, std::deque<job>& again, std::size_t& count, net::event*& tell) -> net::task<> {
            const bool had_room = co_await work();
            if (!had_room && (count > 1 || self.patience_ > 0)) {
              self.places_ = std::max<std::size_t>(1, count - 1);
              if (count == 1) {
                --self.patience_;
                co_await self.around_.on.sleep(limit::probe_again);
              }
              again.push_front(std::move(work));
            }
            --count;
            tell->set();
          }(*this, std::move(waiting.front()), waiting, running, changed));
      waiting.pop_front();
    }
    if (running > 0) co_await one_ended.wait();
  }
}

}  // namespace ferry::client
