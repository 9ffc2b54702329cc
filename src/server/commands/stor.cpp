// STOR, APPE, STOU: RFC 959 §4.1.3; STOR from REST on, RFC 3659 §5; STOR of a range, draft-bryan-ftp-range §4.3.
#include <fmt/format.h>

#include <random>

#include "base/limits.hpp"
#include "proto/mode.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "server/text_position.hpp"
#include "transfer/pump.hpp"
#include "transfer/verdict.hpp"
#include "transfer/window.hpp"

namespace ferry::server::commands {

using way_to_write = enum storage::create_options::how;
using proto::reply;
namespace code = proto::reply_code;

namespace {

// Where in the file an upload goes on, by what REST or RANG means now.
net::task<result<std::uint64_t>> find_start(session& s, proto::tvfs_path where) {
  using namespace transfer;
  const auto& by = s.now.parameters;
  if (s.now.range) co_return s.now.range->begin;
  const auto start = s.now.restart;
  const bool on_the_wire =
      by.type == data_type::ascii && by.structure == data_structure::file && !by.keeps_connection();
  if (start > 0 && by.structure == data_structure::page) {
    co_return fail("storage.offset", "a file in pages starts at its first");
  }
  if (start == 0 || !on_the_wire) co_return start;
  // RFC 3659 §5.3 counts bytes on the wire: the file must be read up to there.
  auto file = co_await s.files().open(std::move(where));
  if (!file) co_return std::unexpected(file.error());
  auto at = co_await find_wire_position(s.on, **file, start);
  if (!at) co_return std::unexpected(at.error());
  co_return at->local;
}

// Tells the client where its restart markers lie in the file (RFC 959 §3.5).
class confirming final : public transfer::marker_listener {
 public:
  confirming(session& s, std::uint64_t start) : s_(s), start_(start) {}
  net::task<> came(std::string theirs, std::uint64_t written) override {
    if (!proto::is_restart_marker(theirs)) co_return;
    reply mark{code::restart_marker, fmt::format("MARK {} = {}", theirs, start_ + written)};
    co_await s_.say(std::move(mark));
  }

 private:
  session& s_;
  const std::uint64_t start_;
};

reply_task store(session& s, std::string_view verb, proto::tvfs_path where, way_to_write way, std::string opening) {
  // A client that was killed ends both its connections alike: what it sent until then is not what it meant to send.
  auto still_wanted = [&s]() -> result<void> {
    if (s.peer_waits()) return {};
    return fail("data.aborted", "the control connection ended before the upload did");
  };
  auto start = co_await find_start(s, where);
  if (!start) co_return transfer::refusal(start.error());
  const auto wanted = std::exchange(s.now.allocated, 0);
  if (auto room = std::exchange(s.now.room, nullptr)) co_await room->give_back();
  storage::create_options options{.how = way,
                                  .offset = *start,
                                  .durable = s.around.how.durability,
                                  .mode = s.around.how.file_mode,
                                  .last_word = still_wanted,
                                  .reserve = wanted};
  auto file = co_await s.files().create(where, options);
  if (!file) co_return transfer::refusal(file.error());
  if (s.now.range) *file = transfer::exactly(std::move(*file), s.now.range->end - s.now.range->begin);
  transfer_run run{
      .facts{
          .verb = verb, .path = std::string(where.text()), .ascii = s.now.parameters.text(), .offset = options.offset},
      .how = transfer::decoding(s.now.parameters)};
  auto outcome = co_await s.open_data(run, std::move(opening));
  if (outcome) {
    confirming markers(s, *start);
    // Of what was in the file before, only this much is sure to stay.
    const bool stays = way == way_to_write::at || way == way_to_write::within;
    transfer::pump pump{s.on, *run.channel, run.moved, s.limit().stalled, stays ? &markers : nullptr};
    outcome = co_await pump.receive(**file, run.how, run.ahead);
    run.in_step = pump.in_step;
  }
  if (outcome) outcome = still_wanted();
  if (outcome) outcome = co_await (*file)->commit();
  co_return s.finish(run, outcome, fmt::format("Stored {}.", where.name()));
}

// Into the file itself, of which nothing else changes; one that is not there begins with the range.
reply_task store_range(session& s, argument given) {
  if (!s.now.parameters.plain()) {
    co_return reply{code::page_type_unknown, "A range is of bytes as they are: send TYPE I and STRU F first."};
  }
  const auto range = *s.now.range;
  const auto found = co_await s.files().stat(given.path);
  const bool fresh = !found && found.error().id == "storage.not_found" && range.begin == 0;
  if (!found && !fresh) co_return transfer::refusal(found.error());
  if (found && range.begin > found->size) co_return reply{code::invalid_rest, "The file ends before that byte."};
  auto opening = fmt::format("Ready for bytes {} to {} of {}.", range.begin, range.end - 1, given.path.name());
  co_return co_await store(s, "STOR", std::move(given.path), fresh ? way_to_write::replace : way_to_write::within,
                           std::move(opening));
}

}  // namespace

reply_task stor(session& s, argument given) {
  if (s.now.range) return store_range(s, std::move(given));
  auto opening = fmt::format("Ready for {}.", given.path.name());
  return store(s, "STOR", std::move(given.path), s.now.restart > 0 ? way_to_write::at : way_to_write::replace,
               std::move(opening));
}

reply_task appe(session& s, argument given) {
  if (s.now.restart > 0 || s.now.range) {
    co_return reply{code::bad_sequence, "APPE writes at the end: REST and RANG do not go with it."};
  }
  auto opening = fmt::format("Ready for more of {}.", given.path.name());
  co_return co_await store(s, "APPE", std::move(given.path), way_to_write::append, std::move(opening));
}

// The name stands in the 150, as RFC 1123 §4.1.2.9 wants it.
reply_task stou(session& s, argument given) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  auto stem = given.as_given.empty() ? given.path.child("upload") : given.path;
  auto where = stem;
  bool taken = given.as_given.empty();
  for (int tries = 0; tries <= limit::unique_name_tries; ++tries) {
    if (taken) where = stem.parent().child(fmt::format("{}.{:08x}", stem.name(), static_cast<std::uint32_t>(random())));
    auto found = co_await s.files().look(where);
    taken = found.has_value();
    if (!taken) break;
  }
  if (taken) co_return reply{code::file_busy, "No free name was found."};
  s.now.restart = 0;
  s.now.range.reset();
  auto opening = "FILE: " + std::string(where.name());
  co_return co_await store(s, "STOU", std::move(where), way_to_write::exclusive, std::move(opening));
}

}  // namespace ferry::server::commands
