// A server's refusal as an error: its id by the code and what servers say with it, its cause the reply verbatim.
//
//   remote.not_found      550, 450       remote.denied    550, 553 that speak of permission
//   remote.account        532: ACCT is wanted first
//   remote.is_directory, remote.not_directory, remote.not_empty  550, 553 and others that say so
//   remote.exists         550, 553, 521 that say so      remote.name  553, 501
//   remote.full           452, 552       remote.busy      450 and others of 4xx: may work later
//   remote.closing        421            remote.data      425, 426: the data connection
//   remote.login          530, 430       remote.unsupported  500, 502, 504
//   remote.offset         554, 551       remote.refused   any other of 5xx
//   remote.protocol       a reply that this command cannot have
#pragma once

#include "base/result.hpp"
#include "proto/reply.hpp"

namespace ferry::client {

error refusal(const proto::reply& what);

// Whether another try may end better: 4xx, lost connections, waits that were too long; never 5xx.
bool may_pass(const error& why);

}  // namespace ferry::client
