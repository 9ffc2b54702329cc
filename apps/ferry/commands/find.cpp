#include "client/listing.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/entries.hpp"
#include "proto/glob.hpp"

namespace ferry::cli {
namespace {

bool wanted(const client::found& each, const options& given) {
  if (!given.kind.empty() && given.kind != kind_name(each.what.kind)) return false;
  return given.name_pattern.empty() || proto::glob_match(given.name_pattern, client::last_part(each.path));
}

net::task<result<void>> find(context& c, remote at) {
  auto tree = co_await client::list_tree(*at.on, at.path);
  if (!tree) co_return std::unexpected(tree.error());
  for (const auto& each : tree->entries) {
    if (!wanted(each, c.given)) continue;
    auto path = client::join(at.path, each.path);
    if (c.out.json()) {
      c.out.event(event_of(path, each.what));
    } else {
      c.out.line(path);
    }
  }
  warn_of_lines(c.out, tree->rejected, tree->not_understood);
  co_return result<void>{};
}

void run(context& c) {
  c.on_operands([&](remote at) { return find(c, std::move(at)); }, context::repeatable::yes);
}

constexpr example examples[] = {
    {"ferry find ftp://ftp.example.org/pub --name '*.iso'", "all below pub that is named so"},
    {"ferry find ftp://ftp.example.org/pub --type folder", "the folders"},
};
constexpr option_row rows[] = {
    {"--name", "PATTERN", "names that fit: * ? [a-z]", &options::name_pattern},
    {"--type", "file|folder|link|other", "this kind only", &options::kind},
};

}  // namespace

constinit const command_row find_command{
    "find", "URL...", 1, any_number, "Print the paths of all files and folders below one", "", examples, rows, run};

}  // namespace ferry::cli
