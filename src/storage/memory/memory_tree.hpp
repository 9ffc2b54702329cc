// The tree itself: nodes, and the walk along a path.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "storage/memory/memory_storage.hpp"

namespace ferry::storage {
namespace memory {

struct meter {
  std::uint64_t capacity;
  std::atomic<std::uint64_t> used = 0;
};

// The bytes of one file; they count against the capacity for as long as anyone holds them.
class content {
 public:
  explicit content(std::shared_ptr<meter> of) : meter_(std::move(of)) {}
  ~content() { meter_->used -= counted_; }
  content(const content&) = delete;
  content& operator=(const content&) = delete;

  std::uint64_t size() const { return bytes_.size(); }
  std::size_t read(std::uint64_t offset, std::span<char> into) const;
  bool write(std::uint64_t offset, std::span<const char> from);  // false: no room; `offset` is not behind the end
  void cut(std::uint64_t size);
  bool reserve(std::uint64_t size);  // false: no room
  void give_back();                  // what is reserved and not written

 private:
  std::shared_ptr<meter> meter_;
  std::string bytes_;
  std::uint64_t counted_ = 0;  // of the capacity: at least the bytes
};

struct node {
  info facts;  // `size` is kept by facts_of()
  std::shared_ptr<content> file;
  std::string target;                                       // of a link
  std::map<std::string, std::shared_ptr<node>> children{};  // of a folder
  bool removed = false;                                     // a folder without a name takes no more entries
};
using node_ptr = std::shared_ptr<node>;

info facts_of(const node& n);
entry entry_of(std::string name, const node& n);

// Where a path ends: what is there, and the folder and name that it has. The root has neither.
struct spot {
  std::vector<node_ptr> folders;  // from the root to the folder
  std::string name;
  node_ptr found;  // empty when the name is free

  node& folder() const { return *folders.back(); }
};

}  // namespace memory

class memory_tree {
 public:
  explicit memory_tree(memory_options options);

  // Does `work`, which returns a result, alone on the tree, unless a fault was ordered for the operation.
  template <class F>
  std::invoke_result_t<F&> perform(std::string_view operation, const path& at, F work) {
    if (options_.fault) {
      if (auto told = options_.fault(operation, at)) return std::unexpected(std::move(*told));
    }
    std::lock_guard held(lock_);
    return work();
  }

  // What follows is for `work` alone.
  std::uint64_t capacity() const { return options_.capacity; }
  std::uint64_t used() const { return room_->used; }
  file_time now() const;

  memory::node_ptr make(kind type, std::uint16_t mode);
  void put(memory::node& folder, const std::string& name, memory::node_ptr what);
  void drop(memory::node& folder, const std::string& name);

  // As the kernel walks: links on the way are followed, one at the end only if `follow`; none leads out of the root.
  result<memory::spot> walk(const path& at, bool follow) const;
  // The same, where something must be.
  result<memory::spot> find(const path& at, bool follow) const;

 private:
  const memory_options options_;
  const std::shared_ptr<memory::meter> room_;
  std::mutex lock_;  // of all that follows
  std::uint64_t last_inode_ = 0;
  memory::node_ptr root_;
};

}  // namespace ferry::storage
