#include "ferry/bookmarks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

// The parser stands in the program itself, and answers with values.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <sstream>

#include "base/folders.hpp"
#include "shared/nearest.hpp"

namespace ferry::cli {
namespace {

result<void> write_whole(const std::string& file, const std::string& text) {
  auto fresh = file + ".new";
  std::ofstream to(fresh, std::ios::binary | std::ios::trunc);
  to << text;
  to.close();
  if (!to || ::rename(fresh.c_str(), file.c_str()) != 0)
    return fail("local.bookmarks", file + ": " + std::strerror(errno));
  return {};
}

}  // namespace

std::string bookmark_file() { return config_folder("ferry") + "/bookmarks.toml"; }

result<bookmarks> load_bookmarks() {
  auto file = bookmark_file();
  bookmarks out;
  if (::access(file.c_str(), F_OK) != 0) return out;
  auto parsed = toml::parse_file(file);
  if (!parsed)
    return fail("usage.bookmarks", fmt::format("{}: {}", file, parsed.error().description()), "correct the file");
  for (const auto& [name, node] : parsed.table()) {
    auto url = node.value_exact<std::string>();
    if (!url) {
      return fail("usage.bookmarks", fmt::format("{}: {} is not a URL in quotes", file, name.str()),
                  "correct the file");
    }
    out.emplace(name.str(), *url);
  }
  return out;
}

result<void> save_bookmarks(const bookmarks& all) {
  if (!make_private_folder(config_folder("ferry")))
    return fail("local.bookmarks", config_folder("ferry") + ": " + std::strerror(errno));
  toml::table table;
  for (const auto& [name, url] : all) table.insert_or_assign(name, url);
  std::ostringstream text;
  text << "# bookmarks of ferry: a name, and the URL it stands for\n" << table << '\n';
  return write_whole(bookmark_file(), text.str());
}

result<std::string> full_url(std::string given) {
  if (!given.starts_with('@')) return given.contains("://") ? given : "ftp://" + given;
  auto slash = given.find('/');
  auto name = given.substr(1, slash == given.npos ? given.npos : slash - 1);
  auto all = load_bookmarks();
  if (!all) return std::unexpected(all.error());
  auto found = all->find(name);
  if (found == all->end()) {
    std::vector<std::string_view> known;
    for (const auto& [each, url] : *all) known.push_back(each);
    auto meant = shared::nearest(name, known);
    return fail("usage.bookmark", fmt::format("there is no bookmark \"{}\"", name),
                meant.empty() ? "ferry bookmark list names them all" : "did you mean " + meant + "?");
  }
  auto url = found->second;
  if (slash == given.npos) return url;
  if (url.ends_with('/')) url.pop_back();
  return url + given.substr(slash);
}

}  // namespace ferry::cli
