#include "client/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <set>

#include "client/decision_table.hpp"

namespace ferry::client {

using namespace decision_table;

namespace {

constexpr double worth_connections = 1.5;     // so much faster are some beside one another than one
constexpr double small_window = 65536 * 1.1;  // bytes under way, where windows are not scaled

double seconds(auto what) { return std::chrono::duration<double>(what).count(); }

std::string rate_words(double bytes_a_second) { return fmt::format("{:.1f} MB/s", bytes_a_second / 1e6); }

bool is_private(const net::asio::ip::address_v4& one) {
  const auto a = one.to_uint();
  return (a >> 24) == 10 || (a >> 20) == 0xac1 || (a >> 16) == 0xc0a8 || (a >> 22) == (0x64400000u >> 22) ||
         (a >> 16) == 0xa9fe;
}

unsigned naming(const std::string& named, const net::address& peer) {
  boost::system::error_code wrong;
  const auto at = net::asio::ip::make_address_v4(named, wrong);
  if (wrong || net::address(at) == peer) return 0;
  if (at.is_unspecified()) return names_unspecified;
  if (at.is_loopback()) return names_loopback;
  return is_private(at) ? names_private : names_other;
}

// One family, seen by the table.
struct picture {
  std::map<probes, const probe_finding*> tried;
  unsigned facts = 0;
  std::string family, named, local, seen, peer;

