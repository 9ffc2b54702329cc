#include "client/mirror.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <ranges>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/verbs.hpp"
#include "proto/glob.hpp"

namespace ferry::client {
namespace {

using proto::entry_kind;
using kind = action::kind;
using local_tree = std::map<std::string, storage::info, std::less<>>;

storage::path at(std::string_view path) {
  return storage::path{}.resolve(std::string("/") + std::string(path)).value_or(storage::path{});
}

// Which paths take part.
class chooser {
 public:
  explicit chooser(const mirror_options& how) : how_(how) {}

  bool excluded(std::string_view path) const {
    return fits(how_.exclude, path) || path.ends_with(".ferry-part") || path.ends_with(".ferry-from");
  }
  bool wanted(std::string_view path, bool folder) const {
    return !excluded(path) && (folder || how_.include.empty() || fits(how_.include, path));
  }

 private:
  static bool fits(const std::vector<std::string>& patterns, std::string_view path) {
    return std::ranges::any_of(patterns, [&](const std::string& one) {
      return proto::glob_match(one, one.contains('/') ? path : last_part(path));
    });
  }
  const mirror_options& how_;
};

net::task<result<local_tree>> list_here(storage::storage& local, const chooser& which, plan& out) {
  local_tree all;
  std::deque<std::string> folders{""};
  for (; !folders.empty(); folders.pop_front()) {
    auto here = co_await local.list(at(folders.front()));
    if (!here) co_return std::unexpected(here.error());
    std::vector<storage::entry> batch;
    for (bool more = true; more;) {
      auto next = co_await (*here)->next(batch);
      if (!next) co_return std::unexpected(next.error());
      more = *next;
      for (auto& one : batch) {
        auto path = join(folders.front(), one.name);
        if (which.excluded(path)) continue;
        const bool folder = one.facts.type == storage::kind::directory;
        if (!folder && one.facts.type != storage::kind::file && out.way == file_facts::direction::upload) {
          out.warnings.push_back(fmt::format("{} is neither a file nor a folder and was left out", path));
        }
        if (folder) folders.push_back(path);
        all.emplace(std::move(path), one.facts);
      }
    }
  }
  co_return all;
}

void warn_of(plan& out, const tree& there) {
  for (const auto& name : there.rejected) {
    out.warnings.push_back(fmt::format("the server lists a name that is not one and was left out: {}", name));
  }
  if (there.not_understood > 0) {
    out.warnings.push_back(fmt::format("{} lines of listings were not understood", there.not_understood));
  }
}

file_time rounded(file_time time, proto::time_precision to) {
  switch (to) {
    case proto::time_precision::day: return std::chrono::floor<std::chrono::days>(time);
    case proto::time_precision::minute: return std::chrono::floor<std::chrono::minutes>(time);
    case proto::time_precision::second: return std::chrono::floor<std::chrono::seconds>(time);
  }
  return time;
}

// Why the file there is to be fetched; empty: it is the same.
std::string_view differs(const entry& there, const storage::info& here, const mirror_options& how) {
  std::string_view out;
  const bool times = there.modified.has_value();
  const auto remote = times ? rounded(*there.modified, there.precision) : file_time{};
  const auto local = rounded(here.modified, there.precision);
  if (times && remote != local && !how.ignore_times) out = "time";
  if (there.size && *there.size != here.size) out = "size";
  if (how.newer_only && times && remote <= local) out = {};
  return out;
}

// The same for a file here that is to be sent. A server may not keep times: one that is later there says nothing.
std::string_view differs(const storage::info& here, const entry& there, bool exact, const mirror_options& how) {
  const auto zone = exact ? std::chrono::hours(0) : std::chrono::hours(24);
  const bool newer =
      there.modified && rounded(here.modified, there.precision) > rounded(*there.modified, there.precision) + zone;
  if (there.size && *there.size != here.size && (newer || !how.newer_only)) return "size";
  return newer && !how.ignore_times ? "time" : "";
}

// Files before the folders that hold them: the deepest path first.
result<void> add_deletes(plan& out, std::vector<action> extra, bool complete, const mirror_options& how) {
  if (!how.remove || extra.empty()) return {};
  if (!complete) {
    return fail("mirror.listing", "the source was not understood wholly, so nothing may be deleted",
                "mirror without deleting, or see what the warnings name");
  }
  if (extra.size() > how.max_deletes) {
    return fail("mirror.deletes", fmt::format("{} deletes are more than the {} allowed", extra.size(), how.max_deletes),
                "see whether the folders are the right ones, and allow more if they are");
  }
  std::ranges::sort(extra, std::greater{}, &action::path);
  std::ranges::move(extra, std::back_inserter(out.actions));
  return {};
}

action transfer_of(std::string path, std::string_view reason, std::uint64_t size, plan& out) {
  out.bytes += size;
  return {.what = kind::transfer, .path = std::move(path), .size = size, .reason = reason};
}

}  // namespace

std::size_t plan::count(kind what) const {
  return static_cast<std::size_t>(std::ranges::count(actions, what, &action::what));
}

net::task<result<plan>> plan_download(crew& c, std::string remote, storage::storage& local, mirror_options options) {
  plan out{.way = file_facts::direction::download, .remote = remote};
  const chooser which(options);
  auto wanted = [&](const std::string& path) { return which.wanted(path, true); };
  auto there = co_await walk(c, remote, wanted);
  if (!there) co_return std::unexpected(there.error());
  warn_of(out, *there);
  auto here = co_await list_here(local, which, out);
  if (!here) co_return std::unexpected(here.error());

  std::vector<action> transfers;
  for (auto& [path, what] : there->entries) {
    auto mine = here->find(path);
    const bool taken = mine != here->end();
    const auto type = taken ? mine->second.type : storage::kind::other;
    const auto facts = taken ? mine->second : storage::info{};
    if (taken) here->erase(mine);  // what is left has no counterpart
    const bool folder = what.kind == entry_kind::directory;
    if (!which.wanted(path, folder)) continue;
    if (!folder && what.kind != entry_kind::file) {
      out.warnings.push_back(fmt::format("{} is neither a file nor a folder and was left out", path));
    } else if (taken && type != (folder ? storage::kind::directory : storage::kind::file)) {
      out.warnings.push_back(
          fmt::format("{} is a {} there and something else here; it was left alone", path, folder ? "folder" : "file"));
    } else if (folder) {
      if (!taken) out.actions.push_back({.what = kind::make_directory, .path = path, .reason = "new"});
    } else if (auto reason = taken ? differs(what, facts, options) : "new"; !reason.empty()) {
      auto one = transfer_of(path, reason, what.size.value_or(0), out);
      one.size = what.size;
      one.modified = what.modified;
      one.known = std::move(what);
      transfers.push_back(std::move(one));
    } else {
      ++out.same;
    }
  }
  std::ranges::move(transfers, std::back_inserter(out.actions));
  std::vector<action> extra;
  for (const auto& [path, facts] : *here) {
    const bool folder = facts.type == storage::kind::directory;
    if (!which.wanted(path, folder)) continue;
    extra.push_back({.what = folder ? kind::remove_directory : kind::remove, .path = path, .reason = "extra"});
  }
  if (auto ok = add_deletes(out, std::move(extra), there->complete(), options); !ok)
    co_return std::unexpected(ok.error());
  co_return out;
}

net::task<result<plan>> plan_upload(crew& c, storage::storage& local, std::string remote, mirror_options options) {
  plan out{.way = file_facts::direction::upload, .remote = remote};
  const chooser which(options);
  auto here = co_await list_here(local, which, out);
  if (!here) co_return std::unexpected(here.error());
  auto wanted = [&](const std::string& path) { return which.wanted(path, true); };
  auto there = co_await walk(c, remote, wanted);
  if (!there && there.error().id != "remote.not_found") co_return std::unexpected(there.error());
  if (!there) {
    there = tree{};
    out.actions.push_back({.what = kind::make_directory, .reason = "new"});
  }
  warn_of(out, *there);
  std::map<std::string, entry, std::less<>> theirs;
  for (auto& [path, what] : there->entries) theirs.emplace(std::move(path), std::move(what));

  std::vector<action> transfers;
  for (const auto& [path, facts] : *here) {
    const bool folder = facts.type == storage::kind::directory;
    auto match = theirs.find(path);
    const bool taken = match != theirs.end();
    const auto other = taken ? match->second : entry{};
    if (taken) theirs.erase(match);
    if (!which.wanted(path, folder) || (!folder && facts.type != storage::kind::file)) continue;
    if (taken && (other.kind == entry_kind::directory) != folder) {
      out.warnings.push_back(
          fmt::format("{} is a {} here and something else there; it was left alone", path, folder ? "folder" : "file"));
    } else if (folder) {
      if (!taken) out.actions.push_back({.what = kind::make_directory, .path = path, .reason = "new"});
    } else if (auto reason = taken ? differs(facts, other, there->exact_times, options) : "new"; !reason.empty()) {
      auto one = transfer_of(path, reason, facts.size, out);
      one.modified = facts.modified;
      transfers.push_back(std::move(one));
    } else {
      ++out.same;
    }
  }
  std::ranges::move(transfers, std::back_inserter(out.actions));
  std::vector<action> extra;
  for (const auto& [path, what] : theirs) {
    const bool folder = what.kind == entry_kind::directory;
    if (!which.wanted(path, folder)) continue;
    extra.push_back({.what = folder ? kind::remove_directory : kind::remove, .path = path, .reason = "extra"});
  }
  // Here the target is the server: a name that was not understood might be in a folder that is to go.
  if (auto ok = add_deletes(out, std::move(extra), there->complete(), options); !ok)
    co_return std::unexpected(ok.error());
  co_return out;
}

namespace {

// What is done to the target besides transfers, in order.
net::task<result<void>> change(crew& c, storage::storage& local, const plan& all, const action& one) {
  const bool down = all.way == file_facts::direction::download;
  const auto here = at(one.path);
  const auto there = one.path.empty() ? all.remote : join(all.remote, one.path);
  switch (one.what) {
    case kind::make_directory:
      if (down) co_return co_await local.make_directory(here);
      co_return co_await make_directories(c.first(), there);
    case kind::remove:
      if (down) co_return co_await local.remove(here);
      co_return co_await remove(c.first(), there);
    case kind::remove_directory:
      if (down) co_return co_await local.remove_directory(here);
      co_return co_await remove_directory(c.first(), there);
    case kind::transfer: break;
  }
  co_return result<void>{};
}

net::task<void> change_all(crew& c, storage::storage& local, const plan& all, mirror_outcome& out, bool before) {
  for (const auto& one : all.actions) {
    if (one.what == kind::transfer || (one.what == kind::make_directory) != before) continue;
    if (all.way == file_facts::direction::upload) {
      auto ready = co_await c.first().recover();
      if (!ready) {
        out.failed.push_back({one, ready.error()});
        continue;
      }
    }
    auto done = co_await change(c, local, all, one);
    if (!done) out.failed.push_back({one, done.error()});
    if (done) ++(one.what == kind::make_directory ? out.directories : out.removed);
  }
}

}  // namespace

net::task<result<mirror_outcome>> carry_out(crew& c, storage::storage& local, plan what) {
  mirror_outcome out{.same = what.same};
  co_await change_all(c, local, what, out, true);
  std::vector<const action*> transfers;
  for (const auto& one : what.actions) {
    if (one.what == kind::transfer) transfers.push_back(&one);
  }
  std::vector<file_result> results;
  if (what.way == file_facts::direction::download) {
    std::vector<download> files;
    for (const auto* one : transfers)
      files.push_back({join(what.remote, one->path), at(one->path), {.known = one->known}});
    results = co_await get_many(c, local, std::move(files));
  } else {
    std::vector<upload> files;
    for (const auto* one : transfers) files.push_back({at(one->path), join(what.remote, one->path), {}, one->size});
    results = co_await put_many(c, local, std::move(files));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.bytes += results[i].facts.bytes;
    if (results[i].failed)
      out.failed.push_back({*transfers[i], *results[i].failed});
    else
      ++out.transferred;
  }
  // After a failure the source may not be what the plan saw: nothing is deleted.
  if (out.failed.empty()) co_await change_all(c, local, what, out, false);
  co_return out;
}

}  // namespace ferry::client
