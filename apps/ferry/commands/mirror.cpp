#include "client/mirror.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/local_folder.hpp"
#include "ferry/remote_paths.hpp"
#include "ferry/transfers.hpp"

namespace ferry::cli {
namespace {

using kind = client::action::kind;

std::string_view word_of(kind what, client::file_facts::direction way) {
  switch (what) {
    case kind::make_directory: return "mkdir";
    case kind::transfer:
      if (way == client::file_facts::direction::copy) return "copy";
      return way == client::file_facts::direction::download ? "get" : "put";
    case kind::remove:
    case kind::remove_directory: return "delete";
  }
  return "";
}

void show(context& c, const client::plan& what) {
  for (const auto& each : what.actions) {
    auto word = word_of(each.what, what.way);
    bool folder = each.what == kind::make_directory || each.what == kind::remove_directory;
    if (c.out.json()) {
      json_line out;
      out.add("event", "planned").add("action", word).path("path", each.path).add("folder", folder);
      if (each.size) out.add("size", *each.size);
      c.out.event(out.add("reason", each.reason));
    } else {
      c.out.line(fmt::format("{:<6} {}{}{}", word, each.path, folder ? "/" : "",
                             each.reason.empty() ? "" : fmt::format("  ({})", each.reason)));
    }
  }
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void sum_up(context& c, const client::mirror_outcome& done) {
  if (c.out.json()) {
    c.out.event(json_line()
                    .add("event", "mirrored")
                    .add("transferred", static_cast<std::uint64_t>(done.transferred))
                    .add("directories", static_cast<std::uint64_t>(done.directories))
                    .add("removed", static_cast<std::uint64_t>(done.removed))
                    .add("same", static_cast<std::uint64_t>(done.same))
                    .add("failed", static_cast<std::uint64_t>(done.failed.size()))
                    .add("bytes", done.bytes));
    return;
  }
  c.moved.clear();
  auto text =
      fmt::format("{} moved ({}), {} the same", counted(done.transferred, "file"), human_size(done.bytes), done.same);
  if (done.directories) text += fmt::format(", {} made", counted(done.directories, "folder"));
  if (done.removed) text += fmt::format(", {} deleted", done.removed);
  if (!done.failed.empty()) text += fmt::format(", {} failed", done.failed.size());
  c.out.say(text, tone::bold);
}

using doer = std::function<net::task<result<client::mirror_outcome>>(client::plan what)>;

net::task<result<void>> carry_out(context& c, client::plan what, bool dry_run, doer carry) {
  for (const auto& each : what.warnings) c.out.warn(each);
  if (dry_run) {
    show(c, what);
    if (what.actions.empty()) c.out.say(fmt::format("nothing to do: {} the same", counted(what.same, "file")));
    c.out.succeeded();
    co_return result<void>{};
  }
  c.moved.expect(what.count(kind::transfer), what.bytes);
  auto done = co_await carry(std::move(what));
  if (!done) co_return std::unexpected(done.error());
  for (const auto& each : done->failed) c.out.complain(each.what.path, each.why);
  for (std::size_t i = 0; i < done->transferred + done->directories + done->removed + done->same; ++i)
    c.out.succeeded();
  sum_up(c, *done);
  co_return result<void>{};
}

}  // namespace

namespace {

// "a//b" and "a/./b" are "a/b"; what is seen from the login's folder is so where the other is not.
net::task<result<std::string>> plain_path(remote at, bool absolute) {
  std::string folder = "/";
  if (absolute && !at.path.starts_with('/')) {
    auto home = co_await client::working_directory(*at.on);
    if (!home) co_return std::unexpected(home.error());
    folder = std::move(*home);
  }
  auto out = resolved(folder, at.path);
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  co_return out;
}

}  // namespace

net::task<result<void>> differ(remote from, remote to) {
  const bool one_server =
      from.on->peer() == to.on->peer() || (from.where.host == to.where.host && from.where.port == to.where.port);
  if (!one_server) co_return result<void>{};
  const bool absolute = from.path.starts_with('/') || to.path.starts_with('/');
  auto one = co_await plain_path(from, absolute);
  if (!one) co_return std::unexpected(one.error());
  auto other = co_await plain_path(to, absolute);
  if (!other) co_return std::unexpected(other.error());
  if (*one != *other) co_return result<void>{};
  co_return fail("usage.same", fmt::format("source and target are the same: {}", to.path),
                 "give the target another name; between two logins of a server, get it and put it");
}

namespace {

class temporary_folder {
 public:
  temporary_folder() : name_((std::filesystem::temp_directory_path() / "ferry-XXXXXX").string()) {
    if (!::mkdtemp(name_.data())) name_.clear();
  }
  ~temporary_folder() { ::rmdir(name_.c_str()); }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

}  // namespace

tree_options tree_options_of(const options& given) {
  tree_options out;
  out.how.include = given.include;
  out.how.exclude = given.exclude;
  out.how.newer_only = given.newer;
  out.how.ignore_times = given.size_only;
  out.how.remove = given.remove;
  out.how.max_deletes = given.max_delete;
  out.dry_run = given.dry_run;
  return out;
}

net::task<result<void>> mirror_down(context& c, remote from, std::string folder, tree_options how) {
  // Nothing is made here for what is not there.
  std::error_code unknown;
  if (!std::filesystem::exists(folder, unknown)) {
    auto there = co_await client::stat(*from.on, from.path);
    if (!there && there.error().id == "remote.not_found") co_return std::unexpected(there.error());
    if (there && there->kind == proto::entry_kind::file) {
      co_return fail("remote.not_directory", fmt::format("{} is a file", from.path), "ferry get moves files");
    }
  }
  // What is not there is empty; a dry run does not make it.
  std::optional<temporary_folder> empty;
  if (how.dry_run && !std::filesystem::exists(folder, unknown) && !unknown) folder = empty.emplace().name();
  auto local = how.dry_run ? open_folder(c.loop(), folder) : open_or_make_folder(c.loop(), folder);
  if (!local) co_return std::unexpected(local.error());
  auto what = co_await client::plan_download(*from.crew, from.path, **local, how.how);
  if (!what) co_return std::unexpected(what.error());
  doer carry = [&](client::plan all) { return client::carry_out(*from.crew, **local, std::move(all)); };
  co_return co_await carry_out(c, std::move(*what), how.dry_run, std::move(carry));
}

net::task<result<void>> mirror_up(context& c, std::string folder, remote to, tree_options how) {
  auto local = open_folder(c.loop(), folder);
  if (!local) co_return std::unexpected(local.error());
  auto what = co_await client::plan_upload(*to.crew, **local, to.path, how.how);
  if (!what) co_return std::unexpected(what.error());
  doer carry = [&](client::plan all) { return client::carry_out(*to.crew, **local, std::move(all)); };
  co_return co_await carry_out(c, std::move(*what), how.dry_run, std::move(carry));
}

net::task<result<void>> mirror_across(context& c, remote from, remote to, tree_options how) {
  if (auto apart = co_await differ(from, to); !apart) co_return apart;
  auto what = co_await client::plan_copy(*from.crew, from.path, *to.crew, to.path, how.how);
  if (!what) co_return std::unexpected(what.error());
  const bool fallback = c.given.fallback;
  doer carry = [&](client::plan all) { return client::carry_out(*from.crew, *to.crew, std::move(all), fallback); };
  co_return co_await carry_out(c, std::move(*what), how.dry_run, std::move(carry));
}

namespace {

bool is_remote(const std::string& operand) { return operand.contains("://") || operand.starts_with('@'); }

net::task<result<void>> mirror(context& c) {
  const auto& from = c.given.operands[0];
  const auto& to = c.given.operands[1];
  if (!is_remote(from) && !is_remote(to)) {
    co_return fail("usage.mirror", "SRC or DST must be a URL",
                   "ferry mirror ftp://HOST/PATH FOLDER, or the other way round");
  }
  if (is_remote(from) && is_remote(to)) {
    if (auto apart = c.keep_passwords_apart(c.given.operands); !apart) co_return apart;
    auto source = co_await c.reach(from);
    if (!source) co_return std::unexpected(source.error());
    auto target = co_await c.reach(to, context::role::target);
    if (!target) co_return std::unexpected(target.error());
    co_return co_await mirror_across(c, *source, *target, tree_options_of(c.given));
  }
  auto at = co_await c.reach(is_remote(from) ? from : to);
  if (!at) co_return std::unexpected(at.error());
  auto how = tree_options_of(c.given);
  if (is_remote(from)) co_return co_await mirror_down(c, *at, to, how);
  co_return co_await mirror_up(c, from, *at, how);
}

void run(context& c) {
  c.run([&]() -> net::task<> {
    auto done = co_await mirror(c);
    if (!done) c.out.complain("", done.error());
  });
}

constexpr example examples[] = {
    {"ferry mirror ftp://ftp.example.org/pub/ pub", "down: what is new or changed"},
    {"ferry mirror site ftp://alice@example.org/www/", "up"},
    {"ferry mirror -n --delete site ftp://alice@example.org/www/", "what would be done, and nothing else"},
    {"ferry mirror --exclude '*.tmp' --exclude cache/ site ftp://alice@example.org/www/", "without some"},
};
constexpr option_row rows[] = {
    {"-n,--dry-run", "", "only print what would be done", flag{&options::dry_run}},
    {"--include", "PATTERN",
     "only names, or with a / in it paths, that fit; with a / at its end folders, with all in them; may be repeated",
     &options::include},
    {"--exclude", "PATTERN", "not those that fit, whatever --include says; may be repeated", &options::exclude},
    {"--delete", "", "delete in DST what SRC has not", flag{&options::remove}},
    {"--max-delete", "N", "do nothing at all if more than N would be deleted; 100 when not given",
     number{&options::max_delete, 0, 10'000'000}},
    {"--newer", "", "leave alone what is not newer in SRC", flag{&options::newer}},
    {"--size-only", "", "the same size is the same file, whatever its time", flag{&options::size_only}},
    {"--fallback", "", "between two servers: through this machine where they do not reach each other",
     flag{&options::fallback}},
    {"-R,--reverse", "", "in the shell: SRC is on this machine, DST on the server", flag{&options::up}},
    {"-j,--jobs", "N", "N files at a time; 4 when not given", number{&options::jobs, 1, 64}},
};

}  // namespace

constinit const command_row mirror_command{
    "mirror",
    "SRC DST",
    2,
    2,
    "Make one tree like another, down, up, or between servers",
    "SRC and DST are a URL and a folder of this machine, or both URLs: then the data goes from server to server, as "
    "with copy. Files of the same size and time are left alone.\n"
    "Nothing is deleted when a line of the server's listings was not understood.",
    examples,
    rows,
    run};

}  // namespace ferry::cli