  bool fits(const condition& what) const {
    bool any = false, some = false, all = true;
    for (const auto& [who, found] : tried) {
      if ((who & what.who) == 0 || found->ended == ending::not_tried) continue;
      any = true;
      const bool so = (bit(found->ended) & what.how) != 0;
      some = some || so;
      all = all && so;
    }
    if (what.needs == condition::count::some) return some;
    return all && (any || what.needs == condition::count::every_tried);
  }
  probes failed() const {
    probes out = 0;
    for (const auto& [who, found] : tried) {
      if (bit(found->ended) & fails) out |= who;
    }
    return out;
  }
  std::string filled(std::string_view text) const {
    std::string out(text);
    for (const auto& [mark, value] :
         {std::pair{"{named}", &named}, {"{local}", &local}, {"{seen}", &seen}, {"{peer}", &peer}}) {
      for (auto at = out.find(mark); at != out.npos; at = out.find(mark))
        out.replace(at, std::string_view(mark).size(), *value);
    }
    return out;
  }
};

std::string family_of(const net::address& one) { return one.is_v4() ? "IPv4" : "IPv6"; }

picture picture_of(const examination& what, bool v4) {
  picture out;
  out.family = v4 ? "IPv4" : "IPv6";
  if (!v4) out.facts |= over_ipv6;
  std::string names[2];
  for (const auto& line : what.lines) {
    const auto& control = line.control;
    if (control.to.is_v4() != v4 || control.failed) continue;
    out.local = control.local.address().to_string();
    out.peer = control.peer.address().to_string();
    std::vector<std::string> seen{control.seen_as};
    for (const auto& each : line.ways) {
      out.tried[bit(each.plan.way, control.tls)] = &each;
      if (!each.named.empty()) {
        out.facts |= naming(each.named, control.peer.address());
        names[control.tls] = each.named;
        if (out.named.empty() || naming(each.named, control.peer.address())) out.named = each.named;
      }
      // Servers tell in refusals whom they see.
      if (each.ended == ending::refused && !passive(each.plan.way)) {
        seen.push_back(address_in(each.reply, {out.local, out.peer}));
      }
    }
    for (auto& each : seen) {
      if (each.empty() || each == out.local) continue;
      out.seen = each;
      out.facts |= seen_elsewhere;
    }
  }
  if (!names[0].empty() && !names[1].empty() && names[0] != names[1]) out.facts |= names_differ;
  return out;
}

bool ipv4_passive(const picture& v4) {
  return v4.fits(all(epsvs | pasvs, works)) || (!v4.tried.empty() && v4.fits(all(epsv_t | pasv_t, works)));
}

// "PASV, TLS: no answer from 198.51.100.1:40123 within 6 s (after 227 Entering Passive Mode ...)"
std::string evidence_of(const probe_finding& found) {
  auto out = fmt::format("{} {}: {}", name_of(found.plan.way), found.plan.tls ? "under TLS" : "in the clear",
                         name_of(found.ended));
  if (!found.cause.empty()) out += fmt::format(", \"{}\"", found.cause);
  if (!found.named.empty()) out += fmt::format(", 227 names {}", found.named);
  return out + fmt::format(", {:.1f} s", seconds(found.took));
}

void explain(const picture& of, std::vector<cause_found>& into) {
  probes open = of.failed();
  for (const auto& each : decisions()) {
    if ((of.facts & each.facts) != each.facts) continue;
    probes explains = 0;
    bool fits = true;
    for (const auto& one : each.when) {
      if (one.who == 0) continue;
      fits = fits && of.fits(one);
      explains |= one.who & of.failed();
    }
    if (!fits || (explains & open) == 0) continue;
    open &= ~explains;
    cause_found found{.id = std::string(each.id),
                      .how = each.how,
                      .where = of.family,
                      .cause = of.filled(each.cause),
                      .evidence = {},
                      .user = of.filled(each.user),
                      .administrator = of.filled(each.administrator),
                      .lines = each.lines};
    for (const auto& [who, what] : of.tried) {
      if (who & explains) found.evidence.push_back(evidence_of(*what));
    }
    if (of.facts & seen_elsewhere && each.facts & seen_elsewhere) {
      found.evidence.push_back(fmt::format("your address is {}, and the server sees {}", of.local, of.seen));
    }
    into.push_back(std::move(found));
  }
  if (open == 0) return;
  cause_found rest{.id = "unexplained",
                   .how = weight::fault,
                   .where = of.family,
                   .cause = "some ways do not work, in no pattern that is known",
                   .evidence = {},
                   .user = "look at the dialogue: -v, or --html FILE",
                   .administrator = {}};
  for (const auto& [who, what] : of.tried) {
    if (who & open) rest.evidence.push_back(evidence_of(*what));
  }
  into.push_back(std::move(rest));
}

void explain_control(const line_finding& line, std::vector<cause_found>& into) {
  const auto& why = *line.control.failed;
  const auto& found = *std::ranges::find_if(control_decisions(), [&](const control_decision& each) {
    return each.error.empty() || (each.error.ends_with('.') ? why.id.starts_with(each.error) : why.id == each.error);
  });
  into.push_back({.id = std::string(found.id),
                  .how = found.how,
                  .where = family_of(line.control.to),
                  .cause = std::string(found.cause),
                  .evidence = {fmt::format("{}: \"{}\"", line.control.tls ? "under TLS" : "in the clear", why.cause)},
                  .user = std::string(found.user),
                  .administrator = std::string(found.administrator),
                  .lines = found.lines});
}

void explain_idle(const std::vector<idle_finding>& idle, std::vector<cause_found>& into) {
  // The shortest that was not survived. Of one that was not tried nothing is known.
  std::chrono::seconds::rep before = 0;
  auto forgotten = idle.begin();
  for (; forgotten != idle.end() && (forgotten->failed || forgotten->survived); ++forgotten) {
    if (forgotten->survived) before = forgotten->silence.count();
  }
  if (forgotten == idle.end()) return;
  const bool told = forgotten->word.starts_with("421");
  cause_found found{
      .id = told ? "server.idle" : "box.idle",
      .how = told ? weight::note : weight::fault,
      .where = {},
      .cause = told ? fmt::format("the server ends sessions that were silent for {} s", forgotten->silence.count())
                    : fmt::format("something on the way forgets connections that are silent for {} to {} s", before,
                                  forgotten->silence.count()),
      .evidence = {fmt::format("NOOP after {} s: {}", forgotten->silence.count(), forgotten->word)},
      .user = told ? "nothing: ferry connects again when it must"
                   : "nothing: when the end of a long transfer gets lost, ferry connects again and verifies it",
      .administrator =
          told ? ""
               : fmt::format("let the box remember established connections for two hours (RFC 5382), or let "
                             "the server's kernel send keepalives more often than every {} s",
                             before),
      .lines = told ? remedy::none : remedy::keepalive};
  into.push_back(std::move(found));
}

void explain_flow(const examination& what, std::vector<cause_found>& into) {
  const auto alone =
      std::ranges::find_if(what.flows, [](const auto& each) { return each.beside == 1 && !each.failed; });
  if (alone == what.flows.end()) return;
  std::uint64_t bytes = 0;
  duration took{};
  unsigned beside = 0;
  for (const auto& each : what.flows) {
    if (each.beside == 1 || each.failed) continue;
    bytes += each.bytes;
    took = std::max(took, each.took);
    ++beside;
  }
  if (alone->took < limit::flow_least) {
    into.push_back({.id = "throughput.small",
                    .where = {},
                    .cause = "the file is over too soon to tell how fast it comes",
                    .evidence = {fmt::format("{} bytes in {:.3f} s", alone->bytes, seconds(alone->took))},
                    .user = "name a larger one",
                    .administrator = {}});
    return;
  }
  if (beside == 0) return;
  const auto together = flow_finding{.bytes = bytes, .took = took, .failed = {}}.rate();
  cause_found found{.id = "throughput.line",
                    .where = {},
                    .cause = "the line, or the server, gives no more: connections beside one another add nothing",
                    .evidence = {fmt::format("{} by one connection, {} by {}", rate_words(alone->rate()),
                                             rate_words(together), beside)},
                    .user = {},
                    .administrator = {}};
  if (together >= alone->rate() * worth_connections) {
    found.id = "throughput.connection";
    found.cause = "each connection is limited by itself, not by the line";
    found.user = fmt::format("get -j {} brings one file in as many segments", beside);
    found.administrator = "see whether the server limits the rate of a connection, and whether packets are lost";
    const auto window = what.round_trip ? alone->rate() * seconds(*what.round_trip) : 0;
    if (what.round_trip) {
      found.evidence.push_back(fmt::format("a round trip takes {:.0f} ms: so {:.0f} KiB are under way at a time",
                                           seconds(*what.round_trip) * 1000, window / 1024));
    }
    if (what.round_trip && *what.round_trip > limit::far && window < small_window) {
      found.administrator = "windows stay below 64 KiB: let TCP's window scaling (RFC 7323) through, and switch it on";
    }
  }
  into.push_back(std::move(found));
}

void explain_clocks(const examination& what, std::vector<cause_found>& into) {
  if (!what.clocks || !*what.clocks) return;
  const auto& found = **what.clocks;
  if (!found.left.empty()) {
    into.push_back({.id = "doctor.left",
                    .how = weight::fault,
                    .where = {},
                    .cause = fmt::format("{} was stored to compare the clocks, and could not be deleted", found.left),
                    .evidence = {},
                    .user = "ask the administrator to delete it",
                    .administrator = {}});
  }
  const auto off = std::chrono::abs(found.ahead);
  if (off < found.uncertain + limit::clocks_apart) return;
  into.push_back({.id = "server.clock",
                  .where = {},
                  .cause = fmt::format("the server's clock is {:.0f} s {} this machine's", seconds(off),
                                       found.ahead < off ? "behind" : "ahead of"),
                  .evidence = {fmt::format("a file stored now has another time there, to within {:.1f} s",
                                           seconds(found.uncertain))},
                  .user = "what mirror finds newer is off by as much",
                  .administrator = "let the machine take its time from the network (NTP)"});
}

bool inside(const net::address& one) {
  if (one.is_loopback()) return true;
  return one.is_v4() ? is_private(one.to_v4()) : (one.to_v6().to_bytes()[0] & 0xfe) == 0xfc;
}

std::string some_of(const std::set<std::uint16_t>& ports) {
  std::string out;
  std::size_t told = 0;
  for (auto port : ports) {
    if (++told > limit::ports_told) return out + ", ...";
    out += fmt::format("{}{}", out.empty() ? "" : ", ", port);
  }
  return out;
}

// The ports of one family that were offered, against what was expected of them. One that let a connection in once is
// open: where clients share a port, the server turns away whom it cannot tell from another.
void explain_offers(const examination& what, bool v4, diagnosis& into) {
  std::set<std::uint16_t> all, open, closed, strange;
  std::size_t count = 0;
  std::vector<std::string> evidence;
  const auto& range = what.expected->ports;
  const auto of_family = [v4](const offer_finding& each) { return each.at.address().is_v4() == v4; };
  for (const auto& each : what.offers | std::views::filter(of_family)) {
    ++count;
    const auto port = each.at.port();
    all.insert(port);
    if (each.ended == ending::works) open.insert(port);
    if (range.first != 0 && (port < range.first || port > range.last)) strange.insert(port);
  }
  for (const auto& each : what.offers | std::views::filter(of_family)) {
    const auto port = each.at.port();
    if (open.contains(port) || !closed.insert(port).second || evidence.size() == limit::ports_told) continue;
    evidence.push_back(
        fmt::format("port {}: {}, \"{}\", {:.1f} s", port, name_of(each.ended), each.cause, seconds(each.took)));
  }
  if (all.empty()) return;
  const auto family = v4 ? "IPv4" : "IPv6";
  const auto seen =
      fmt::format("{} ports were offered ({} offers), {} to {}", all.size(), count, *all.begin(), *all.rbegin());
  if (range.first != 0) {
    into.claims.push_back(
        {"outside.range", strange.empty() ? standing::proved : standing::refuted,
         strange.empty()
             ? fmt::format("the passive ports are those of {}-{}: {} ({})", range.first, range.last, seen, family)
             : fmt::format(
                   "the server offers ports that are not of {}-{}: {} ({}): it, or a box on the way, is set otherwise",
                   range.first, range.last, some_of(strange), family)});
  }
  into.claims.push_back(
      {"outside.ports", closed.empty() ? standing::proved : standing::refuted,
       closed.empty() ? fmt::format("each passive port that was tried lets connections in: {} ({})", seen, family)
                      : fmt::format("{} of {} passive ports let no connection in: {} ({})", closed.size(), all.size(),
                                    some_of(closed), family)});
  if (!closed.empty() && closed.size() < all.size()) {
    into.causes.push_back({.id = "server.ports.part",
                           .how = weight::fault,
                           .where = family,
                           .cause = "a part of the server's passive ports is closed: transfers fail now and then",
                           .evidence = std::move(evidence),
                           .user = "try again: ferry does so by itself",
                           .administrator = "let the whole range in through the firewall, and forward all of it"});
  }
}

void explain_outside(const examination& what, diagnosis& into) {
  if (!what.expected) return;
  std::set<std::string> named;
  bool beside = true;
  for (const bool v4 : {true, false}) {
    std::string at;
    std::vector<std::string> why;
    for (const auto& line : what.lines) {
      if (line.control.to.is_v4() != v4) continue;
      if (line.control.failed) {
        why.push_back(line.control.failed->cause);
        continue;
      }
      at = net::show(line.control.peer);
      beside = beside &&
               (line.control.peer.address() == line.control.local.address() || inside(line.control.peer.address()));
      for (const auto& each : line.ways) {
        if (!each.named.empty()) named.insert(each.named);
      }
    }
    const auto family = v4 ? "IPv4" : "IPv6";
    if (!at.empty())
      into.claims.push_back({"outside.control", standing::proved, fmt::format("{} lets clients in ({})", at, family)});
    if (at.empty() && !why.empty())
      into.claims.push_back(
          {"outside.control", standing::refuted, fmt::format("nobody gets in: {} ({})", why.front(), family)});
    explain_offers(what, v4, into);
  }
  if (const auto& wanted = what.expected->address) {
    const auto text = wanted->to_string();
    const auto names = fmt::format("{}", fmt::join(named, " and "));
    const auto how = named.empty() ? standing::open : names == text ? standing::proved : standing::refuted;
    into.claims.push_back(
        {"outside.address", how,
         named.empty() ? fmt::format("no answer to PASV was heard that could name {}", text)
                       : fmt::format("the answer to PASV names {}{}", names, names == text ? "" : ", not " + text)});
  }
  if (beside && !into.claims.empty()) {
    into.causes.push_back(
        {.id = "doctor.inside",
         .where = {},
         .cause = "this host stands beside the server: what is between it and others is not seen from here",
         .evidence = {},
         .user = "ask from a host outside",
         .administrator = {}});
  }
}

// The same cause over both families, or under TLS and in the clear, is one.
void merge(std::vector<cause_found>& all) {
  for (auto each = all.begin(); each != all.end();) {
    auto same = std::find_if(all.begin(), each, [&](const cause_found& one) { return one.id == each->id; });
    if (same == each) {
      ++each;
      continue;
    }
    if (!same->where.contains(each->where)) same->where += " and " + each->where;
    std::ranges::move(each->evidence, std::back_inserter(same->evidence));
    each = all.erase(each);
  }
}

}  // namespace

std::string_view name_of(weight how) {
  static constexpr std::string_view names[] = {"note", "fault", "fatal"};
  return names[static_cast<std::size_t>(how)];
}

std::string_view name_of(standing how) {
  static constexpr std::string_view names[] = {"proved", "refuted", "open"};
  return names[static_cast<std::size_t>(how)];
}

diagnosis diagnose(const examination& what) {
  diagnosis out;
  if (what.failed) {
    line_finding none;
    none.control.failed = what.failed;
    explain_control(none, out.causes);
    out.causes.front().where.clear();
    return out;
  }
  std::size_t lines_up = 0;
  for (const auto& line : what.lines) {
    if (line.control.failed)
      explain_control(line, out.causes);
    else
      ++lines_up;
    for (const auto& each : line.ways) out.data_moves |= each.ended == ending::works;
  }
  // What keeps one family out, or TLS alone, is not the end.
  for (auto& each : out.causes) {
    if (lines_up > 0 && each.how == weight::fatal) each.how = weight::fault;
  }
  const auto v4 = picture_of(what, true);
  auto v6 = picture_of(what, false);
  if (ipv4_passive(v4)) v6.facts |= ipv4_passive_works;
  explain(v4, out.causes);
  explain(v6, out.causes);
  explain_idle(what.idle, out.causes);
  explain_flow(what, out.causes);
  explain_clocks(what, out.causes);
  explain_outside(what, out);
  for (const auto& line : what.lines) {
    if (line.control.broken_promises.empty()) continue;
    out.causes.push_back({.id = "server.feat",
                          .how = weight::note,
                          .where = family_of(line.control.to),
                          .cause = "the server lists in FEAT what it then refuses",
                          .evidence = line.control.broken_promises,
                          .user = "nothing: ferry goes on without",
                          .administrator = {}});
  }
  merge(out.causes);
  std::ranges::stable_sort(out.causes, std::greater{}, &cause_found::how);
  return out;
}

std::string_view software_of(const examination& what) {
  struct mark {
    std::string_view word, software;
  };
  static constexpr std::array marks = std::to_array<mark>({{"ferryd", "ferryd"},
                                                           {"vsFTPd", "vsftpd"},
                                                           {"ProFTPD", "ProFTPD"},
                                                           {"Pure-FTPd", "Pure-FTPd"},
                                                           {"FileZilla Server", "FileZilla Server"},
                                                           {"Microsoft FTP Service", "IIS"},
                                                           {"Windows_NT", "IIS"}});
  for (const auto& line : what.lines) {
    for (const auto& each : marks) {
      const auto& control = line.control;
      for (const auto* text : {&control.greeting, &control.system, &control.status}) {
        if (text->contains(each.word)) return each.software;
      }
    }
  }
  return {};
}

}  // namespace ferry::client
