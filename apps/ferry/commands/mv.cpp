#include <fmt/format.h>

#include "client/verbs.hpp"
#include "ferry/bookmarks.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"

namespace ferry::cli {
namespace {

// A URL of the same server, a path, or a name alone, which stays in the folder it is in.
result<std::string> target_of(const remote& from, const std::string& given) {
  std::string path = given;
  if (given.contains("://") || given.starts_with('@')) {
    auto text = full_url(given);
    if (!text) return std::unexpected(text.error());
    auto to = client::parse_url(*text);
    if (!to) return std::unexpected(to.error());
    if (to->host != from.where.host || to->port != from.where.port)
      return fail("usage.servers", "both must be on the same server",
                  "ferry copy brings it to the other, ferry rm then removes it here");
    path = to->path;
  } else if (!given.contains('/')) {
    return client::join(client::parent_of(from.path), given);
  }
  if (!path.empty() && !path.ends_with('/')) return path;
  return path + std::string(client::last_part(from.path));
}

void run(context& c) {
  c.run([&] {
    return c.for_each({c.given.operands[0]}, [&](remote at) -> net::task<result<void>> {
      auto to = target_of(at, c.given.operands[1]);
      if (!to) co_return std::unexpected(to.error());
      co_return co_await client::rename(*at.on, at.path, *to);
    });
  });
}

constexpr example examples[] = {
    {"ferry mv ftp://alice@example.org/a/old.txt new.txt", "a new name in the same folder"},
    {"ferry mv ftp://alice@example.org/a/old.txt b/", "into another folder, seen from that of the login"},
};

}  // namespace

constinit const command_row mv_command{
    "mv",
    "URL TO",
    2,
    2,
    "Rename or move a file or folder of a server",
    "TO is a name, a path, or a URL of the same server; with / at its end it is a folder.",
    examples,
    {},
    run};

}  // namespace ferry::cli
