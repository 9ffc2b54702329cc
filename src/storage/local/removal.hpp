// A folder of this machine on its way out.
#pragma once

#include "net/loop.hpp"
#include "storage/local/root.hpp"
#include "storage/storage.hpp"

namespace ferry::storage::local {

task<result<std::unique_ptr<removal>>> make_removal(net::loop& on, std::shared_ptr<const root_folder> root,
                                                    path folder);

}  // namespace ferry::storage::local
