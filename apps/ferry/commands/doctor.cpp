#include <fmt/format.h>

#include <algorithm>

#include "client/diagnosis.hpp"
#include "ferry/commands.hpp"
#include "ferry/connection_settings.hpp"
#include "ferry/context.hpp"
#include "ferry/examination_page.hpp"
#include "ferry/remedies.hpp"

namespace ferry::cli {
namespace {

using client::ending;

std::string_view family_of(const net::address& one) { return one.is_v4() ? "ipv4" : "ipv6"; }
std::string_view protection_of(bool tls) { return tls ? "tls" : "clear"; }
double seconds(duration what) { return std::chrono::duration<double>(what).count(); }

std::string joined(const std::vector<std::string>& lines, std::string_view between) {
  return fmt::format("{}", fmt::join(lines, between));
}

void tell_measures_as_json(console& out, const client::examination& found, const client::diagnosis& means) {
  if (found.round_trip)
    out.event(json_line().add("event", "round_trip").seconds("seconds", seconds(*found.round_trip)));
  for (const auto& each : found.flows) {
    json_line flow;
    flow.add("event", "throughput").add("connections", static_cast<std::uint64_t>(each.beside));
    if (each.failed) flow.add("id", each.failed->id).add("cause", each.failed->cause);
    flow.add("bytes", each.bytes).seconds("seconds", seconds(each.took));
    out.event(flow);
  }
  if (found.clocks) {
    json_line clock;
    clock.add("event", "clock");
    if (!*found.clocks) clock.add("id", found.clocks->error().id).add("cause", found.clocks->error().cause);
    if (*found.clocks) clock.seconds("ahead", seconds((*found.clocks)->ahead));
    if (*found.clocks) clock.seconds("uncertain", seconds((*found.clocks)->uncertain));
    out.event(clock);
  }
  for (const auto& each : found.offers) {
    json_line offer;
    offer.add("event", "offer").add("family", family_of(each.at.address()));
    offer.add("port", static_cast<std::uint64_t>(each.at.port())).add("outcome", client::name_of(each.ended));
    out.event(offer.seconds("seconds", seconds(each.took)).add("cause", each.cause));
  }
  for (const auto& each : means.claims) {
    out.event(json_line()
                  .add("event", "claim")
                  .add("id", each.id)
                  .add("standing", client::name_of(each.how))
                  .add("text", each.text));
  }
}

void tell_as_json(console& out, const client::examination& found, const client::diagnosis& means,
                  std::string_view software, std::string_view address) {
  for (const auto& line : found.lines) {
    const auto& control = line.control;
    json_line about;
    about.add("event", "control").add("family", family_of(control.to)).add("protection", protection_of(control.tls));
    about.add("address", control.to.to_string()).add("open", !control.failed);
    if (control.failed) about.add("id", control.failed->id).add("cause", control.failed->cause);
    about.add("greeting", control.greeting).add("system", control.system).add("local", net::show(control.local));
    about.add("seen_as", control.seen_as).add("features", joined(control.offers.lines, "\n"));
    out.event(about);
    for (const auto& each : line.ways) {
      json_line way;
      way.add("event", "probe").add("family", family_of(control.to)).add("protection", protection_of(control.tls));
      way.add("way", client::name_of(each.plan.way)).add("outcome", client::name_of(each.ended));
      way.seconds("seconds", seconds(each.took)).add("asked", each.asked).add("reply", each.reply);
      way.add("cause", each.cause).add("errno", static_cast<int>(each.code)).add("named", each.named);
      if (control.tls && each.ended == ending::works) way.add("resumed", each.resumed);
      out.event(way);
    }
  }
  for (const auto& each : found.idle) {
    json_line silence;
    silence.add("event", "idle").add("seconds", static_cast<std::uint64_t>(each.silence.count()));
    silence.add("tried", !each.failed);
    if (each.failed) silence.add("id", each.failed->id).add("cause", each.failed->cause);
    if (!each.failed) silence.add("survived", each.survived).add("answer", each.word);
    out.event(silence);
  }
  tell_measures_as_json(out, found, means);
  for (const auto& each : means.causes) {
    out.event(json_line()
                  .add("event", "finding")
                  .add("id", each.id)
                  .add("weight", client::name_of(each.how))
                  .add("where", each.where)
                  .add("cause", each.cause)
                  .add("evidence", joined(each.evidence, "\n"))
                  .add("user", each.user)
                  .add("administrator", each.administrator)
                  .add("lines", remedy_lines(each.lines, software, address)));
  }
}

void tell_of_idle(console& out, const client::examination& found) {
  for (const auto& each : found.idle) {
    const auto came = each.failed     ? "not tried: " + each.failed->cause
                      : each.survived ? std::string("answers still")
                                      : each.word;
    out.line(fmt::format("Silent for {:>4} s    {}", each.silence.count(), came));
  }
  if (!found.idle.empty()) out.line("");
}

void tell_of_cause(console& out, const client::cause_found& each, std::string_view software, std::string_view address) {
  const auto how = each.how == client::weight::note    ? tone::dim
                   : each.how == client::weight::fault ? tone::warning
                                                       : tone::bad;
  const auto where = each.where.empty() ? "" : fmt::format(" ({})", each.where);
  out.line(out.painted(fmt::format("{}: {}{} [{}]", client::name_of(each.how), each.cause, where, each.id), how));
  for (const auto& one : each.evidence) out.line("    seen: " + one);
  if (!each.user.empty()) out.line("    you: " + each.user);
  if (!each.administrator.empty()) out.line("    the administrator: " + each.administrator);
  const auto lines = remedy_lines(each.lines, software, address);
  for (auto line : split(lines, '\n')) {
    if (!line.empty()) out.line(fmt::format("        {}", line));
  }
  out.line("");
}

void tell_people(console& out, const client::examination& found, const client::diagnosis& means,
                 std::string_view software, std::string_view address) {
  for (const auto& line : server_lines(found, software)) out.line(line);
  out.line("");
  const auto table = way_table(found);
  for (const auto& row : table) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) text += fmt::format("{:<18}", row[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    out.line(text);
  }
  out.line("");
  tell_of_idle(out, found);
  const auto measured = measured_lines(found);
  for (const auto& line : measured) out.line(line);
  if (!measured.empty()) out.line("");
  for (const auto& each : means.claims) {
    const auto how = each.how == client::standing::proved ? tone::good : tone::warning;
    out.line(fmt::format("{} {} [{}]", out.painted(fmt::format("{:<8}", client::name_of(each.how)), how), each.text,
                         each.id));
  }
  if (!means.claims.empty()) out.line("");
  for (const auto& each : means.causes) tell_of_cause(out, each, software, address);
  if (means.causes.empty() && means.data_moves) out.line("Every way works: there is nothing to mend.");
}

// Of what was found: whether files move, and whether somebody has something to mend.
error verdict(const client::examination& found, const client::diagnosis& means) {
  std::optional<error> first = found.failed;
  bool any_in = false;
  for (const auto& line : found.lines) {
    if (!line.control.failed) any_in = true;
    if (line.control.failed && !first) first = line.control.failed;
  }
  if (!any_in && first) return {first->id, first->cause, first->advice};
  for (const auto& line : found.lines) {
    const auto refused = std::ranges::find_if(line.ways, [](const auto& way) { return way.refusal.has_value(); });
    if (!means.data_moves && refused != line.ways.end()) {
      return {refused->refusal->id, refused->refusal->cause, "name a folder or a file that this login may read"};
    }
  }
  if (!means.data_moves) return {"data.blocked", "no data connection can be made", "see above for who can help"};
  const bool fault =
      std::ranges::any_of(means.causes, [](const auto& each) { return each.how != client::weight::note; }) ||
      std::ranges::any_of(means.claims, [](const auto& each) { return each.how == client::standing::refuted; });
  if (fault) return {"doctor.impaired", "files move, but something is to be mended", "see above for what, and by whom"};
  return {};
}

result<void> plan_measures(const options& given, client::examination_plan& into) {
  into.throughput = given.throughput;
  into.write = given.write;
  if (given.throughput && (into.what.empty() || into.what.ends_with('/'))) {
    return fail("usage.throughput", "--throughput wants a file: a listing is too short to measure",
                "end the URL with the name of a large one");
  }
  if (!given.from_outside && (!given.ports.empty() || !given.address.empty())) {
    return fail("usage.outside", "--ports and --address say what --from-outside is to prove", "add --from-outside");
  }
  if (!given.from_outside) return {};
  auto& expected = into.outside.emplace();
  if (auto ports = ports_of(given.ports); !given.ports.empty()) {
    if (!ports) return fail("usage.ports", fmt::format("\"{}\" is no range of ports", given.ports), "FIRST-LAST");
    expected.ports = *ports;
  }
  if (!given.address.empty()) {
    expected.address = address_of(given.address);
    if (!expected.address) return fail("usage.address", fmt::format("\"{}\" is not an IP address", given.address));
  }
  return {};
}

net::task<> examine(context& c) {
  auto at = c.aim(c.given.operands[0]);
  if (!at) {
    c.out.complain(c.given.operands[0], at.error());
    co_return;
  }
  const bool trusted = at->to.user == "anonymous" || at->how.tls.how == client::tls_settings::policy::off;
  client::examination_plan plan;
  plan.what = at->where.path;
  if (at->where.folder() && !plan.what.empty() && !plan.what.ends_with('/')) plan.what += '/';
  plan.clear = trusted || c.given.clear;
  plan.tls = at->how.tls.how != client::tls_settings::policy::off || c.given.clear;
  plan.idle = std::chrono::seconds(c.given.idle);
  if (auto planned = plan_measures(c.given, plan); !planned) {
    c.out.complain("", planned.error());
    co_return;
  }
  if (!plan.clear) {
    c.out.say("only under TLS: in the clear the password could be read; --clear tries that too", tone::dim);
  }
  client::examiner by(at->around, at->to, at->how, plan);
  c.stop_with([&by] { by.cancel(); });
  auto found = co_await by.run();
  c.stop_with({});
  if (c.out.stopped()) co_return;
  const auto means = client::diagnose(found);
  const auto software = client::software_of(found);
  const auto address = found.lines.empty() ? at->to.host : found.lines.front().control.to.to_string();
  if (c.out.json()) {
    tell_as_json(c.out, found, means, software, address);
  } else {
    tell_people(c.out, found, means, software, address);
  }
  if (!c.given.page.empty()) {
    auto written = write_examination(c.given.page, c.recorded(), by.titles(), found, means, software, address);
    if (!written) c.out.complain(c.given.page, written.error());
  }
  auto bad = verdict(found, means);
  if (bad.id.empty()) {
    c.out.succeeded();
  } else {
    c.out.complain(c.given.operands[0], bad);
  }
}

void run(context& c) {
  c.run([&c] { return examine(c); });
}

constexpr example examples[] = {
    {"ferry doctor ftp://alice@example.org/", "which ways to a data connection work, and what stands in the way"},
    {"ferry doctor --clear --html report.html ftp://alice@example.org/", "without TLS too, and drawn"},
    {"ferry doctor --idle 300 ftp://example.org/", "and how long a silent connection lives"},
    {"ferry doctor --throughput ftp://example.org/disk.iso", "and how fast a file comes, and what limits that"},
    {"ferry doctor --from-outside --ports 20000-20099 ftp://alice@example.org/",
     "what ferryd doctor asks to be proved"},
};
constexpr option_row rows[] = {
    {"--clear", "", "try without TLS too: the password goes over the network in the clear", flag{&options::clear}},
    {"--idle", "SECONDS", "leave control connections silent, up to so long, and see which survive",
     number{&options::idle, 1, 86400}},
    {"--throughput", "",
     "get the URL's file for some seconds, over one connection and over several: how fast, and "
     "what limits it",
     flag{&options::throughput}},
    {"--write", "", "store a small file in the URL's folder and delete it: its time tells the server's clock",
     flag{&options::write}},
    {"--from-outside", "",
     "try many of the passive ports that the server offers, and say whether what ferryd doctor "
     "found from inside holds here",
     flag{&options::from_outside}},
    {"--ports", "FIRST-LAST", "with --from-outside: the passive ports that the server is set to", &options::ports},
    {"--address", "ADDRESS", "with --from-outside: the address that it is set to name in answers to PASV",
     &options::address},
    {"--html", "FILE", "write what was found into FILE, an HTML page, with every dialogue as a ladder diagram",
     &options::page},
};

}  // namespace

constinit const command_row doctor_command{
    "doctor",
    "URL",
    1,
    1,
    "Find out what a firewall or NAT does to data connections",
    "Tries EPSV, PASV, PASV with the address that the server names, EPRT and PORT, in the clear (where no password "
    "could "
    "be read) and under TLS, over IPv4 and IPv6, side by side and with short limits, by a listing of the URL's folder "
    "or "
    "the start of its file. Shows what works, then each cause: what was seen, what you can do, and what the server's "
    "administrator can, with the lines for the server's configuration.\n\n"
    "Exit code 0: files move and nobody need do anything. 16: they move, and somebody should mend something. 7: no "
    "data "
    "connection can be made.",
    examples,
    rows,
    run};

}  // namespace ferry::cli
