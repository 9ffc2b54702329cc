// SITE CPFR, SITE CPTO, COMB: files made of others on the server. SITE SYMLINK: links.
#include <set>
#include <vector>

#include "base/limits.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

// A piece at a time.
net::task<result<void>> add(session& s, transfer_run& run, storage::source& from, storage::sink& to) {
  for (std::uint64_t offset = 0;;) {
    auto turn = co_await s.turn(run);
    if (!turn) co_return std::unexpected(turn.error());
    auto count = co_await to.copy(from, offset, limit::copy_piece);
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) co_return result<void>{};
    offset += *count;
    run.moved.bytes += *count;
  }
}

storage::create_options options(session& s, enum storage::create_options::how how) {
  return {.how = how, .durable = s.around.how.durability, .mode = s.around.how.file_mode};
}

net::task<result<void>> copy(session& s, proto::tvfs_path from, proto::tvfs_path to) {
  auto file = co_await s.files().open(std::move(from));
  if (!file) co_return std::unexpected(file.error());
  transfer_run run{.facts{.verb = "SITE CPTO", .path = std::string(to.text())}};
  run.moved.expected = (*file)->about().size;
  const auto how = options(s, storage::create_options::how::replace);
  auto made = co_await s.files().create(std::move(to), how);
  if (!made) co_return std::unexpected(made.error());
  session::undertaking now(s, run);
  auto added = co_await add(s, run, **file, **made);
  if (!added) co_return added;
  co_return co_await (*made)->commit();
}

net::task<result<void>> combine(session& s, const argument& given) {
  // What is missing is told of before anything is written.
  auto target = co_await s.files().stat(given.path);
  if (!target && target.error().id != "storage.not_found") co_return std::unexpected(target.error());
  std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
  if (target) taken.emplace(target->device, target->inode);
  std::vector<proto::tvfs_path> sources;
  if (target) sources.push_back(given.path);
  std::uint64_t all = target ? target->size : 0;
  for (const auto& each : given.others) {
    auto part = co_await s.files().stat(each);
    if (!part) co_return std::unexpected(part.error());
    if (!taken.emplace(part->device, part->inode).second) co_return fail("storage.name", "a file is named twice");
    all += part->size;
    sources.push_back(each);
  }
  // A new file: one that is stopped half-way leaves the old one as it was.
  const auto how = options(s, storage::create_options::how::replace);
  auto file = co_await s.files().create(given.path, how);
  if (!file) co_return std::unexpected(file.error());
  transfer_run run{.facts{.verb = "COMB", .path = std::string(given.path.text())}};
  run.moved.expected = all;
  session::undertaking now(s, run);
  for (const auto& each : sources) {
    auto part = co_await s.files().open(each);
    if (!part) co_return std::unexpected(part.error());
    auto added = co_await add(s, run, **part, **file);
    if (!added) co_return added;
  }
  auto done = co_await (*file)->commit();
  if (!done) co_return done;
  for (const auto& each : given.others) {
    auto removed = co_await s.files().remove(each);
    if (!removed) co_return removed;
  }
  co_return result<void>{};
}

}  // namespace

reply_task site_cpfr(session& s, argument given) {
  s.now.copy_from.reset();
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::file) co_return reply{code::file_unavailable, "That is not a file."};
  s.now.copy_from = std::move(given.path);
  co_return reply{code::pending_further, "Send SITE CPTO with the name of the copy."};
}

reply_task site_cpto(session& s, argument given) {
  if (!s.now.copy_from) co_return reply{code::bad_sequence, "Send SITE CPFR first."};
  auto from = std::move(*s.now.copy_from);
  auto done = co_await copy(s, from, given.path);
  if (!done) co_return transfer::refusal(done.error());
  s.around.journal.changed(s.facts, "SITE CPFR", from.text());
  s.around.journal.changed(s.facts, "SITE CPTO", given.path.text());
  co_return reply{code::file_action_done, "Copied."};
}

reply_task comb(session& s, argument given) {
  if (given.others.size() > limit::combined_parts) {
    co_return reply{code::bad_argument, "Those are too many parts at once."};
  }
  auto done = co_await combine(s, given);
  if (!done) co_return transfer::refusal(done.error());
  s.around.journal.changed(s.facts, "COMB", given.path.text());
  co_return reply{code::file_action_done, "Combined."};
}

reply_task site_symlink(session& s, argument given) {
  if (given.others.size() > 1) co_return reply{code::bad_argument, "Use: SITE SYMLINK <path> <link>"};
  const auto link = given.others.front();
  auto made = co_await s.files().make_link(link, given.path);
  if (!made) co_return transfer::refusal(made.error());
  s.around.journal.changed(s.facts, "SITE SYMLINK", link.text());
  co_return reply{code::ok, "The link was made."};
}

}  // namespace ferry::server::commands
