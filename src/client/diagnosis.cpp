#include "client/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace ferry::client {
namespace {

// Sets of probes of one family, and of endings, as bits.
using probes = unsigned;
using outcomes = unsigned;

constexpr probes bit(probed_way way, bool tls) { return 1u << (static_cast<unsigned>(way) + (tls ? probed_ways : 0)); }
constexpr probes tls_of(probes in_clear) { return in_clear << probed_ways; }

constexpr probes epsv_c = bit(probed_way::epsv, false);
constexpr probes pasv_c = bit(probed_way::pasv, false);
constexpr probes replied_c = bit(probed_way::pasv_as_replied, false);
constexpr probes eprt_c = bit(probed_way::eprt, false);
constexpr probes port_c = bit(probed_way::port, false);
constexpr probes passive_c = epsv_c | pasv_c, active_c = eprt_c | port_c;
constexpr probes epsv_t = tls_of(epsv_c), pasv_t = tls_of(pasv_c), replied_t = tls_of(replied_c);
constexpr probes passive_t = tls_of(passive_c), active_t = tls_of(active_c);
constexpr probes epsvs = epsv_c | epsv_t, pasvs = pasv_c | pasv_t, replieds = replied_c | replied_t;
constexpr probes passives = passive_c | passive_t, actives = active_c | active_t;

constexpr outcomes bit(ending how) { return 1u << static_cast<unsigned>(how); }
constexpr outcomes works = bit(ending::works), refused = bit(ending::refused), timeout = bit(ending::timeout);
constexpr outcomes rejected = bit(ending::rejected), prohibited = bit(ending::prohibited);
constexpr outcomes unanswered = bit(ending::unanswered), broken = bit(ending::broken), garbled = bit(ending::garbled);
constexpr outcomes data_tls = bit(ending::data_tls), silent = bit(ending::silent);
constexpr outcomes unreachable = bit(ending::unreachable);
constexpr outcomes closed = timeout | rejected | prohibited | unreachable;
constexpr outcomes fails = ~(works | bit(ending::not_tried));

// Beside the probes.
enum fact : unsigned {
  seen_elsewhere = 1u << 0,     // the server sees the client at another address than the client's own
  names_differ = 1u << 1,       // 227 names one address in the clear and another under TLS
  names_unspecified = 1u << 2,  // 227 names 0.0.0.0
  names_loopback = 1u << 3,     // 127.x.x.x
  names_private = 1u << 4,      // RFC 1918, RFC 6598 or link-local, and not the address the client reached
  names_other = 1u << 5,        // another that is none of these
  over_ipv6 = 1u << 6,
  ipv4_passive_works = 1u << 7,
};

struct condition {
  enum class count : std::uint8_t { every_tried, every, some };
  probes who = 0;
  outcomes how = 0;
  count needs = count::every;
};
// Each of them that was tried ended so, and one at least was tried.
constexpr condition all(probes who, outcomes how) { return {who, how, condition::count::every}; }
// The same, and perhaps none was tried.
constexpr condition if_tried(probes who, outcomes how) { return {who, how, condition::count::every_tried}; }
// One at least ended so.
constexpr condition some(probes who, outcomes how) { return {who, how, condition::count::some}; }

struct row {
  std::string_view id;
  weight how;
  unsigned facts;  // all of them
  std::array<condition, 5> when;
  std::string_view cause;
  std::string_view user;
  std::string_view administrator;
  remedy lines = remedy::none;
};

constexpr std::string_view passive_is_enough = "nothing: passive mode works, and ferry uses it";
constexpr std::string_view active_meanwhile =
    "ferry uses active mode here by itself; behind NAT that needs a forwarded range (-P -:PORTS)";
constexpr std::string_view open_the_range =
    "give the server a fixed range of passive ports, and let TCP connections to these in through the firewall";
constexpr std::string_view forward_the_range =
    "give the server a fixed range of passive ports, forward these to it as port 21 is, and let it name the public "
    "address";
constexpr std::string_view blind_advice =
    "give the server a fixed range of passive ports and open or forward it: then nobody needs to read the commands; "
    "TLS "
    "is not to be given up for this";

// ICMP is sent so often and no oftener: where it prohibits, some packets just vanish.
// The first rows are the more telling. A row that fits explains the probes of its conditions that failed; it counts
// only if one of these is not explained yet.
constexpr std::array rows = std::to_array<row>({
    // A box that does not understand what it reads.
    {"box.epsv.refused",
     weight::fault,
     0,
     {all(epsv_c, refused), all(epsv_t, works), if_tried(eprt_c, refused | works)},
     "a box on the way reads the commands and refuses EPSV: under TLS, which it cannot read, the same server takes it",
     "use TLS, or leave it to ferry, which goes on with PASV",
     "update or switch off the FTP inspection of the box (RFC 2428 is of 1998)"},
    {"box.epsv.swallowed",
     weight::fault,
     0,
     {all(epsv_c, unanswered), if_tried(epsv_t, works), if_tried(eprt_c, unanswered | works)},
     "a box on the way reads the commands and lets EPSV vanish: no answer ever comes",
     "use TLS, or --no-epsv, which saves the wait",
     "update or switch off the FTP inspection of the box (RFC 2428 is of 1998)"},
    {"box.epsv.reset",
     weight::fault,
     0,
     {all(epsv_c, broken), if_tried(epsv_t, works), if_tried(eprt_c, broken | works)},
     "a box on the way reads the commands and breaks the connection at EPSV",
     "use TLS, or --no-epsv",
     "update or switch off the FTP inspection of the box (RFC 2428 is of 1998)"},
    {"box.epsv.garbled",
     weight::fault,
     0,
     {all(epsv_c, garbled), if_tried(epsv_t, works)},
     "a box on the way rewrites the answer to EPSV so that no port is left in it",
     "use TLS, or --no-epsv",
     "update or switch off the FTP inspection of the box (RFC 2428 is of 1998)"},
    {"box.pasv.only",
     weight::fault,
     0,
     {all(epsv_c, closed), all(pasv_c, works), if_tried(passive_t, closed), if_tried(replied_t, closed)},
     "a firewall opens the port that it reads in an answer to PASV, and does not know EPSV; under TLS it reads nothing",
     "without TLS ferry goes on with PASV, under TLS with active mode",
     blind_advice,
     remedy::ports},

    // What is read in the clear cannot be read under TLS.
    {"server.nat.helper",
     weight::fault,
     names_differ,
     {all(passive_c, works), all(passive_t, closed), if_tried(replied_t, closed | works)},
     "the server's router reads the commands, rewrites the address in 227 and opens the port; TLS makes it blind",
     active_meanwhile,
     forward_the_range,
     remedy::address_and_ports},
    {"firewall.helper",
     weight::fault,
     0,
     {all(passive_c, works), all(passive_t, closed), all(active_c, works), all(active_t, closed),
      if_tried(replied_t, closed)},
     "a firewall reads the commands and opens the data connections that these agree on; TLS makes it blind, both ways",
     "nothing works under TLS from here; ask the administrator",
     blind_advice,
     remedy::ports},
    {"server.firewall.helper",
     weight::fault,
     0,
     {all(passive_c, works), all(passive_t, closed), if_tried(replied_t, closed)},
     "a firewall before the server reads the commands and opens the passive port; TLS makes it blind",
     active_meanwhile,
     blind_advice,
     remedy::ports},
    {"client.nat.helper",
     weight::note,
     0,
     {all(active_c, works), all(active_t, refused)},
     "your router translates addresses, and rewrites those in PORT and EPRT where it can read them; under TLS it "
     "cannot",
     passive_is_enough,
     ""},
    {"client.firewall.helper",
     weight::note,
     0,
     {all(active_c, works), all(active_t, closed)},
     "a firewall on your side opens the port that it reads in PORT and EPRT; under TLS it cannot",
     passive_is_enough,
     ""},

    // No data connection at all.
    {"data.dropped",
     weight::fatal,
     0,
     {all(passives, timeout), all(actives, timeout), if_tried(replieds, closed)},
     "a firewall drops every data connection, in both directions; only port 21 is open",
     "ask the administrator of the firewall nearest to you, then the server's",
     open_the_range,
     remedy::ports},
    {"data.reset",
     weight::fatal,
     0,
     {all(passives, rejected), all(actives, rejected | timeout), if_tried(replieds, closed)},
     "something on the way refuses every data connection with a reset; only port 21 is open",
     "ask the administrator of the firewall nearest to you, then the server's",
     open_the_range,
     remedy::ports},
    {"data.prohibited",
     weight::fatal,
     0,
     {some(passives, prohibited), all(passives, prohibited | timeout), all(actives, closed),
      if_tried(replieds, closed)},
     "a firewall prohibits every data connection, and says so (ICMP): that is a policy",
     "ask the administrator of the firewall nearest to you, then the server's",
     open_the_range,
     remedy::ports},

    // Passive mode.
    {"server.ipv6.ports",
     weight::fault,
     over_ipv6 | ipv4_passive_works,
     {all(epsvs, closed)},
     "over IPv6 the passive ports are closed, over IPv4 they are open: the firewall's rules for IPv6 are others",
     "-4 makes ferry use IPv4",
     "let TCP connections to the passive ports in over IPv6 too",
     remedy::ports},
    {"server.nat.ports",
     weight::fault,
     names_private,
     {all(passives, closed), if_tried(replieds, closed)},
     "the server stands behind NAT that forwards port 21 and not its passive ports: 227 names {named}, which is "
     "private",
     active_meanwhile,
     forward_the_range,
     remedy::address_and_ports},
    {"server.ports.dropped",
     weight::fault,
     0,
     {all(passives, timeout), if_tried(replieds, closed)},
     "a firewall before the server drops connections to its passive ports",
     active_meanwhile,
     open_the_range,
     remedy::ports},
    {"server.ports.refused",
     weight::fault,
     0,
     {all(passives, rejected), if_tried(replieds, closed)},
     "connections to the server's passive ports are refused at once: they are not forwarded, or a firewall resets them",
     active_meanwhile,
     open_the_range,
     remedy::ports},
    {"server.ports.prohibited",
     weight::fault,
     0,
     {some(passives, prohibited), all(passives, prohibited | timeout), if_tried(replieds, closed)},
     "a firewall prohibits connections to the server's passive ports, and says so (ICMP)",
     active_meanwhile,
     open_the_range,
     remedy::ports},

    // The address in 227.
    {"server.address.unspecified",
     weight::fault,
     names_unspecified,
     {all(pasvs, works), all(replieds, fails)},
     "the server's answer to PASV names {named}, which is no address: clients that believe it connect to themselves",
     "nothing: ferry connects to the server's own address",
     "set the address that 227 names, or use EPSV",
     remedy::address},
    {"server.address.loopback",
     weight::fault,
     names_loopback,
     {all(pasvs, works), all(replieds, fails)},
     "the server's answer to PASV names {named}: clients that believe it connect to themselves",
     "nothing: ferry connects to the server's own address",
     "set the address that 227 names, or use EPSV",
     remedy::address},
    {"server.address.private",
     weight::fault,
     names_private,
     {all(pasvs, works), all(replieds, fails)},
     "the server stands behind NAT and does not know its public address: 227 names {named}, which is private",
     "nothing: ferry connects to the server's own address",
     "set the address that 227 names to {peer}",
     remedy::address},
    {"server.address.other",
     weight::fault,
     names_other,
     {all(pasvs, works), all(replieds, fails)},
     "the server's answer to PASV names {named}, which does not lead to it: you reach it at {peer}",
     "nothing: ferry connects to the server's own address",
     "set the address that 227 names to {peer}",
     remedy::address},

    // Active mode.
    {"client.nat",
     weight::note,
     seen_elsewhere,
     {all(actives, refused)},
     "you are behind NAT: active mode announces {local}, and the server sees {seen}",
     "nothing: passive mode is for this; active mode needs ports forwarded to you: -P -:PORTS --external-address "
     "{seen}",
     ""},
    {"server.active.refused",
     weight::note,
     0,
     {all(actives, refused)},
     "the server does not take active mode from you",
     passive_is_enough,
     ""},
    {"client.firewall.dropped",
     weight::note,
     0,
     {all(actives, timeout)},
     "a firewall on your side drops connections that come from outside: active mode does not work",
     passive_is_enough,
     ""},
    {"client.firewall.refused",
     weight::note,
     0,
     {all(actives, rejected | prohibited)},
     "connections from the server to you are refused: active mode does not work",
     passive_is_enough,
     ""},

    // The server itself.
    {"server.epsv.missing",
     weight::note,
     0,
     {all(epsvs, refused), all(pasvs, works)},
     "the server does not know EPSV",
     "nothing: ferry uses PASV",
     ""},
    {"server.pasv.missing",
     weight::note,
     0,
     {all(pasvs, refused), all(epsvs, works)},
     "the server does not take PASV",
     "nothing: ferry uses EPSV",
     ""},
    {"server.data.tls",
     weight::fault,
     0,
     {all(passive_t, data_tls), if_tried(active_t, data_tls)},
     "data connections are made, but not TLS on them",
     "see the words of the server",
     "see whether it wants TLS sessions resumed, and with which version of TLS",
     remedy::tls},
    {"data.silent",
     weight::fault,
     0,
     {all(passives, silent)},
     "data connections are made, and nothing comes through them: something on the way accepts them in the server's "
     "name",
     "try TLS; ask the administrator of the firewall",
     ""},
});

struct control_row {
  std::string_view error;  // its id, or with a final '.' all that begin so
  std::string_view id;
  weight how;
  std::string_view cause;
  std::string_view user;
  std::string_view administrator;
  remedy lines = remedy::none;
};

// When a control connection does not come to the point.
constexpr std::array control_rows = std::to_array<control_row>({
    {"resolve.", "control.name", weight::fatal, "the server's name was not found",
     "check the spelling, and this machine's name server", ""},
    {"tls.stripped", "box.auth.stripped", weight::fault,
     "a box on the way refuses AUTH TLS though the server lists it: it wants to read along",
     "send no password from here; try implicit TLS (ftps://) or another network",
     "let AUTH pass, or offer implicit TLS on port 990"},
    {"tls.refused", "server.tls.missing", weight::fault,
     "the server offers no TLS: passwords and files go in the clear", "send no password that matters", "switch TLS on",
     remedy::tls},
    {"tls.data", "server.tls.data", weight::fault, "the server protects its control connections and not those of data",
     "see the words of the server", "allow PROT P", remedy::tls},
    {"tls.certificate.", "server.certificate", weight::fault, "the server's certificate is not to be trusted",
     "compare its key with the administrator's (--pin), or name the authority (--cacert)",
     "get a certificate that names the host, from an authority that clients know"},
    {"tls.", "control.tls", weight::fault, "TLS does not come about", "see the evidence", "see the server's log"},
    {"login.", "control.login", weight::fatal, "the login was refused", "check user and password", ""},
    {"connect.timeout", "control.dropped", weight::fatal,
     "no answer from the server's control port: a firewall drops what goes there, or the host is down",
     "check host and port, and try another network", "let TCP connections to the control port in"},
    {"connect.refused", "control.refused", weight::fatal, "nothing listens at the server's control port",
     "check the port", "start the server, or forward the port"},
    {"connect.", "control.unreachable", weight::fatal, "there is no way to the server", "check this machine's network",
     ""},
    {"greeting.busy", "control.busy", weight::fatal, "the server takes no more connections now", "come back later",
     "raise the limits of connections"},
    {"greeting.", "control.greeting", weight::fatal, "what answers does not greet as an FTP server", "check the port",
     ""},
    {"", "control.other", weight::fatal, "the control connection fails", "see the evidence", ""},
});

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
  return out + fmt::format(", {:.1f} s", std::chrono::duration<double>(found.took).count());
}

void explain(const picture& of, std::vector<cause_found>& into) {
  probes open = of.failed();
  for (const auto& each : rows) {
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
  const auto& found = *std::ranges::find_if(control_rows, [&](const control_row& each) {
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
  const auto forgotten = std::ranges::find(idle, false, &idle_finding::survived);
  if (forgotten == idle.end()) return;
  const auto before = forgotten == idle.begin() ? 0 : std::prev(forgotten)->silence.count();
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
