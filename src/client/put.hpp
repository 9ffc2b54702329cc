// One file to the server (STOR, APPE). Interrupted, it goes on where the server's SIZE says it stopped. Errors: as for
// get, and storage.changed (the local file changed meanwhile).
#pragma once

#include <optional>
#include <string>

#include "client/observer.hpp"
#include "client/session.hpp"
#include "storage/storage.hpp"
#include "transfer/pump.hpp"

namespace ferry::client {

struct put_options {
  bool continue_target = false;  // what the server has under the name is the beginning of it (-c)
  bool append = false;           // APPE: behind what is there; never tried again
};

net::task<result<file_facts>> put(session& s, storage::storage& from, storage::path file, std::string remote,
                                  put_options options = {});

// Bytes that are made as they are wanted (standard input); not tried again once the first has been sent.
net::task<result<file_facts>> put(session& s, transfer::producer& from, std::string remote, put_options options = {});

}  // namespace ferry::client
