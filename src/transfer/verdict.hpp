// What a transfer came to, as the reply that the client gets (RFC 959 §5.4).
#pragma once

#include "base/result.hpp"
#include "proto/reply.hpp"

namespace ferry::transfer {

// The reply to an error of a data connection, a pump or a storage:
//   425 the data connection was not made · 426 it broke, stalled or was stopped · 451 the file could not be read or
//   written, or the file that came was malformed · 551 a page of unknown type · 452 no space · 552 over the quota · 553
//   the name is not possible · 550 not there or not allowed
proto::reply refusal(const error& why);

// 226 with `success` as its text, 250 where the data connection stays open, or the refusal.
proto::reply verdict(const result<void>& outcome, std::string success, bool stays_open = false);

}  // namespace ferry::transfer
