#include <fmt/format.h>

#include <algorithm>

#include "client/url.hpp"
#include "ferry/bookmarks.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "proto/text.hpp"

namespace ferry::cli {
namespace {

bool possible_name(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return proto::is_letter(c) || proto::is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

result<void> add(context& c, const std::string& name, const std::string& given) {
  if (!possible_name(name))
    return fail("usage.bookmark", fmt::format("\"{}\" cannot be the name of a bookmark", name),
                "use letters, digits, and - _ .");
  auto text = full_url(given);
  if (!text) return std::unexpected(text.error());
  auto url = client::parse_url(*text);
  if (!url) return std::unexpected(url.error());
  if (url->password) c.out.warn("the password is left out: put it into ~/.netrc");
  auto all = load_bookmarks();
  if (!all) return std::unexpected(all.error());
  all->insert_or_assign(name, url->text());
  return save_bookmarks(*all);
}

result<void> list(context& c) {
  auto all = load_bookmarks();
  if (!all) return std::unexpected(all.error());
  for (const auto& [name, url] : *all) {
    if (c.out.json()) {
      c.out.event(json_line().add("event", "bookmark").add("name", name).add("url", url));
    } else {
      c.out.line(name + '\t' + url);
    }
  }
  return {};
}

result<void> remove(const std::string& name) {
  if (auto known = full_url('@' + name); !known) return std::unexpected(known.error());
  auto all = load_bookmarks();
  if (!all) return std::unexpected(all.error());
  all->erase(name);
  return save_bookmarks(*all);
}

result<void> act(context& c) {
  const auto& words = c.given.operands;
  if (words[0] == "list" && words.size() == 1) return list(c);
  if (words[0] == "add" && words.size() == 3) return add(c, words[1], words[2]);
  if (words[0] == "rm" && words.size() == 2) return remove(words[1]);
  return fail("usage.operands", "bookmark add NAME URL, bookmark list, or bookmark rm NAME",
              "ferry help bookmark shows examples");
}

void run(context& c) {
  if (auto done = act(c); !done) c.out.complain("", done.error());
}

constexpr example examples[] = {
    {"ferry bookmark add work ftp://alice@example.org/projects", "@work now stands for that URL"},
    {"ferry get @work/plan.txt", "a path below it"},
    {"ferry open work", "the shell, there"},
    {"ferry bookmark list", ""},
    {"ferry bookmark rm work", ""},
};

}  // namespace

constinit const command_row bookmark_command{
    "bookmark",
    "add NAME URL | list | rm NAME",
    1,
    3,
    "Keep names for URLs",
    "Bookmarks are kept in bookmarks.toml in the folder $XDG_CONFIG_HOME/ferry; passwords never are.",
    examples,
    {},
    run};

}  // namespace ferry::cli
