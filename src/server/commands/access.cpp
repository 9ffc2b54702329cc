// USER, PASS, ACCT, SMNT, REIN, QUIT: RFC 959 §4.1.1; anonymous: RFC 1635; HOST: RFC 7151.
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "accounts/limits.hpp"
#include "proto/host_name.hpp"
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

// Each failure is answered later than the one before, and the last with 421.
net::task<reply> refused(session& s) {
  auto delay = s.limit().login_delay;
  for (unsigned i = 0; i < s.now.login_failures && delay < s.limit().login_delay_max; ++i) delay *= 2;
  co_await s.pause(std::min(delay, s.limit().login_delay_max));
  if (++s.now.login_failures >= s.limit().login_failures) {
    co_return reply{code::service_unavailable, "Too many failed logins; goodbye."};
  }
  co_return reply{code::not_logged_in, "Login incorrect."};
}

// The files must be there before a login counts.
reply let_in(session& s, std::shared_ptr<const accounts::account> account, reply said) {
  if (s.log_in(std::move(account))) return said;
  s.log_out();
  return {code::service_unavailable, "The files of this login cannot be reached; tell the administrator."};
}

// Its password, or its certificate, was right.
reply admit(session& s, std::shared_ptr<const accounts::account> account, reply said) {
  if (account->accts.empty() || account->acct_to_store) return let_in(s, std::move(account), std::move(said));
  s.now.claimed = std::move(account);
  return {code::need_account, "Please name the account with ACCT."};
}

bool names_acct(const accounts::account& who, const std::string& given) {
  bool found = false;
  for (const auto& each : who.accts) {
    // In a time that tells nothing of how much of it was right.
    found |= each.size() == given.size() && CRYPTO_memcmp(each.data(), given.data(), given.size()) == 0;
  }
  return found;
}

}  // namespace

// Before USER: names of users and what they may do are the host's.
reply_task host(session& s, argument given) {
  if (!s.now.user.empty() || s.now.logged_in()) co_return reply{code::bad_sequence, "HOST comes before USER."};
  if (!proto::read_host_name(given.text)) co_return reply{code::bad_argument, "That is no name of a host."};
  const auto* found = s.find_host(given.text);
  if (!found) co_return reply{code::argument_not_implemented, "There is no such host here."};
  // RFC 7151 §3: what the certificate was chosen by is the host.
  if (const auto named = s.tls_name(); !named.empty() && s.find_host(named) != found) {
    co_return reply{code::argument_not_implemented, fmt::format("TLS was begun for {}, which is another host.", named)};
  }
  s.now.host = found;
  co_return reply{code::service_ready, found->banner.empty() ? s.around.how.banner : found->banner};
}

reply_task smnt(session& s, argument given) {
  std::string_view name = given.text;
  while (name.starts_with('/')) name.remove_prefix(1);
  const auto& home = *s.now.home;
  auto found = std::ranges::find_if(home.mounts, [&](const auto& each) { return each->name == name; });
  if (!name.empty() && found == home.mounts.end()) {
    co_return reply{code::file_unavailable, "There is no such mount for this login."};
  }
  auto mounted = s.mount(name.empty() ? s.now.home : *found);
  if (!mounted) co_return reply{code::file_unavailable, "That mount cannot be reached; tell the administrator."};
  co_return reply{code::file_action_done,
                  name.empty() ? "Back in the files of the login." : fmt::format("Mounted {}.", name)};
}

reply_task user(session& s, argument given) {
  if (s.now.logged_in() || s.now.claimed) s.log_out();
  if (given.text.size() > limit::user_name) {
    s.now.user.clear();
    s.facts.user.clear();
    co_return reply{code::bad_argument, "The name is too long."};  // each line of the log would repeat it
  }
  s.now.user = given.text;
  s.facts.user = std::move(given.text);
  if (auto account = s.accounts().admits(s.now.user, s.certificate_shown())) {
    s.facts.by_certificate = true;
    co_return admit(s, std::move(account), {code::logged_in_by_security, "Logged in by certificate."});
  }
  co_return reply{code::need_password, s.accounts().open_to(s.now.user)
                                           ? "Anonymous is welcome; please give your e-mail address as password."
                                           : "Please give the password."};
}

reply_task pass(session& s, argument given) {
  if (s.now.logged_in()) co_return reply{code::logged_in, "Logged in already."};
  if (s.now.user.empty()) co_return reply{code::bad_sequence, "Send USER first."};
  s.now.claimed.reset();
  const bool open = s.accounts().open_to(s.now.user);
  if (open) s.now.password_given = given.text;
  accounts::caller who{s.peer().address(), [&s] { return s.peer_waits(); }};
  auto account = co_await s.accounts().login(s.on, s.now.user, std::move(given.text), std::move(who));
  if (!account && account.error().id == "accounts.busy") {
    co_return reply{code::not_logged_in, "Too many others are logging in at this moment; please try again."};
  }
  if (!account) co_return co_await refused(s);
  co_return admit(s, std::move(*account), {code::logged_in, fmt::format("Logged in{}.", open ? " anonymously" : "")});
}

reply_task acct(session& s, argument given) {
  const auto who = s.now.claimed ? s.now.claimed : s.now.home;
  if (!who) co_return reply{code::bad_sequence, "Send USER and PASS first."};
  if (who->accts.empty()) co_return reply{code::superfluous, "No account is needed here."};
  if (!names_acct(*who, given.text)) co_return co_await refused(s);
  s.around.journal.changed(s.facts, "ACCT", given.text);
  s.now.acct_given = true;
  reply said{code::logged_in, s.now.claimed ? "Logged in." : "Noted."};
  if (s.now.claimed) co_return let_in(s, who, std::move(said));
  co_return said;
}

reply_task rein(session& s, argument) {
  s.log_out();
  s.now.host = nullptr;
  s.now.utf8 = false;
  // RFC 4217 §11: the connection goes back to the clear, unless it never was.
  if (std::exchange(s.now.tls, {}).control) {
    if (s.implicit()) {
      s.now.tls.control = true;
      s.now.host = s.find_host(s.tls_name());
    } else {
      s.clear_after_reply();
    }
  }
  co_return reply{code::service_ready, "Ready for a new user."};
}

reply_task quit(session& s, argument) {
  s.close_after_reply();
  co_return reply{code::closing_control, "Goodbye."};
}

}  // namespace ferry::server::commands
