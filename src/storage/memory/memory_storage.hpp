// Files in memory, for tests and for programs that embed a server.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/storage.hpp"

namespace ferry::storage {

struct memory_options {
  std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();  // bytes of all files, unfinished ones included
  // Asked before each operation, by its name in storage.hpp ("stat", "read", "write", "commit"...): an error is what
  // the operation then fails with. Called on whatever thread the operation runs on.
  std::function<std::optional<error>(std::string_view operation, const path& at)> fault;
  std::function<file_time()> now;  // of new and changed files; the system's clock when empty
};

class memory_tree;  // thread-safe; shared by every session that may see it

std::shared_ptr<memory_tree> make_memory_tree(memory_options options = {});
std::unique_ptr<storage> open_memory(std::shared_ptr<memory_tree> tree);

// What the interface of storage has no verb for.
result<void> add_link(memory_tree& tree, const path& at, std::string target);

}  // namespace ferry::storage
