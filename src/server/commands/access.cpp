// USER, PASS, ACCT, REIN, QUIT: RFC 959 §4.1.1; anonymous: RFC 1635.
#include <fmt/format.h>

#include <algorithm>

#include "accounts/limits.hpp"
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

}  // namespace

reply_task user(session& s, argument given) {
  if (s.now.logged_in()) s.log_out();
  if (given.text.size() > limit::user_name) {
    s.now.user.clear();
    s.facts.user.clear();
    co_return reply{code::bad_argument, "The name is too long."};  // each line of the log would repeat it
  }
  s.now.user = given.text;
  s.facts.user = std::move(given.text);
  if (auto account = s.around.accounts.admits(s.now.user, s.certificate_shown())) {
    s.facts.by_certificate = true;
    co_return let_in(s, std::move(account), {code::logged_in_by_security, "Logged in by certificate."});
  }
  co_return reply{code::need_password, s.around.accounts.open_to(s.now.user)
                                           ? "Anonymous is welcome; please give your e-mail address as password."
                                           : "Please give the password."};
}

reply_task pass(session& s, argument given) {
  if (s.now.logged_in()) co_return reply{code::logged_in, "Logged in already."};
  if (s.now.user.empty()) co_return reply{code::bad_sequence, "Send USER first."};
  const bool open = s.around.accounts.open_to(s.now.user);
  if (open) s.now.password_given = given.text;
  accounts::caller who{s.peer().address(), [&s] { return s.peer_waits(); }};
  auto account = co_await s.around.accounts.login(s.on, s.now.user, std::move(given.text), std::move(who));
  if (!account && account.error().id == "accounts.busy") {
    co_return reply{code::not_logged_in, "Too many others are logging in at this moment; please try again."};
  }
  if (!account) co_return co_await refused(s);
  co_return let_in(s, std::move(*account), {code::logged_in, fmt::format("Logged in{}.", open ? " anonymously" : "")});
}

reply_task acct(session& s, argument) {
  if (!s.now.logged_in()) co_return reply{code::bad_sequence, "Send USER and PASS first."};
  co_return reply{code::superfluous, "No account is needed here."};
}

reply_task rein(session& s, argument) {
  s.log_out();
  // RFC 4217 §11: the connection goes back to the clear, unless it never was.
  if (std::exchange(s.now.tls, {}).control) {
    if (s.implicit()) {
      s.now.tls.control = true;
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
