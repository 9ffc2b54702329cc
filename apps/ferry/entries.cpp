#include "ferry/entries.hpp"

#include <fmt/chrono.h>

namespace ferry::cli {
namespace {

std::time_t whole_seconds(file_time when) {
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

constexpr std::size_t shown_names = 5;

}  // namespace

std::string_view kind_name(proto::entry_kind kind) {
  switch (kind) {
    case proto::entry_kind::file: return "file";
    case proto::entry_kind::directory: return "folder";
    case proto::entry_kind::link: return "link";
    case proto::entry_kind::other: return "other";
  }
  return "other";
}

std::string time_text(const client::entry& what) {
  if (!what.modified) return "";
  auto when = fmt::gmtime(whole_seconds(*what.modified));
  switch (what.precision) {
    case proto::time_precision::day: return fmt::format("{:%Y-%m-%d}", when);
    case proto::time_precision::minute: return fmt::format("{:%Y-%m-%d %H:%M}", when);
    case proto::time_precision::second: return fmt::format("{:%Y-%m-%d %H:%M:%S}", when);
  }
  return "";
}

std::string mode_text(const client::entry& what) {
  constexpr std::string_view letters = "-dl?";
  std::string out(1, letters[static_cast<std::size_t>(what.kind)]);
  if (!what.mode) return out + "?????????";
  for (int bit = 8; bit >= 0; --bit) out += *what.mode >> bit & 1 ? "xwr"[bit % 3] : '-';
  return out;
}

std::vector<std::pair<std::string, std::string>> facts_of(const client::entry& what) {
  std::vector<std::pair<std::string, std::string>> out{{"type", std::string(kind_name(what.kind))}};
  if (what.size) out.emplace_back("size", fmt::to_string(*what.size));
  if (what.modified) out.emplace_back("modified", time_text(what));
  if (what.mode) out.emplace_back("mode", fmt::format("{:04o}", *what.mode));
  if (!what.owner.empty()) out.emplace_back("owner", what.owner);
  if (!what.group.empty()) out.emplace_back("group", what.group);
  if (!what.target.empty()) out.emplace_back("target", what.target);
  return out;
}

json_line event_of(std::string_view path, const client::entry& what) {
  json_line out;
  out.add("event", "entry").path("path", path).add("type", kind_name(what.kind));
  if (what.size) out.add("size", *what.size);
  if (what.modified)
    out.add("modified", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(whole_seconds(*what.modified))));
  if (what.mode) out.add("mode", fmt::format("{:04o}", *what.mode));
  if (!what.owner.empty()) out.path("owner", what.owner);
  if (!what.group.empty()) out.path("group", what.group);
  if (!what.target.empty()) out.path("target", what.target);
  return out;
}

void warn_of_lines(console& out, const std::vector<std::string>& rejected, std::size_t not_understood) {
  for (std::size_t i = 0; i < rejected.size() && i < shown_names; ++i) {
    out.warn(fmt::format("the server lists a name that leads elsewhere, left out: \"{}\"", rejected[i]));
  }
  if (rejected.size() > shown_names) out.warn(fmt::format("and {} more such names", rejected.size() - shown_names));
  if (not_understood > 0) out.warn(fmt::format("{} lines of the listing were not understood", not_understood));
}

}  // namespace ferry::cli
