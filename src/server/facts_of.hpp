// What MLST and MLSD say of a file, for the user who asks (RFC 3659 §7.5).
#pragma once

#include "proto/facts.hpp"
#include "server/state.hpp"
#include "storage/storage.hpp"

namespace ferry::server {

proto::entry_facts facts_of(const storage::info& file, const state& who, const proto::tvfs_path& where);

}  // namespace ferry::server
