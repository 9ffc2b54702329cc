#include "server/gate.hpp"

#include "proto/reply_code.hpp"

namespace ferry::server {
namespace {

// Writing into a file that is there, from REST on, is appending to it; its other half would be lost without this.
accounts::rights needed(const row& command, const state& now) {
  accounts::rights out = command.needs;
  if (command.verb == "STOR" && now.restart > 0) out = out | accounts::right::append;
  return out;
}

}  // namespace

bool may(const state& who, accounts::right what, const proto::tvfs_path& where) {
  return who.account && who.account->at(where).holds(what);
}

std::optional<proto::reply> gate(const row& command, const argument& with, const state& now) {
  using namespace proto;
  const bool names_a_path = !with.as_given.empty() || !with.options.empty();
  if (command.before_login && !names_a_path) return std::nullopt;
  if (!now.logged_in()) return reply{reply_code::not_logged_in, "Please log in with USER and PASS first."};
  if (!now.account->at(with.path).holds(needed(command, now))) {
    return reply{reply_code::file_unavailable, "Permission denied: this login may not do that here."};
  }
  return std::nullopt;
}

}  // namespace ferry::server
