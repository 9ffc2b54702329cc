// Folders of this machine, as storage from which nothing of a server can lead out.
#pragma once

#include <memory>
#include <string>

#include "net/loop.hpp"
#include "storage/storage.hpp"

namespace ferry::cli {

// Errors: those of storage, with the folder's name in the cause
result<std::unique_ptr<storage::storage>> open_folder(net::loop& on, const std::string& folder);
result<std::unique_ptr<storage::storage>> open_or_make_folder(net::loop& on, const std::string& folder);

result<std::string> real_path(const std::string& file);  // links followed. Errors: local.file

// A file of this machine: the storage that it lies in, and its path there. Links on the way are followed.
struct local_file {
  std::unique_ptr<storage::storage> in;
  storage::path at;
};
result<local_file> existing_file(net::loop& on, const std::string& file);  // Errors: local.file
result<local_file> future_file(net::loop& on, const std::string& file);    // its folder exists

}  // namespace ferry::cli
