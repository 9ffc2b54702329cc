#include "client/mirror.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <ranges>
#include <span>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/verbs.hpp"
#include "proto/glob.hpp"

namespace ferry::client {
namespace {

using proto::entry_kind;
using kind = action::kind;
using local_tree = std::map<std::string, storage::info, std::less<>>;
using source_tree = std::map<std::string, entry, std::less<>>;

storage::path at(std::string_view path) {
  return storage::path{}.resolve(std::string("/") + std::string(path)).value_or(storage::path{});
}

// Which paths take part.
class chooser {
 public:
  explicit chooser(const mirror_options& how) : how_(how) {}

  bool excluded(std::string_view path, bool folder) const {
    return fits(how_.exclude, path, folder) || path.ends_with(".ferry-part") || path.ends_with(".ferry-from");
  }
  bool wanted(std::string_view path, bool folder) const {
    return !excluded(path, folder) && (folder || how_.include.empty() || fits(how_.include, path, false));
  }

 private:
  static bool fits(const std::vector<std::string>& patterns, std::string_view path, bool folder) {
    return std::ranges::any_of(patterns, [&](std::string_view one) {
      if (!one.ends_with('/')) return matches(one, path);
      // A folder, and what is in it.
      one.remove_suffix(1);
      for (auto at = folder ? path : parent_of(path); !at.empty(); at = parent_of(at)) {
        if (matches(one, at)) return true;
      }
      return false;
    });
  }
  static bool matches(std::string_view pattern, std::string_view path) {
    return proto::glob_match(pattern, pattern.contains('/') ? path : last_part(path));
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
        const bool folder = one.facts.type == storage::kind::directory;
        if (which.excluded(path, folder)) continue;
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

// The same for a file that is to be sent. A server may not keep times: one that is later there says nothing.
std::string_view differs(const entry& here, const entry& there, const mirror_options& how) {
  const auto to = std::min(here.precision, there.precision);
  // What is not exact by now may be a server's local time.
  const auto zone = to == proto::time_precision::second ? std::chrono::hours(0) : std::chrono::hours(24);
  const bool newer =
      here.modified && there.modified && rounded(*here.modified, to) > rounded(*there.modified, to) + zone;
  if (here.size && there.size && *there.size != *here.size && (newer || !how.newer_only)) return "size";
  return newer && !how.ignore_times ? "time" : "";
}

// A listing by LIST tells times roughly. Where that may decide whether a file is moved, MDTM tells them exactly;
// several sessions ask, each a batch in one go.
net::task<> make_exact(crew& c, std::string root, std::vector<found*> doubtful) {
  for (std::size_t first = 0; first < doubtful.size(); first += limit::times_at_once) {
    const auto count = std::min(limit::times_at_once, doubtful.size() - first);
    c.add([&, first, count](session& s) -> net::task<result<void>> {
      if (!s.offers().may("MDTM") || s.lacks("MDTM")) co_return result<void>{};
      for (const auto* one : std::span(doubtful).subspan(first, count)) s.will_ask("MDTM", join(root, one->path));
      co_await s.ask_now();
      for (auto* one : std::span(doubtful).subspan(first, count)) {
        auto path = join(root, one->path);
        auto exact = co_await modified_of(s, std::move(path));
        if (!exact && !exact.error().id.starts_with("remote.")) co_return std::unexpected(exact.error());
        if (!exact) continue;
        one->what.modified = *exact;
        one->what.precision = proto::time_precision::second;
      }
      co_return result<void>{};
    });
  }
  // What was not told stays as rough as it was.
  co_await c.run();
}

// Files of both sides of the same size whose times are told roughly there, and may differ.
std::vector<found*> doubtful(tree& there, const local_tree& here, const mirror_options& how,
                             file_time::duration slack) {
  std::vector<found*> out;
  if (how.ignore_times) return out;
  for (auto& one : there.entries) {
    auto& [path, what] = one;
    if (what.kind != entry_kind::file || !what.modified || what.precision == proto::time_precision::second) continue;
    auto mine = here.find(path);
    if (mine == here.end() || (what.size && *what.size != mine->second.size)) continue;
    const auto ahead = rounded(mine->second.modified, what.precision) - rounded(*what.modified, what.precision);
    if (ahead > -slack && ahead != file_time::duration(0)) out.push_back(&one);
  }
  return out;
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

  // A file that is older here may be the one of another zone.
  auto unsure = doubtful(*there, *here, options, file_time::duration::max());
  if (!unsure.empty()) co_await make_exact(c, remote, std::move(unsure));

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

namespace {

// A server's folder that is to be filled; empty when it is still to be made.
net::task<result<tree>> target_tree(crew& c, std::string folder, const chooser& which, plan& out) {
  auto wanted = [&](const std::string& path) { return which.wanted(path, true); };
  auto there = co_await walk(c, folder, wanted);
  if (there) warn_of(out, *there);
  if (there || there.error().id != "remote.not_found") co_return there;
  out.actions.push_back({.what = kind::make_directory, .reason = "new"});
  co_return tree{};
}

// What makes the server's `there` like `here`.
result<plan> plan_into(plan out, const source_tree& here, bool complete, tree there, const chooser& which,
                       const mirror_options& options) {
  source_tree theirs;
  for (auto& [path, what] : there.entries) theirs.emplace(std::move(path), std::move(what));

  std::vector<action> transfers;
  for (const auto& [path, facts] : here) {
    const bool folder = facts.kind == entry_kind::directory;
    auto match = theirs.find(path);
    const bool taken = match != theirs.end();
    const auto other = taken ? match->second : entry{};
    if (taken) theirs.erase(match);
    if (!which.wanted(path, folder) || (!folder && facts.kind != entry_kind::file)) continue;
    if (taken && (other.kind == entry_kind::directory) != folder) {
      out.warnings.push_back(
          fmt::format("{} is a {} here and something else there; it was left alone", path, folder ? "folder" : "file"));
    } else if (folder) {
      if (!taken) out.actions.push_back({.what = kind::make_directory, .path = path, .reason = "new"});
    } else if (auto reason = taken ? differs(facts, other, options) : "new"; !reason.empty()) {
      auto one = transfer_of(path, reason, facts.size.value_or(0), out);
      one.size = facts.size;
      one.modified = facts.modified;
      one.known = facts;
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
  // A name of the target that was not understood might be in a folder that is to go.
  complete = complete && there.complete();
  if (auto ok = add_deletes(out, std::move(extra), complete, options); !ok) return std::unexpected(ok.error());
  return out;
}

entry entry_of(const storage::info& facts) {
  entry out{.size = facts.size, .modified = facts.modified};
  if (facts.type != storage::kind::file) out.kind = entry_kind::other;
  if (facts.type == storage::kind::directory) out.kind = entry_kind::directory;
  return out;
}

}  // namespace

net::task<result<plan>> plan_upload(crew& c, storage::storage& local, std::string remote, mirror_options options) {
  plan out{.way = file_facts::direction::upload, .remote = remote};
  const chooser which(options);
  auto here = co_await list_here(local, which, out);
  if (!here) co_return std::unexpected(here.error());
  auto there = co_await target_tree(c, std::move(remote), which, out);
  if (!there) co_return std::unexpected(there.error());
  // One that is a day older here is older in any zone.
  auto unsure = doubtful(*there, *here, options, std::chrono::hours(25));
  if (!unsure.empty()) co_await make_exact(c, out.remote, std::move(unsure));
  source_tree from;
  for (const auto& [path, facts] : *here) from.emplace(path, entry_of(facts));
  co_return plan_into(std::move(out), from, true, std::move(*there), which, options);
}

net::task<result<plan>> plan_copy(crew& from, std::string source, crew& to, std::string target,
                                  mirror_options options) {
  plan out{.way = file_facts::direction::copy, .remote = source, .target = target};
  const chooser which(options);
  auto wanted = [&](const std::string& path) { return which.wanted(path, true); };
  auto here = co_await walk(from, std::move(source), wanted);
  if (!here) co_return std::unexpected(here.error());
  warn_of(out, *here);
  auto there = co_await target_tree(to, std::move(target), which, out);
  if (!there) co_return std::unexpected(there.error());
  source_tree all;
  for (const auto& [path, what] : here->entries) {
    if (what.kind != entry_kind::file && what.kind != entry_kind::directory) {
      out.warnings.push_back(fmt::format("{} is neither a file nor a folder and was left out", path));
    }
    all.emplace(path, what);
  }
  co_return plan_into(std::move(out), all, here->complete(), std::move(*there), which, options);
}

namespace {

// What is done to the target besides transfers.
net::task<result<void>> change(storage::storage& target, const action& one) {
  const auto where = at(one.path);
  if (one.what == kind::make_directory) co_return co_await target.make_directory(where);
  if (one.what == kind::remove) co_return co_await target.remove(where);
  co_return co_await target.remove_directory(where);
}

net::task<result<void>> change(crew& target, const std::string& root, const action& one) {
  auto& s = target.first();
  if (auto ready = co_await s.recover(); !ready) co_return ready;
  const auto where = one.path.empty() ? root : join(root, one.path);
  if (one.what == kind::make_directory) co_return co_await make_directories(s, where);
  if (one.what == kind::remove) co_return co_await remove(s, where);
  co_return co_await remove_directory(s, where);
}

// The next folders, asked for before the first is answered: made twice they are there as well. Where the server takes
// one command at a time this does nothing. How many they are.
net::task<std::size_t> ask_ahead(crew& target, std::string root, std::span<const action* const> next) {
  auto& s = target.first();
  std::size_t count = 0, names = 0;
  const auto ready = co_await s.recover();
  while (ready && count < next.size() && count < limit::pipelined_files && names < limit::pipelined_names) {
    const auto& path = next[count++]->path;
    const auto where = path.empty() ? root : join(root, path);
    names += where.size() + limit::longest_verb;
    s.will_ask("MKD", where);
  }
  co_await s.ask_now();
  co_return std::max<std::size_t>(count, 1);
}

struct changer {
  std::function<net::task<result<void>>(const action& one)> change;
  std::function<net::task<std::size_t>(std::span<const action* const> next)> ask_ahead{};  // for folders
};
using mover = std::function<net::task<std::vector<file_result>>(const std::vector<const action*>& files)>;

net::task<> change_all(const changer& by, const plan& all, mirror_outcome& out, bool before) {
  std::vector<const action*> what;
  for (const auto& one : all.actions) {
    if (one.what != kind::transfer && (one.what == kind::make_directory) == before) what.push_back(&one);
  }
  std::size_t asked = 0;
  for (std::size_t i = 0; i < what.size(); ++i) {
    if (before && by.ask_ahead && i == asked) {
      const auto next = std::span<const action* const>(what).subspan(i);
      const auto count = co_await by.ask_ahead(next);
      asked += count;
    }
    auto done = co_await by.change(*what[i]);
    if (!done) out.failed.push_back({*what[i], done.error()});
    if (done) ++(before ? out.directories : out.removed);
  }
}

// Folders, then files, then what is to go.
net::task<mirror_outcome> carry_out(const plan& what, changer by, mover move) {
  mirror_outcome out{.same = what.same};
  co_await change_all(by, what, out, true);
  std::vector<const action*> transfers;
  for (const auto& one : what.actions) {
    if (one.what == kind::transfer) transfers.push_back(&one);
  }
  auto results = co_await move(transfers);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& facts = results[i].facts;
    out.bytes += !results[i].failed && facts.size ? *facts.size - std::min(facts.offset, *facts.size) : facts.content;
    if (results[i].failed)
      out.failed.push_back({*transfers[i], *results[i].failed});
    else
      ++out.transferred;
  }
  // After a failure the source may not be what the plan saw: nothing is deleted.
  if (out.failed.empty()) co_await change_all(by, what, out, false);
  co_return out;
}

}  // namespace

net::task<result<mirror_outcome>> carry_out(crew& c, storage::storage& local, plan what) {
  changer here{[&](const action& one) { return change(local, one); }};
  changer there{[&](const action& one) { return change(c, what.remote, one); },
                [&](std::span<const action* const> next) { return ask_ahead(c, what.remote, next); }};
  mover down = [&](const std::vector<const action*>& transfers) {
    std::vector<download> files;
    for (const auto* one : transfers) {
      files.push_back({join(what.remote, one->path), at(one->path), {.known = one->known}});
    }
    return get_many(c, local, std::move(files));
  };
  mover up = [&](const std::vector<const action*>& transfers) {
    std::vector<upload> files;
    for (const auto* one : transfers) files.push_back({at(one->path), join(what.remote, one->path), {}, one->size});
    return put_many(c, local, std::move(files));
  };
  const bool comes = what.way == file_facts::direction::download;
  auto& by = comes ? here : there;
  auto& move = comes ? down : up;
  co_return co_await carry_out(what, std::move(by), std::move(move));
}

net::task<result<mirror_outcome>> carry_out(crew& from, crew& to, plan what, bool fallback) {
  changer there{[&](const action& one) { return change(to, what.target, one); },
                [&](std::span<const action* const> next) { return ask_ahead(to, what.target, next); }};
  mover copy_all = [&](const std::vector<const action*>& transfers) {
    std::vector<copying> files;
    for (const auto* one : transfers) {
      files.push_back(
          {join(what.remote, one->path), join(what.target, one->path), {.known = one->known, .fallback = fallback}});
    }
    return copy_many(from, to, std::move(files));
  };
  co_return co_await carry_out(what, std::move(there), std::move(copy_all));
}

}  // namespace ferry::client
