#include "server/gate.hpp"

#include <algorithm>

#include "proto/reply_code.hpp"

namespace ferry::server {
namespace {

// Writing into a file that is there, from REST on or within a range, is appending to it; its other half would be lost
// without this.
accounts::rights needed(const row& command, const state& now) {
  auto out = command.needs;
  if (command.verb == "STOR" && (now.restart > 0 || now.range)) out = out | accounts::right::append;
  return out;
}

// To rename a folder would take what is in it out from under the rules for it.
bool rules_depend_on(const proto::tvfs_path& path, const accounts::account& who) {
  return std::ranges::any_of(who.rules, [&](const accounts::rule& each) { return each.folder.within(path); });
}

}  // namespace

bool may(const state& who, accounts::right what, const proto::tvfs_path& where) {
  return who.account && who.account->at(where).holds(what);
}

std::optional<proto::reply> gate(const row& command, const argument& with, const state& now, const tls_settings& tls) {
  using namespace proto;
  const bool names_somebody = command.verb == "USER" || command.verb == "PASS" || command.verb == "ACCT";
  if (names_somebody && tls.for_login() && !now.tls.control && !now.tls.cleared) {
    return reply{reply_code::not_logged_in, "Logins are taken under TLS only; send AUTH TLS first."};
  }
  if (command.moves_data && tls.for_data() && !now.tls.data && now.logged_in()) {
    return reply{reply_code::address_not_supported, "Data connections must be protected here; send PROT P."};
  }
  if (command.before_login && !with.names_a_path()) return std::nullopt;
  if (!now.logged_in()) return reply{reply_code::not_logged_in, "Please log in with USER and PASS first."};
  const auto& who = *now.account;
  const auto needs = needed(command, now);
  const auto denied = [&](const tvfs_path& where, accounts::rights what) { return !who.at(where).holds(what); };
  if (denied(with.path, needs) ||
      std::ranges::any_of(with.others, [&](const tvfs_path& each) { return denied(each, command.others_need); })) {
    return reply{reply_code::file_unavailable, "Permission denied: this login may not do that here."};
  }
  if (command.whole_tree && std::ranges::any_of(who.rules, [&](const accounts::rule& each) {
        return each.folder.within(with.path) && !each.allow.holds(needs);
      })) {
    return reply{reply_code::file_unavailable, "Permission denied: this login may not do that to all that lies there."};
  }
  const auto& home = *now.home;
  if (home.acct_to_store && !home.accts.empty() && !now.acct_given &&
      legal(command, reply_code::need_account_to_store)) {
    return reply{reply_code::need_account_to_store, "Name the account with ACCT first: it counts what is stored."};
  }
  if (command.needs == accounts::right::rename && rules_depend_on(with.path, *now.account)) {
    return reply{reply_code::file_unavailable, "Permission denied: this login's rights depend on that name."};
  }
  return std::nullopt;
}

}  // namespace ferry::server
