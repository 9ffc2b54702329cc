#include "client/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/movement.hpp"
#include "client/verbs.hpp"
#include "proto/list_forms.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"

namespace ferry::client {
namespace {

std::unexpected<error> too_large() {
  return fail("listing.too_large", "the listing is larger than anything honest", "list a folder further down");
}

// Bytes of a listing, cut into lines as they come.
class line_sink final : public storage::sink {
 public:
  using taker = std::function<void(std::string_view line)>;
  explicit line_sink(taker take) : take_(std::move(take)) {}

  net::task<result<void>> write(std::span<const char> from) override {
    std::string_view bytes(from.data(), from.size());
    if ((taken_ += bytes.size()) > limit::listing_bytes) co_return too_large();
    for (std::size_t end; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
      rest_ += bytes.substr(0, end);
      finish_line();
      if (lines_ > limit::remote_entries) co_return too_large();
    }
    rest_ += bytes;
    if (rest_.size() > limit::listing_line) co_return too_large();
    co_return result<void>{};
  }
  net::task<result<void>> commit() override {
    if (!rest_.empty()) finish_line();
    co_return result<void>{};
  }

 private:
  void finish_line() {
    std::string_view line = rest_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++lines_;
    take_(line);
    rest_.clear();
  }

  taker take_;
  std::string rest_;
  std::size_t taken_ = 0, lines_ = 0;
};

net::task<result<void>> receive_lines(session& s, std::string verb, std::string argument, line_sink::taker take) {
  line_sink lines(std::move(take));
  const transfer_start begin{.size = 0};  // most are small
  auto came = co_await receive(s, std::move(verb), std::move(argument), begin, lines);
  if (!came) {
    // Some servers cannot tell an empty folder from one that is not there.
    const auto cause = proto::to_upper(came.error().cause);
    if (came.error().id.starts_with("remote.") && cause.contains("NO FILES")) co_return result<void>{};
    co_return std::unexpected(came.error());
  }
  if (!came->confirmed) co_return fail("data.short", "the listing may not be whole: the server did not confirm it");
  co_return co_await lines.commit();
}

void keep(folder_listing& out, entry one) {
  if (safe_name(one.name)) return out.entries.push_back(std::move(one));
  if (out.rejected.size() >= limit::rejected_names)
    out.not_understood++;
  else
    proto::append_on_one_line(out.rejected.emplace_back(), one.name);
}

net::task<result<folder_listing>> list_facts(session& s, std::string folder) {
  folder_listing out;
  auto take = [&](std::string_view line) {
    if (line.empty()) return;
    auto one = proto::parse_mlsd_line(line);
    if (!one) {
      ++out.not_understood;
    } else if (one->name != "." && one->name != "..") {
      keep(out, std::move(*one));
    }
  };
  auto ok = co_await receive_lines(s, "MLSD", std::move(folder), take);
  if (!ok) co_return std::unexpected(ok.error());
  co_return out;
}

// LIST takes options and patterns: such a folder is entered first, where its name is only a name.
bool misread_by_list(std::string_view folder) {
  return folder.starts_with('-') || folder.find_first_of(" *?[]{}\\~") != folder.npos;
}

// The difference of a time in a listing, which is to the minute, and the exact one. Clocks differ by quarters of an
// hour.
std::optional<std::chrono::minutes> zone_between(file_time listed, file_time exact) {
  const auto ahead = std::chrono::floor<std::chrono::minutes>(listed) - std::chrono::floor<std::chrono::minutes>(exact);
  if (ahead % std::chrono::minutes(15) != std::chrono::minutes(0)) return std::nullopt;
  return std::chrono::abs(ahead) <= limit::farthest_zone ? std::optional(ahead) : std::nullopt;
}

// Some servers list in their local time. A file whose exact time is asked for tells how far that is from UTC.
net::task<> correct_times(session& s, std::string folder, folder_listing& listed) {
  auto to_the_minute = [](const entry& one) {
    return one.kind == proto::entry_kind::file && one.modified && one.precision == proto::time_precision::minute;
  };
  for (std::size_t tries = 0; const auto& one : listed.entries) {
    if (s.listing_zone || !s.offers().may("MDTM") || s.lacks("MDTM") || tries == limit::zone_tries) break;
    if (!to_the_minute(one)) continue;
    ++tries;
    auto path = join(folder, one.name);
    auto exact = co_await modified_of(s, std::move(path));
    if (exact) s.listing_zone = zone_between(*one.modified, *exact);
  }
  if (!s.listing_zone) co_return;
  for (auto& one : listed.entries) {
    if (one.modified && one.precision == proto::time_precision::minute) *one.modified -= *s.listing_zone;
  }
}

net::task<result<folder_listing>> list_text(session& s, std::string folder) {
  const std::string asked = folder;
  std::string home;
  if (misread_by_list(folder)) {
    auto here = co_await working_directory(s);
    if (!here) co_return std::unexpected(here.error());
    auto there = co_await s.demand("CWD", std::exchange(folder, {}));
    if (!there) co_return std::unexpected(there.error());
    home = std::move(*here);
  }
  std::string argument = s.ways().list_options ? "-a" : "";
  if (!folder.empty()) argument += (argument.empty() ? "" : " ") + folder;
  folder_listing out;
  const auto now = std::chrono::time_point_cast<file_time::duration>(std::chrono::system_clock::now());
  proto::list_parser parser(now);
  auto take = [&](std::string_view line) {
    if (auto one = parser.line(line)) keep(out, std::move(*one));
  };
  auto ok = co_await receive_lines(s, "LIST", std::move(argument), take);
  if (!home.empty()) {
    auto back = co_await s.demand("CWD", home);
    // What comes after must not mean other files than it says.
    if (!back) s.drop(&back.error());
  }
  if (!ok) co_return std::unexpected(ok.error());
  out.not_understood += parser.unparsed();
  co_await correct_times(s, asked, out);
  co_return out;
}

net::task<result<entry>> stat_by_size(session& s, std::string path) {
  entry out{.name = std::string(last_part(path))};
  if (auto ok = co_await s.set_type(representation::image); !ok) co_return std::unexpected(ok.error());
  s.will_ask("SIZE", path);
  s.will_ask("MDTM", path);
  co_await s.ask_now();
  auto size = co_await s.demand("SIZE", path);
  if (!size) co_return std::unexpected(size.error());
  if (size->code == 213) out.size = proto::parse_offset(size->text());
  auto time = co_await modified_of(s, path);
  if (time) out.modified = *time;
  if (!time && !time.error().id.starts_with("remote.")) co_return std::unexpected(time.error());
  co_return out;
}

net::task<result<entry>> stat_by_listing(session& s, std::string path) {
  auto around = co_await list(s, std::string(parent_of(path)));
  if (!around) co_return std::unexpected(around.error());
  auto at = std::ranges::find(around->entries, last_part(path), &entry::name);
  if (at == around->entries.end()) co_return fail("remote.not_found", fmt::format("the server has no {}", path));
  co_return std::move(*at);
}

net::task<result<entry>> stat_by_facts(session& s, std::string path) {
  auto said = co_await s.demand("MLST", path);
  if (!said) co_return std::unexpected(said.error());
  for (std::string_view line : said->lines) {
    while (line.starts_with(' ')) line.remove_prefix(1);
    auto one = proto::parse_mlsd_line(line);
    if (!one) continue;
    if (one->name == "." || one->name == "..") one->kind = proto::entry_kind::directory;
    one->name = last_part(path);
    co_return std::move(*one);
  }
  co_return fail("remote.protocol", "the answer to MLST holds no facts: " + said->text());
}

}  // namespace

net::task<result<folder_listing>> list(session& s, std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if ((s.offers().may("MLST") || s.offers().has("MLSD")) && !s.lacks("MLSD")) {
    auto out = co_await list_facts(s, folder);
    if (out || out.error().id != "remote.unsupported") co_return out;
    s.learn_lack("MLSD");
  }
  co_return co_await list_text(s, std::move(folder));
}

net::task<result<std::vector<std::string>>> list_raw(session& s, std::string verb, std::string argument) {
  std::vector<std::string> out;
  auto take = [&](std::string_view line) { out.emplace_back(line); };
  auto ok = co_await receive_lines(s, std::move(verb), std::move(argument), take);
  if (!ok) co_return std::unexpected(ok.error());
  co_return out;
}

net::task<result<entry>> stat(session& s, std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (s.offers().may("MLST") && !s.lacks("MLST")) {
    auto out = co_await stat_by_facts(s, path);
    if (out || out.error().id != "remote.unsupported") co_return out;
    s.learn_lack("MLST");
  }
  if (path.empty() || path == "/") co_return entry{.name = path, .kind = proto::entry_kind::directory};
  auto out = co_await stat_by_size(s, path);
  if (out || !out.error().id.starts_with("remote.")) co_return out;
  co_return co_await stat_by_listing(s, std::move(path));
}

net::task<result<file_time>> modified_of(session& s, std::string path) {
  auto said = co_await s.demand("MDTM", path);
  if (!said && said.error().id == "remote.unsupported") s.learn_lack("MDTM");
  if (!said) co_return std::unexpected(said.error());
  auto time = said->code == 213 ? proto::parse_timestamp(said->text()) : std::nullopt;
  if (!time) co_return fail("remote.protocol", "the answer to MDTM holds no time: " + said->text());
  co_return *time;
}

net::task<result<tree>> list_tree(session& s, std::string folder, std::function<bool(const std::string&)> enter) {
  tree out;
  std::deque<std::pair<std::string, std::size_t>> folders{{"", 0}};
  while (!folders.empty()) {
    auto [at, depth] = std::move(folders.front());
    folders.pop_front();
    auto where = at.empty() ? folder : join(folder, at);
    auto here = co_await list(s, std::move(where));
    if (!here) co_return std::unexpected(here.error());
    for (auto& name : here->rejected) out.rejected.push_back(join(at, name));
    out.not_understood += here->not_understood;
    for (auto& one : here->entries) {
      auto path = join(at, one.name);
      if (one.kind == proto::entry_kind::directory && (!enter || enter(path))) {
        if (depth == limit::remote_depth) co_return too_large();
        folders.emplace_back(path, depth + 1);
      }
      out.entries.push_back({std::move(path), std::move(one)});
    }
    if (out.entries.size() > limit::remote_entries) co_return too_large();
  }
  co_return out;
}

bool safe_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\r\n\0", 4)) == name.npos;
}

std::string join(std::string_view folder, std::string_view name) {
  if (folder.empty() || folder.ends_with('/')) return std::string(folder) + std::string(name);
  return fmt::format("{}/{}", folder, name);
}

std::string_view last_part(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string_view parent_of(std::string_view path) {
  auto slash = path.rfind('/');
  if (slash == path.npos) return {};
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace ferry::client
