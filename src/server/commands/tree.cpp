// RMDA, SITE RMTREE, DSIZ, AVBL: folders with all that is in them, and the room that is left for more
// (draft-peterson-streamlined-ftp-command-extensions).
#include "base/limits.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

// Links and what is no file count nothing; a folder that vanishes meanwhile does not either.
net::task<result<std::uint64_t>> bytes_below(session& s, transfer_run& run, proto::tvfs_path top) {
  std::vector<proto::tvfs_path> pending{std::move(top)};
  std::uint64_t bytes = 0;
  std::size_t pending_bytes = 0;
  const auto until = s.on.now() + s.limit().list_time;
  std::vector<storage::entry> batch;
  for (bool first = true; !pending.empty(); first = false) {
    auto folder = std::move(pending.back());
    pending.pop_back();
    pending_bytes -= first ? 0 : folder.text().size();
    auto listing = co_await s.files().list(folder);
    if (!listing && !first && listing.error().id == "storage.not_found") continue;
    if (!listing) co_return std::unexpected(listing.error());
    for (;;) {
      auto turn = co_await s.turn(run);
      if (!turn) co_return std::unexpected(turn.error());
      auto more = co_await (*listing)->next(batch);
      if (!more) co_return std::unexpected(more.error());
      if (!*more) break;
      for (const auto& each : batch) {
        if (each.facts.type == storage::kind::file) bytes += each.facts.size;
        if (each.facts.type != storage::kind::directory) continue;
        pending.push_back(folder.child(each.name));
        pending_bytes += pending.back().text().size();
      }
      run.moved.bytes += batch.size();
      if (run.moved.bytes > s.limit().list_entries || pending.size() > limit::pending_folders ||
          pending_bytes > limit::pending_bytes || s.on.now() > until) {
        co_return fail("storage.busy", "there is too much below that folder to be counted");
      }
    }
  }
  co_return bytes;
}

}  // namespace

reply_task rmda(session& s, argument given) {
  auto going = co_await s.files().remove_tree(given.path);
  if (!going) co_return transfer::refusal(going.error());
  transfer_run run{.facts{.verb = "RMDA", .path = std::string(given.path.text())}, .unit = "entries"};
  session::undertaking now(s, run);
  s.around.journal.changed(s.facts, "RMDA", given.path.text());
  for (;;) {
    auto turn = co_await s.turn(run);
    if (!turn) co_return transfer::refusal(turn.error());
    auto count = co_await (*going)->next();
    if (!count) co_return transfer::refusal(count.error());
    if (*count == 0) break;
    run.moved.bytes += *count;
  }
  co_return reply{code::file_action_done, "The folder was removed, and all that was in it."};
}

reply_task dsiz(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::directory) co_return reply{code::file_unavailable, "That is not a folder."};
  transfer_run run{.facts{.verb = "DSIZ", .path = std::string(given.path.text())}, .unit = "entries"};
  session::undertaking now(s, run);
  auto bytes = co_await bytes_below(s, run, given.path);
  if (!bytes) co_return transfer::refusal(bytes.error());
  co_return reply{code::file_status, std::to_string(*bytes)};
}

reply_task avbl(session& s, argument given) {
  auto room = co_await s.files().available(given.path);
  if (!room) co_return transfer::refusal(room.error());
  co_return reply{code::file_status, std::to_string(room->free)};
}

}  // namespace ferry::server::commands
