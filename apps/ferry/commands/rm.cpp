#include <ranges>

#include "client/listing.hpp"
#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/entries.hpp"
#include "ferry/explanation.hpp"

namespace ferry::cli {
namespace {

// What would go, in the order in which it would.
net::task<result<void>> show(context& c, remote at) {
  auto about = co_await client::stat(*at.on, at.path);
  if (!about) co_return std::unexpected(about.error());
  if (c.given.recursive && about->kind == proto::entry_kind::directory) {
    auto below = co_await client::list_tree(*at.on, at.path);
    if (!below) co_return std::unexpected(below.error());
    for (const auto& each : std::views::reverse(below->entries)) c.out.line(client::join(at.path, each.path));
    warn_of_lines(c.out, below->rejected, below->not_understood);
  }
  c.out.line(at.path);
  co_return result<void>{};
}

void run(context& c) {
  c.on_operands(
      [&](remote at) -> net::task<result<void>> {
        if (c.given.recursive && (at.path.empty() || at.path == "/")) {
          co_return fail("guard.root", "this would remove everything that the login can see",
                         "name the folders that are to go");
        }
        if (c.given.dry_run) co_return co_await show(c, at);
        if (c.given.recursive) co_return co_await client::remove_tree(*at.on, at.path);
        auto gone = co_await client::remove(*at.on, at.path);
        if (gone) co_return gone;
        auto why = co_await explained(*at.on, at.path, meant_as::file, gone.error());
        co_return std::unexpected(std::move(why));
      },
      context::repeatable::no, context::patterns::expanded);
}

constexpr example examples[] = {
    {"ferry rm ftp://alice@example.org/old.txt", "a file"},
    {"ferry rm 'ftp://alice@example.org/log/*.gz'", "all that fit"},
    {"ferry rm -r ftp://alice@example.org/old", "a folder and all below it"},
};
constexpr option_row rows[] = {
    {"-r,--recursive", "", "folders too, with all below them", flag{&options::recursive}},
    {"-n,--dry-run", "", "only print what would be removed", flag{&options::dry_run}},
};

}  // namespace

constinit const command_row rm_command{
    "rm",
    "URL...",
    1,
    any_number,
    "Remove files of a server",
    "A folder is removed only when every line of its listings was understood; the root never is.",
    examples,
    rows,
    run};

}  // namespace ferry::cli
