// SIZE, MDTM, MLST (RFC 3659 §3, §4, §7), MFMT (draft-somers-ftp-mfxx): what is known of one file.
#include "proto/reply_code.hpp"
#include "proto/timestamp.hpp"
#include "server/commands.hpp"
#include "server/facts_of.hpp"
#include "server/session.hpp"
#include "server/text_position.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task size(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::file) co_return reply{code::file_unavailable, "That is not a file."};
  if (s.now.parameters.type != transfer::data_type::ascii)
    co_return reply{code::file_status, std::to_string(found->size)};
  // In ASCII the size is that of the lines as they would be sent: the file must be read for it. It is told as if the
  // mode were stream and the structure file, for what others add is of use to nobody.
  if (found->size > limit::text_size)
    co_return reply{code::file_unavailable, "The file is too large to be counted as text; use TYPE I."};
  auto file = co_await s.files().open(given.path);
  if (!file) co_return transfer::refusal(file.error());
  auto end = co_await find_wire_position(s.on, **file, UINT64_MAX);
  if (!end) co_return transfer::refusal(end.error());
  co_return reply{code::file_status, std::to_string(end->wire)};
}

reply_task mdtm(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::file) co_return reply{code::file_unavailable, "That is not a file."};
  co_return reply{code::file_status, proto::format_timestamp(found->modified)};
}

reply_task mlst(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  std::string line = " ";
  proto::append_facts_line(line, facts_of(*found, s.now, given.path), s.now.facts, given.path.text());
  co_return reply{code::file_action_done, {"Facts of " + std::string(given.path.text()), std::move(line), "End"}};
}

reply_task mfmt(session& s, argument given) {
  auto when = proto::parse_timestamp(given.word);
  if (!when) co_return reply{code::bad_argument, "That is no time of the form YYYYMMDDHHMMSS."};
  auto done = co_await s.files().set_modified(given.path, *when);
  if (!done) co_return transfer::refusal(done.error());
  s.around.journal.changed(s.facts, "MFMT", given.path.text());
  co_return reply{code::file_status,
                  "Modify=" + proto::format_timestamp(*when) + "; " + std::string(given.path.text())};
}

}  // namespace ferry::server::commands
