// One transfer command with its data, from the ladder to the final reply, in either direction.
//
// Errors: those of session, pump, sink and source, and data.mode (what the server sends in this mode is not that, which
// the session has noted: stream mode is next)
#pragma once

#include <optional>
#include <string>

#include "client/session.hpp"
#include "storage/storage.hpp"
#include "transfer/pump.hpp"

namespace ferry::client {

struct movement {
  std::uint64_t bytes = 0;    // on the wire
  std::uint64_t content = 0;  // of the file
  bool confirmed = false;     // the server said that it is complete; otherwise all has passed, and that was lost
};

// What the data connection brings, into a sink that is not committed here.
net::task<result<movement>> receive(session& s, std::string verb, std::string argument, transfer_start begin,
                                    storage::sink& into, transfer::stages through = {});

net::task<result<movement>> send(session& s, std::string verb, std::string argument, std::uint64_t restart,
                                 storage::source& from, std::uint64_t offset, transfer::stages through = {});
net::task<result<movement>> send(session& s, std::string verb, std::string argument, transfer::producer& from,
                                 transfer::stages through = {}, std::uint64_t restart = 0);

// STOR with its file, of which the server's answer is heard later: after session::begin_pipeline() agreed to that.
struct sent_ahead {
  asked transfer;
  std::uint64_t bytes = 0;      // on the wire
  std::uint64_t content = 0;    // of the file
  std::optional<error> failed;  // something here kept it from being sent whole
  std::optional<error> broken;  // the connection did: what the server says of it comes first
};
net::task<result<sent_ahead>> send_ahead(session& s, std::string path, storage::source& from,
                                         transfer::stages through = {});
net::task<result<movement>> conclude(session& s, sent_ahead what);

}  // namespace ferry::client
