#include "client/listing.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/entries.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  c.on_operands(
      [&](remote at) -> net::task<result<void>> {
        auto found = co_await client::stat(*at.on, at.path);
        if (!found) co_return std::unexpected(found.error());
        auto path = at.path.empty() ? std::string(".") : at.path;
        if (c.out.json()) {
          c.out.event(event_of(path, *found));
        } else {
          c.out.line(path);
          for (const auto& [name, value] : facts_of(*found)) c.out.line(fmt::format("  {:<9} {}", name, value));
        }
        co_return result<void>{};
      },
      context::repeatable::yes, context::patterns::expanded);
}

constexpr example examples[] = {{"ferry stat ftp://ftp.example.org/pub/disk.iso", "size, time, rights"}};

}  // namespace

constinit const command_row stat_command{
    "stat", "URL...", 1, any_number, "Show what a server knows of a file or folder", "", examples, {}, run};

}  // namespace ferry::cli
