// A folder of this machine, held by openat2(RESOLVE_BENEATH): the kernel, not a string, keeps every path inside.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/loop.hpp"
#include "storage/limits.hpp"
#include "storage/storage.hpp"

namespace ferry::storage {

struct root_folder;  // an open folder, shared by every session that may see it

struct root_options {
  bool follow_links = true;  // those that stay inside; otherwise none, and a link is only a name
  std::chrono::seconds stale_upload = limit::stale_upload;  // longer than an upload may stand still
};

// Blocks. Errors: those of storage.hpp; storage.unsupported where the kernel is older than 5.15 or hides openat2.
result<std::shared_ptr<const root_folder>> open_root(const std::string& directory, const root_options& how = {});

result<std::unique_ptr<storage>> open_local(net::loop& on, std::shared_ptr<const root_folder> root);

}  // namespace ferry::storage
