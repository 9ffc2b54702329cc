// RNFR, RNTO: RFC 959 §4.1.3. The session forgets the first when anything but the second follows.
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task rnfr(session& s, argument given) {
  s.now.rename_from.reset();
  auto found = co_await s.files().look(given.path);
  if (!found) co_return transfer::refusal(found.error());
  s.now.rename_from = std::move(given.path);
  co_return reply{code::pending_further, "Send RNTO with the new name."};
}

reply_task rnto(session& s, argument given) {
  if (!s.now.rename_from) co_return reply{code::bad_sequence, "Send RNFR first."};
  auto from = std::move(*s.now.rename_from);
  auto done = co_await s.files().rename(from, given.path);
  if (!done) co_return transfer::refusal(done.error());
  s.around.journal.changed(s.facts, "RNFR", from.text());
  s.around.journal.changed(s.facts, "RNTO", given.path.text());
  co_return reply{code::file_action_done, "Renamed."};
}

}  // namespace ferry::server::commands
