// CWD, CDUP, PWD, MKD, RMD and their X forms: RFC 959 §4.1.1, §4.1.3, RFC 1123 §4.1.3.1.
#include "proto/quoted_path.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

net::task<reply> change_to(session& s, proto::tvfs_path where) {
  auto found = co_await s.files().stat(where);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::directory) co_return reply{code::file_unavailable, "That is not a folder."};
  s.now.cwd = std::move(where);
  co_return reply{code::file_action_done, "Now in " + proto::quote_path(s.now.cwd.text()) + "."};
}

}  // namespace

reply_task cwd(session& s, argument given) { return change_to(s, std::move(given.path)); }

reply_task cdup(session& s, argument given) { return change_to(s, std::move(given.path)); }

reply_task pwd(session& s, argument) {
  co_return reply{code::path_created, proto::quote_path(s.now.cwd.text()) + " is the current folder."};
}

reply_task mkd(session& s, argument given) {
  auto made = co_await s.files().make_directory(given.path);
  if (!made) co_return transfer::refusal(made.error());
  s.around.journal.changed(s.facts, "MKD", given.path.text());
  co_return reply{code::path_created, proto::quote_path(given.path.text()) + " was made."};
}

reply_task rmd(session& s, argument given) {
  auto removed = co_await s.files().remove_directory(given.path);
  if (!removed) co_return transfer::refusal(removed.error());
  s.around.journal.changed(s.facts, "RMD", given.path.text());
  co_return reply{code::file_action_done, "The folder was removed."};
}

}  // namespace ferry::server::commands
