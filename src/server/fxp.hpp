// Server to server (FXP): which data connections a login may have with others than its client. Without a rule, none:
// a server that connects where it is told is a weapon, and a port that takes anybody's connection is open to theft
// (RFC 2577 §3, §5).
#pragma once

#include <string>
#include <vector>

#include "accounts/accounts.hpp"
#include "net/prefix.hpp"

namespace ferry::server {

struct fxp_rule {
  std::vector<net::address_range> networks;
  std::vector<std::string> users;  // none: every user with a password
  bool send = true;                // RETR and listings may go there
  bool receive = true;             // STOR, APPE, STOU may come from there
  bool unresumed = false;          // TLS from there need not resume a session, though tls.data_sessions requires it
};

enum class data_way : std::uint8_t { send, receive };

// Whether a rule is for this login at all; `unresumed`: one that says so.
bool may_fxp(const std::vector<fxp_rule>& rules, const accounts::account& who, bool unresumed);
// The networks of all rules for this login, whichever way they allow: at PASV the way is not known yet.
std::vector<net::address_range> fxp_networks(const std::vector<fxp_rule>& rules, const accounts::account& who);
// Whether data may go that way; `unresumed`: and does so under TLS without resuming a session.
bool may_fxp(const std::vector<fxp_rule>& rules, const accounts::account& who, const net::address& with, data_way way,
             bool unresumed = false);

// Whether data may go that way when `with` is not the client itself. Errors: data.fxp.way
result<void> admit_foreign(const std::vector<fxp_rule>& rules, const accounts::account& who, const net::address& with,
                           data_way way);

}  // namespace ferry::server
