// The session under TLS (RFC 4217).
#include <fmt/format.h>

#include <optional>

#include "client/errors.hpp"
#include "client/session.hpp"
#include "proto/reply_code.hpp"

namespace ferry::client {

using policy = tls_settings::policy;
namespace code = proto::reply_code;

namespace {

// Reading the authorities that a system trusts takes longer than a handshake.
result<std::shared_ptr<const net::tls_context>> context_for(const net::tls_client_options& how) {
  struct made {
    net::tls_client_options how;
    std::shared_ptr<const net::tls_context> context;
  };
  thread_local std::optional<made> last;
  if (last && last->how == how) return last->context;
  auto fresh = net::tls_context::client(how);
  if (fresh) last = made{how, *fresh};
  return fresh;
}

}  // namespace

tls_settings::policy session::tls_policy() const {
  if (how_.tls.how != policy::automatic) return how_.tls.how;
  switch (where_.how) {
    case scheme::ftps: return policy::implicit_tls;
    case scheme::ftpes: return policy::explicit_tls;
    case scheme::ftp: break;
  }
  return policy::automatic;
}

net::task<result<void>> session::shake_hands() {
  auto context = context_for(how_.tls.trust);
  if (!context) co_return std::unexpected(context.error());
  auto made = co_await control_->protect(std::move(*context), where_.host, how_.wait.connect);
  if (!made) co_return std::unexpected(made.error());
  tls_ = *made;
  watch().secured(number_, tls_->description());
  co_return result<void>{};
}

// Pure-FTPd lists AUTH TLS also where it is switched off, and then says so in these words.
static bool lists_in_vain(const proto::reply& refusal) {
  return refusal.text() == "This security scheme is not implemented";
}

// AUTH TLS before anything secret is said. By `automatic`, a server without TLS is talked to in the clear, and the user
// is told so, unless it is this machine; anonymous has no secret. A server that has it, behind something that refuses
// it in its name, is not.
net::task<result<void>> session::authenticate() {
  const auto wanted = tls_policy();
  const bool needed = wanted == policy::explicit_tls;
  if (!needed && (wanted != policy::automatic || where_.user == "anonymous")) co_return result<void>{};
  auto said = co_await command("AUTH", "TLS");
  if (!said) co_return std::unexpected(said.error());
  if (said->code == code::security_done) co_return co_await shake_hands();
  if (!needed && peer().address().is_loopback()) co_return result<void>{};
  auto listed = co_await command("FEAT");
  if (!listed) co_return std::unexpected(listed.error());
  if (parse_features(*listed).has_tls() && !lists_in_vain(*said)) {
    co_return fail("tls.stripped", "the server lists AUTH TLS, and yet it is refused: " + refusal(*said).cause,
                   "something between may want to read along; try another network, or implicit TLS (ftps://)");
  }
  if (needed) {
    co_return fail("tls.refused", "the server offers no TLS: " + refusal(*said).cause,
                   "the password and the files would be in the clear; if that does not matter: ftp:// with --tls=off");
  }
  watch().note(number_, "this server offers no TLS: the password and the files go over the network in the clear");
  co_return result<void>{};
}

// Data connections under TLS too, and, where a firewall must read the commands, those in the clear again.
net::task<result<void>> session::protect_data() {
  if (!tls_) co_return result<void>{};
  auto size = co_await demand("PBSZ", "0");
  if (!size) co_return std::unexpected(size.error());
  auto level = co_await demand("PROT", "P");
  if (!level) {
    co_return fail("tls.data", "the server does not protect data connections: " + level.error().cause,
                   "the files would be in the clear; if that does not matter: ftp:// with --tls=off");
  }
  private_data_ = true;
  co_return result<void>{};
}

net::task<result<void>> session::clear_commands() {
  if (!tls_ || !how_.tls.clear_commands) co_return result<void>{};
  auto said = co_await demand("CCC");
  if (!said) co_return std::unexpected(said.error());
  co_return co_await control_->clear(how_.wait.connect);
}

}  // namespace ferry::client
