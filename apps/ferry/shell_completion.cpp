#include <algorithm>
#include <filesystem>

#include "client/listing.hpp"
#include "ferry/commands.hpp"
#include "ferry/remote_paths.hpp"
#include "ferry/shell.hpp"
#include "ferry/words.hpp"

namespace ferry::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto listing_kept = 15s;  // before a folder is listed again

// "a/b" -> "a/", "b"
std::pair<std::string, std::string> split_last(const std::string& path) {
  auto slash = path.rfind('/');
  if (slash == path.npos) return {"", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

std::vector<std::string> complete_local(const std::string& typed) {
  auto [folder, name] = split_last(typed);
  std::vector<std::string> out;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder.empty() ? "." : folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    auto each = at->path().filename().string();
    if (!each.starts_with(name) || (name.empty() && each.starts_with('.'))) continue;
    std::error_code unknown;
    out.push_back(quoted_word(folder + each) + (at->is_directory(unknown) ? "/" : ""));
  }
  return out;
}

bool wants_local(const std::vector<std::string>& words, std::size_t position) {
  const auto& command = words[0];
  if (command == "put" || command == "lcd" || command == "lls") return true;
  bool up = std::ranges::find(words, "-R") != words.end();
  return command == "mirror" && (position == 1) == up;
}

}  // namespace

const std::vector<client::entry>& shell::entries_of(const std::string& folder) {
  auto known = seen_.find(folder);
  if (known != seen_.end() && clock::now() - known->second.when < listing_kept) return known->second.entries;
  remembered fresh{clock::now(), {}};
  c_.run([&]() -> net::task<> {
    auto at = co_await c_.reach(url_of(where_, folder));
    if (!at) co_return;
    if (auto listed = co_await client::list(*at->on, at->path)) fresh.entries = std::move(listed->entries);
  });
  return seen_.insert_or_assign(folder, std::move(fresh)).first->second.entries;
}

std::vector<std::string> shell::complete_remote(const std::string& typed) {
  std::vector<std::string> out;
  if (!connected_) return out;
  auto [folder, name] = split_last(typed);
  for (const auto& each : entries_of(resolved(folder_, folder.empty() ? "." : folder))) {
    if (!each.name.starts_with(name) || (name.empty() && each.name.starts_with('.'))) continue;
    out.push_back(quoted_word(folder + each.name) + (each.kind == proto::entry_kind::directory ? "/" : ""));
  }
  return out;
}

std::vector<std::string> shell::complete(const std::string& line) {
  auto split = split_words(line);
  if (!split.open_word) split.words.emplace_back();
  const auto& typed = split.words.back();
  auto position = split.words.size() - 1;
  std::vector<std::string> out;
  if (position == 0) {
    for (auto each : names()) {
      if (each.starts_with(typed)) out.emplace_back(each);
    }
  } else {
    out = wants_local(split.words, position) ? complete_local(typed) : complete_remote(typed);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace ferry::cli
