// An upload as the loop sees it.
#pragma once

#include "net/loop.hpp"
#include "storage/local/upload.hpp"
#include "storage/storage.hpp"

namespace ferry::storage::local {

task<result<std::unique_ptr<sink>>> make_sink(net::loop& on, std::shared_ptr<const root_folder> root, path at,
                                              create_options options);

}  // namespace ferry::storage::local
