#include "ferry/examination_page.hpp"

#include <fmt/format.h>

#include "ferry/console.hpp"
#include "ferry/ladder.hpp"
#include "ferry/remedies.hpp"

namespace ferry::cli {
namespace {

using client::ending;

std::string cell_of(const client::probe_finding& found, bool tls) {
  auto out = std::string(client::name_of(found.ended));
  if (found.ended == ending::refused && found.reply.size() > 3) out += " " + found.reply.substr(0, 3);
  if (found.ended == ending::works && tls && found.plan.way == client::probed_way::epsv && !found.resumed) {
    out += ", anew";  // TLS, that is
  }
  return out;
}

std::string column_of(const client::line_finding& line) {
  return fmt::format("IPv{} {}", line.control.to.is_v4() ? 4 : 6, line.control.tls ? "TLS" : "clear");
}

void append_cause(std::string& out, const client::cause_found& each, std::string_view software,
                  std::string_view address) {
  out += fmt::format("<section class=\"cause {}\"><h2>{}</h2><p>{} · <code>{}</code>{}</p><ul>\n",
                     client::name_of(each.how), escaped(each.cause), client::name_of(each.how), each.id,
                     each.where.empty() ? "" : " · " + each.where);
  for (const auto& one : each.evidence) out += fmt::format("<li>{}</li>\n", escaped(one));
  out += "</ul>\n";
  if (!each.user.empty()) out += fmt::format("<p><b>You:</b> {}</p>\n", escaped(each.user));
  if (!each.administrator.empty())
    out += fmt::format("<p><b>The administrator:</b> {}</p>\n", escaped(each.administrator));
  if (auto lines = remedy_lines(each.lines, software, address); !lines.empty()) {
    out += fmt::format("<pre>{}</pre>\n", escaped(lines));
  }
  out += "</section>\n";
}

}  // namespace

std::vector<std::string> server_lines(const client::examination& found, std::string_view software) {
  std::vector<std::string> out;
  for (const auto& line : found.lines) {
    const auto& control = line.control;
    if (control.failed) {
      out.push_back(fmt::format("{:<12}{}", column_of(line), control.failed->cause));
      continue;
    }
    if (out.empty() || !out.front().starts_with("Server")) {
      auto greeting = control.greeting.substr(0, control.greeting.find('\n'));
      out.insert(out.begin(),
                 fmt::format("{:<12}{}{}", "Server", greeting, software.empty() ? "" : fmt::format(" ({})", software)));
    }
    auto text = fmt::format("{:<12}{} -> {}", column_of(line), net::show(control.local), net::show(control.peer));
    if (!control.seen_as.empty() && control.seen_as != control.local.address().to_string()) {
      text += fmt::format(", seen as {}", control.seen_as);
    }
    out.push_back(std::move(text));
  }
  return out;
}

std::vector<std::vector<std::string>> way_table(const client::examination& found) {
  std::vector<std::vector<std::string>> out(1 + client::probed_ways);
  out[0].emplace_back("");
  for (std::size_t way = 0; way < client::probed_ways; ++way) {
    out[way + 1].emplace_back(client::name_of(static_cast<client::probed_way>(way)));
  }
  for (const auto& line : found.lines) {
    out[0].push_back(column_of(line));
    for (std::size_t way = 0; way < client::probed_ways; ++way) {
      auto& cell = out[way + 1].emplace_back(line.control.failed ? "no control" : "-");
      for (const auto& each : line.ways) {
        if (static_cast<std::size_t>(each.plan.way) == way) cell = cell_of(each, line.control.tls);
      }
    }
  }
  return out;
}

std::vector<std::string> measured_lines(const client::examination& found) {
  const auto seconds = [](auto what) { return std::chrono::duration<double>(what).count(); };
  std::vector<std::string> out;
  if (found.round_trip) out.push_back(fmt::format("Round trip  {:.2f} ms", seconds(*found.round_trip) * 1000));
  for (std::size_t i = 0; i < found.flows.size(); ++i) {
    const auto beside = found.flows[i].beside;
    if (i > 0 && found.flows[i - 1].beside == beside) continue;  // they are told of together
    double rate = 0;
    const error* failed = nullptr;
    for (const auto& each : found.flows) {
      if (each.beside != beside) continue;
      rate += each.rate();
      if (each.failed) failed = &*each.failed;
    }
    out.push_back(fmt::format("Throughput  {}/s over {}{}", human_size(static_cast<std::uint64_t>(rate)),
                              beside == 1 ? "one connection" : fmt::format("{} connections", beside),
                              failed ? "; not all of them: " + failed->cause : ""));
  }
  if (found.clocks && *found.clocks) {
    const auto& clock = **found.clocks;
    out.push_back(fmt::format("Clock       {:+.1f} s beside this machine's, to within {:.1f} s", seconds(clock.ahead),
                              seconds(clock.uncertain)));
  } else if (found.clocks) {
    out.push_back("Clock       not to be had: " + found.clocks->error().cause);
  }
  return out;
}

result<void> write_examination(const std::string& file, const recorder& dialogues,
                               const std::vector<std::string>& titles, const client::examination& found,
                               const client::diagnosis& means, std::string_view software, std::string_view address) {
  std::string above = "<pre>";
  for (const auto& line : server_lines(found, software)) above += escaped(line) + "\n";
  above += "</pre>\n<table class=\"ways\">\n";
  for (const auto& row : way_table(found)) {
    above += "<tr>";
    for (const auto& cell : row) {
      const bool good = cell.starts_with("works");
      above += fmt::format("<td{}>{}</td>", good ? " class=\"good\"" : "", escaped(cell));
    }
    above += "</tr>\n";
  }
  above += "</table>\n";
  for (const auto& line : measured_lines(found)) above += fmt::format("<pre>{}</pre>\n", escaped(line));
  for (const auto& each : means.claims) {
    above +=
        fmt::format("<p><b>{}</b> {} · <code>{}</code></p>\n", client::name_of(each.how), escaped(each.text), each.id);
  }
  for (const auto& each : means.causes) append_cause(above, each, software, address);
  if (means.causes.empty() && means.data_moves) above += "<p>Every way works: there is nothing to mend.</p>\n";
  return write_ladder(dialogues, file, {.kind = "ferry doctor", .above = above, .sessions = titles});
}

}  // namespace ferry::cli
