// What the parts of the session's data connections have in common.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "transfer/parameters.hpp"

namespace ferry::client {

// Whether the data connection outlives a transfer in this mode.
inline bool keeps(transfer::transfer_mode mode) { return transfer::parameters{.mode = mode}.keeps_connection(); }

inline bool is_upload(std::string_view verb) { return verb == "STOR" || verb == "APPE"; }

// The transfer was refused, and nothing else is wrong.
inline bool refused_whole(const error& why) { return why.id.starts_with("remote.") && why.id != "remote.data"; }

}  // namespace ferry::client
