// An upload as the loop sees it.
#pragma once

#include "net/loop.hpp"
#include "storage/local/upload.hpp"
#include "storage/storage.hpp"

namespace ferry::storage::local {

std::unique_ptr<sink> make_sink(net::loop& on, std::unique_ptr<upload> file);

}  // namespace ferry::storage::local
