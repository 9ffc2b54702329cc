// RETR, RFC 959 §4.1.3; from REST on, RFC 3659 §5.
#include <fmt/format.h>

#include "base/limits.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "server/text_position.hpp"
#include "transfer/pump.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

reply_task retr(session& s, argument given) {
  auto file = co_await s.files().open(given.path);
  if (!file) co_return transfer::refusal(file.error());
  transfer_run run{.facts{.verb = "RETR", .path = std::string(given.path.text()), .offset = s.now.restart}};

  std::uint64_t offset = s.now.restart;
  transfer::stages through;
  if (s.now.type == representation::ascii) {
    // The file must be read up to there.
    if (offset > limit::text_size && (*file)->about().size > limit::text_size) {
      co_return proto::reply{proto::reply_code::invalid_rest, "That is too far into the file for text; use TYPE I."};
    }
    auto at = co_await find_wire_position(s.on, **file, offset);
    if (!at) co_return transfer::refusal(at.error());
    offset = at->local;
    through.push_back(std::make_unique<transfer::ascii_out>(at->after_cr));
    run.facts.ascii = true;
  } else {
    run.moved.expected = (*file)->about().size - std::min((*file)->about().size, offset);
  }
  if (offset > (*file)->about().size) {
    co_return proto::reply{proto::reply_code::invalid_rest, "The file ends before that byte."};
  }

  auto outcome =
      co_await s.open_data(run, fmt::format("Sending {} ({} bytes).", given.path.name(), (*file)->about().size));
  if (outcome) {
    transfer::pump pump{s.on, *run.channel, run.moved, s.limit().stalled};
    outcome = co_await pump.send(**file, offset, std::move(through));
  }
  co_return s.finish(run, outcome, "Sent.");
}

}  // namespace ferry::server::commands
