#include <algorithm>

#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/entries.hpp"
#include "ferry/listing_view.hpp"

namespace ferry::cli {
namespace {

using entries = std::vector<client::entry>;

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string marked(const client::entry& each) {
  return each.kind == proto::entry_kind::directory ? each.name + '/' : each.name;
}

// Down the columns first, as ls(1) has it.
void show_columns(console& out, const entries& all) {
  constexpr std::size_t gap = 2;
  std::vector<std::string> names;
  std::size_t widest = 1;
  for (const auto& each : all) {
    names.push_back(console::harmless(marked(each)));
    widest = std::max(widest, width_of(names.back()));
  }
  auto columns = std::max<std::size_t>(1, (out.columns() + gap) / (widest + gap));
  auto rows = (names.size() + columns - 1) / columns;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line;
    for (std::size_t i = row; i < names.size(); i += rows) {
      bool last = i + rows >= names.size();
      line += names[i] + (last ? "" : std::string(widest + gap - width_of(names[i]), ' '));
    }
    out.line(line);
  }
}

void show_details(console& out, const entries& all) {
  std::size_t owner = 0, size = 0;
  auto who = [](const client::entry& each) { return each.group.empty() ? each.owner : each.owner + ' ' + each.group; };
  auto bytes = [](const client::entry& each) { return each.size ? fmt::to_string(*each.size) : std::string("-"); };
  for (const auto& each : all) {
    owner = std::max(owner, who(each).size());
    size = std::max(size, bytes(each).size());
  }
  for (const auto& each : all) {
    auto target = each.target.empty() ? "" : " -> " + each.target;
    out.line(fmt::format("{} {:<{}} {:>{}} {:<19} {}{}", mode_text(each), who(each), owner, bytes(each), size,
                         time_text(each), marked(each), target));
  }
}

// What is in a folder; of anything else, itself. Servers answer a listing of a file or of nothing in many ways, so
// where the answer is empty or a refusal the path itself is asked for.
net::task<result<client::folder_listing>> listing_of(remote at) {
  auto listed = co_await client::list(*at.on, at.path);
  bool clear = listed && !listed->entries.empty();
  if (clear || at.where.folder() || !at.on->usable()) co_return listed;
  auto one = co_await client::stat(*at.on, at.path);
  if (!one && one.error().id == "remote.not_found") co_return std::unexpected(one.error());
  if (!one || one->kind == proto::entry_kind::directory) co_return listed;
  client::folder_listing out;
  out.entries.push_back(std::move(*one));
  co_return out;
}

}  // namespace

net::task<result<void>> show_listing(context& c, remote at, bool details) {
  auto listed = co_await listing_of(at);
  if (!listed) co_return std::unexpected(listed.error());
  auto& all = listed->entries;
  if (!c.given.all) std::erase_if(all, [](const auto& each) { return each.name.starts_with('.'); });
  std::ranges::sort(all, {}, &client::entry::name);
  if (c.out.json()) {
    for (const auto& each : all) c.out.event(event_of(each.name, each));
  } else if (details) {
    show_details(c.out, all);
  } else if (c.out.output_is_terminal()) {
    show_columns(c.out, all);
  } else {
    for (const auto& each : all) c.out.line(each.name);
  }
  warn_of_lines(c.out, listed->rejected, listed->not_understood);
  co_return result<void>{};
}

namespace {

void list(context& c, bool details) {
  c.on_operands([&c, details](remote at) { return show_listing(c, std::move(at), details); }, context::repeatable::yes,
                context::patterns::as_names);
}
void run(context& c) { list(c, c.given.details); }
void run_with_details(context& c) { list(c, true); }

constexpr example examples[] = {
    {"ferry ls ftp://ftp.example.org/pub/", "the names in a folder"},
    {"ferry ls -l ftp://ftp.example.org/pub/", "with sizes and times"},
    {"ferry ls --json ftp://ftp.example.org/pub/ | jq -r .path", "for programs"},
};
constexpr option_row rows[] = {
    {"-l,--long", "", "rights, owner, size and time too", flag{&options::details}},
    {"-a,--all", "", "hidden files too", flag{&options::all}},
};
constexpr example ll_examples[] = {{"ferry ll ftp://ftp.example.org/pub/", "as ls -l"}};
constexpr std::string_view about =
    "On a terminal in columns, folders with / behind them; otherwise the bare names, one a line. Times are UTC where "
    "the server says so (MLSD), else its own.";

}  // namespace

constinit const command_row ls_command{"ls",  "URL...", 1,    any_number, "List a folder of a server",
                                       about, examples, rows, run};
constinit const command_row ll_command{"ll",
                                       "URL...",
                                       1,
                                       any_number,
                                       "List a folder with details",
                                       about,
                                       ll_examples,
                                       std::span(rows).subspan(1),
                                       run_with_details};

}  // namespace ferry::cli
