// One transfer command with its data, from the ladder to the final reply, in either direction.
#pragma once

#include <string>

#include "client/session.hpp"
#include "storage/storage.hpp"
#include "transfer/pump.hpp"

namespace ferry::client {

struct movement {
  std::uint64_t bytes = 0;  // on the wire
  bool confirmed = false;   // the server said that it is complete; otherwise all has passed, and that was lost
};

// What the data connection brings, into a sink that is not committed here. Errors: those of session, pump and sink.
net::task<result<movement>> receive(session& s, std::string verb, std::string argument, std::uint64_t restart,
                                    storage::sink& into, transfer::stages through = {});

net::task<result<movement>> send(session& s, std::string verb, std::string argument, std::uint64_t restart,
                                 storage::source& from, std::uint64_t offset, transfer::stages through = {});
net::task<result<movement>> send(session& s, std::string verb, std::string argument, transfer::producer& from,
                                 transfer::stages through = {});

}  // namespace ferry::client
