#include "client/verbs.hpp"

#include <fmt/format.h>

#include <array>
#include <ranges>

#include "client/errors.hpp"
#include "proto/quoted_path.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"

namespace ferry::client {
namespace {

net::task<result<void>> done(session& s, std::string verb, std::string argument) {
  auto said = co_await s.demand(std::move(verb), std::move(argument));
  if (!said) co_return std::unexpected(said.error());
  if (!said->completion()) co_return std::unexpected(refusal(*said));
  co_return result<void>{};
}

}  // namespace

net::task<result<void>> remove(session& s, std::string path) { return done(s, "DELE", std::move(path)); }
net::task<result<void>> remove_directory(session& s, std::string path) { return done(s, "RMD", std::move(path)); }
net::task<result<void>> make_directory(session& s, std::string path) { return done(s, "MKD", std::move(path)); }

net::task<result<void>> remove_tree(session& s, std::string path) {
  auto all = co_await list_tree(s, path);
  if (!all) co_return std::unexpected(all.error());
  if (!all->complete()) {
    co_return fail("remote.listing", fmt::format("a listing below {} was not understood, so nothing was deleted", path),
                   "delete by hand what has such names");
  }
  for (const auto& one : all->entries | std::views::reverse) {
    auto at = join(path, one.path);
    const bool folder = one.what.kind == proto::entry_kind::directory;
    auto ok = co_await done(s, folder ? "RMD" : "DELE", std::move(at));
    if (!ok) co_return ok;
  }
  co_return co_await remove_directory(s, std::move(path));
}

net::task<result<void>> make_directories(session& s, std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty() || path == "/") co_return result<void>{};
  auto ok = co_await make_directory(s, path);
  if (ok || !ok.error().id.starts_with("remote.")) co_return ok;
  // It is there, or its parent is not: servers say either with the same words.
  if (auto there = co_await stat(s, path); there && there->kind == proto::entry_kind::directory) {
    co_return result<void>{};
  }
  if (parent_of(path).empty() || parent_of(path) == "/") co_return ok;
  if (auto above = co_await make_directories(s, std::string(parent_of(path))); !above) co_return above;
  co_return co_await make_directory(s, std::move(path));
}

net::task<result<void>> rename(session& s, std::string from, std::string to) {
  auto ready = co_await s.demand("RNFR", std::move(from));
  if (!ready) co_return std::unexpected(ready.error());
  co_return co_await done(s, "RNTO", std::move(to));
}

net::task<result<void>> change_mode(session& s, std::string path, std::uint16_t mode) {
  return done(s, "SITE", fmt::format("CHMOD {:03o} {}", mode, path));
}

namespace {

struct way_to_date {
  std::string_view lack;  // under which a session remembers that the server has it not
  std::string_view verb;
  fmt::string_view argument;  // {0}: the time, {1}: the path
};

constexpr std::array ways_to_date = std::to_array<way_to_date>({
    {"MFMT", "MFMT", "{0} {1}"},
    {"SITE UTIME of one time", "SITE", "UTIME {0} {1}"},  // ProFTPD, Pure-FTPd
    {"SITE UTIME of three", "SITE", "UTIME {1} {0} {0} {0} UTC"},
    {"MDTM with a time", "MDTM", "{0} {1}"},  // vsftpd; to others it names a file that is not there
});

const way_to_date* next_way(const session& s) {
  for (const auto& one : ways_to_date) {
    const bool offered = one.verb != "MFMT" || s.offers().may("MFMT");
    if (offered && !s.lacks(one.lack)) return &one;
  }
  return nullptr;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> time_command(const session& s, std::string_view path,
                                                                file_time when) {
  const auto* how = next_way(s);
  if (!how) return std::nullopt;
  const auto stamp = proto::format_timestamp(when);
  return std::pair(std::string(how->verb), fmt::format(fmt::runtime(how->argument), stamp, path));
}

net::task<result<void>> set_modified(session& s, std::string path, file_time when) {
  while (const auto* how = next_way(s)) {
    auto [verb, argument] = *time_command(s, path, when);
    auto ok = co_await done(s, std::move(verb), std::move(argument));
    const bool unknown = !ok && (ok.error().id == "remote.unsupported" || how->verb != "MFMT");
    if (ok || !unknown || !ok.error().id.starts_with("remote.")) co_return ok;
    s.learn_lack(how->lack);
  }
  co_return fail("remote.unsupported", "this server cannot set times");
}

net::task<result<std::optional<std::uint64_t>>> size_of(session& s, std::string path) {
  if (s.lacks("SIZE")) co_return std::nullopt;
  auto said = co_await s.command("SIZE", std::move(path));
  if (!said) co_return std::unexpected(said.error());
  if (said->code == 500 || said->code == 502) s.learn_lack("SIZE");
  // It may be there, and cannot be looked at now.
  if (said->transient()) {
    auto why = refusal(*said);
    if (why.id == "remote.busy") co_return std::unexpected(std::move(why));
  }
  co_return said->code == 213 ? proto::parse_offset(said->text()) : std::nullopt;
}

net::task<result<std::string>> working_directory(session& s) {
  auto said = co_await s.demand("PWD");
  if (!said) co_return std::unexpected(said.error());
  if (auto path = proto::parse_257(said->text())) co_return std::move(*path);
  co_return fail("remote.protocol", "the answer to PWD holds no path: " + said->text());
}

net::task<result<std::string>> system_type(session& s) {
  auto said = co_await s.demand("SYST");
  if (!said) co_return std::unexpected(said.error());
  co_return said->text();
}

}  // namespace ferry::client
