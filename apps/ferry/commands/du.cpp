#include <fmt/format.h>

#include "client/listing.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"

namespace ferry::cli {
namespace {

void show(context& c, const std::string& path, std::uint64_t bytes) {
  if (c.out.json()) {
    c.out.event(json_line().add("event", "usage").path("path", path).add("bytes", bytes));
  } else {
    auto size = c.out.output_is_terminal() ? human_size(bytes) : fmt::to_string(bytes);
    c.out.line(fmt::format("{}\t{}", size, path));
  }
}

net::task<result<void>> usage(context& c, remote at) {
  auto tree = co_await client::list_tree(*at.on, at.path);
  if (!tree) co_return std::unexpected(tree.error());
  std::map<std::string, std::uint64_t> sums;  // by folder, what is below counted in
  std::uint64_t all = 0;
  for (const auto& each : tree->entries) {
    if (each.what.kind == proto::entry_kind::directory) sums.try_emplace(each.path, 0);
    auto size = each.what.kind == proto::entry_kind::file ? each.what.size.value_or(0) : 0;
    all += size;
    for (auto folder = client::parent_of(each.path); !folder.empty(); folder = client::parent_of(folder)) {
      sums[std::string(folder)] += size;
    }
  }
  if (!c.given.summary) {
    for (const auto& [folder, bytes] : sums) show(c, client::join(at.path, folder), bytes);
  }
  show(c, at.path.empty() ? "." : at.path, all);
  co_return result<void>{};
}

void run(context& c) {
  c.on_operands([&](remote at) { return usage(c, std::move(at)); }, context::repeatable::yes);
}

constexpr example examples[] = {
    {"ferry du ftp://ftp.example.org/pub", "the bytes in each folder below pub, and in all"},
    {"ferry du -s ftp://ftp.example.org/pub", "in all"},
};
constexpr option_row rows[] = {{"-s,--summary", "", "the sum alone", flag{&options::summary}}};

}  // namespace

constinit const command_row du_command{"du", "URL...", 1,    any_number, "Sum up the sizes of a server's files",
                                       "",   examples, rows, run};

}  // namespace ferry::cli
