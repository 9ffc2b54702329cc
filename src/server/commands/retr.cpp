// RETR, RFC 959 §4.1.3; from REST on, RFC 3659 §5; of a range, draft-bryan-ftp-range §4.3.
#include <fmt/format.h>

#include "base/limits.hpp"
#include "proto/page.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "server/text_position.hpp"
#include "transfer/pump.hpp"
#include "transfer/verdict.hpp"
#include "transfer/window.hpp"

namespace ferry::server::commands {

namespace {

using start_position = std::expected<text_position, proto::reply>;

std::unexpected<proto::reply> refused(std::string_view why) {
  return std::unexpected(proto::reply{proto::reply_code::invalid_rest, std::string(why)});
}

// Where in the file the transfer begins, by what REST or RANG means now.
net::task<start_position> find_start(session& s, storage::source& file) {
  const auto& by = s.now.parameters;
  const auto size = file.about().size;
  text_position out{.wire = s.now.restart, .local = s.now.restart};
  if (s.now.range && !by.plain()) {
    co_return std::unexpected(proto::reply{proto::reply_code::page_type_unknown,
                                           "A range is of bytes as they are: send TYPE I and STRU F first."});
  }
  if (s.now.range) out.wire = out.local = std::min(s.now.range->begin, size);
  if (by.structure == transfer::data_structure::page) {
    if (s.now.restart > 0) co_return refused("A file in pages starts at its first.");
    if (size > proto::largest_paged_file) {
      co_return std::unexpected(
          proto::reply{proto::reply_code::file_unavailable,
                       "The file is too large for pages, of which there may be 256; use STRU F."});
    }
  }
  if (by.type != transfer::data_type::ascii || by.structure == transfer::data_structure::record) co_return out;
  if (by.keeps_connection()) {
    // A marker counts bytes of the file; whether a CR stands before it must be known.
    char before = 0;
    if (out.local == 0 || out.local > size) co_return out;
    auto read = co_await file.read(out.local - 1, std::span(&before, 1));
    if (!read) co_return std::unexpected(transfer::refusal(read.error()));
    out.after_cr = before == '\r';
    co_return out;
  }
  // RFC 3659 §5.3 counts bytes on the wire: the file must be read up to there.
  auto at = co_await find_wire_position(s.on, file, out.wire);
  if (!at) co_return std::unexpected(transfer::refusal(at.error()));
  co_return *at;
}

}  // namespace

reply_task retr(session& s, argument given) {
  auto file = co_await s.files().open(given.path);
  if (!file) co_return transfer::refusal(file.error());
  transfer_run run{.facts{.verb = "RETR",
                          .path = std::string(given.path.text()),
                          .ascii = s.now.parameters.text(),
                          .offset = s.now.restart}};

  const auto start = co_await find_start(s, **file);
  if (!start) co_return start.error();
  if (s.now.range) {
    *file = transfer::up_to(std::move(*file), std::max(s.now.range->end, start->local));
    run.facts.offset = start->local;
  }
  if (start->local > (*file)->about().size) {
    co_return proto::reply{proto::reply_code::invalid_rest, "The file ends before that byte."};
  }
  transfer::encoding how(s.now.parameters, start->after_cr);
  if (how.as_it_is()) run.moved.expected = (*file)->about().size - start->local;

  auto outcome =
      co_await s.open_data(run, fmt::format("Sending {} ({} bytes).", given.path.name(), (*file)->about().size));
  if (outcome) {
    transfer::pump pump{s.on, *run.channel, run.moved, s.limit().stalled};
    outcome = co_await pump.send(**file, start->local, std::move(how));
    run.in_step = pump.in_step;
  }
  co_return s.finish(run, outcome, "Sent.");
}

}  // namespace ferry::server::commands
