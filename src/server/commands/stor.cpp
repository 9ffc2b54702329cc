// STOR, APPE, STOU: RFC 959 §4.1.3; STOR from REST on, RFC 3659 §5.
#include <fmt/format.h>

#include <random>

#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/pump.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using way_to_write = enum storage::create_options::how;
using proto::reply;
namespace code = proto::reply_code;

namespace {

reply_task store(session& s, std::string_view verb, proto::tvfs_path where, way_to_write way, std::string opening) {
  // A client that was killed ends both its connections alike: what it sent until then is not what it meant to send.
  auto still_wanted = [&s]() -> result<void> {
    if (s.peer_waits()) return {};
    return fail("data.aborted", "the control connection ended before the upload did");
  };
  storage::create_options options{.how = way,
                                  .offset = s.now.restart,
                                  .durable = s.around.how.durability,
                                  .mode = s.around.how.file_mode,
                                  .last_word = still_wanted};
  auto file = co_await s.files().create(where, options);
  if (!file) co_return transfer::refusal(file.error());
  transfer_run run{.facts{.verb = verb,
                          .path = std::string(where.text()),
                          .ascii = s.now.type == representation::ascii,
                          .offset = options.offset}};
  transfer::stages through;
  if (run.facts.ascii) through.push_back(std::make_unique<transfer::ascii_in>());

  auto outcome = co_await s.open_data(run, std::move(opening));
  if (outcome) {
    transfer::pump pump{s.on, *run.channel, run.moved, s.limit().stalled};
    outcome = co_await pump.receive(**file, std::move(through));
  }
  if (outcome) outcome = still_wanted();
  if (outcome) outcome = co_await (*file)->commit();
  co_return s.finish(run, outcome, fmt::format("Stored {}.", where.name()));
}

}  // namespace

reply_task stor(session& s, argument given) {
  auto opening = fmt::format("Ready for {}.", given.path.name());
  co_return co_await store(s, "STOR", std::move(given.path),
                           s.now.restart > 0 ? way_to_write::at : way_to_write::replace, std::move(opening));
}

reply_task appe(session& s, argument given) {
  if (s.now.restart > 0) co_return reply{code::bad_sequence, "REST and APPE contradict each other."};
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
  auto opening = "FILE: " + std::string(where.name());
  co_return co_await store(s, "STOU", std::move(where), way_to_write::exclusive, std::move(opening));
}

}  // namespace ferry::server::commands
