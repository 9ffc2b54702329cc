// DELE, RFC 959 §4.1.3.
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

reply_task dele(session& s, argument given) {
  auto removed = co_await s.files().remove(given.path);
  if (!removed) co_return transfer::refusal(removed.error());
  s.around.journal.changed(s.facts, "DELE", given.path.text());
  co_return proto::reply{proto::reply_code::file_action_done, "Deleted."};
}

}  // namespace ferry::server::commands
