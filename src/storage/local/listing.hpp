// The entries of a folder of this machine.
#pragma once

#include "net/loop.hpp"
#include "storage/local/root.hpp"
#include "storage/storage.hpp"

namespace ferry::storage::local {

// The first batch is read with the folder's opening: a small folder costs one trip to a worker.
task<result<std::unique_ptr<listing>>> make_listing(net::loop& on, std::shared_ptr<const root_folder> root, path folder,
                                                    detail what);

// The thing itself, links not followed, as an entry named `name`.
result<entry> entry_of(int folder, std::string name);

// Removes what crashed uploads left in the folder `at`, untouched for `so_long`; whether there was anything. Blocks.
bool remove_stale_uploads(const place& at, std::chrono::seconds so_long);

}  // namespace ferry::storage::local
