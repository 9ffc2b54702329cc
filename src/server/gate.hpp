// May this command run now? The one place that says so: login, order of commands, rights.
#pragma once

#include <optional>

#include "server/command_table.hpp"
#include "server/settings.hpp"
#include "server/state.hpp"

namespace ferry::server {

// Whether the user holds a right on a path. Every command's path comes through here, and so does each folder that a
// recursive one enters.
bool may(const state& who, accounts::right what, const proto::tvfs_path& where);

// Nothing, or the reply that refuses the command.
std::optional<proto::reply> gate(const row& command, const argument& with, const state& now, const tls_settings& tls);

}  // namespace ferry::server
