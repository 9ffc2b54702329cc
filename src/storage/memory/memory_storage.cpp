#include "storage/memory/memory_storage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "storage/errors.hpp"
#include "storage/limits.hpp"
#include "storage/memory/memory_tree.hpp"

namespace ferry::storage {
namespace memory {
namespace {

using how = enum create_options::how;
using tree_ptr = std::shared_ptr<memory_tree>;

class memory_source final : public source {
 public:
  memory_source(tree_ptr tree, path at, node_ptr file)
      : tree_(std::move(tree)), at_(std::move(at)), file_(std::move(file)), about_(facts_of(*file_)) {}

  const info& about() const override { return about_; }

  task<result<std::size_t>> read(std::uint64_t offset, std::span<char> into) override {
    auto work = [&]() -> result<std::size_t> { return file_->file->read(offset, into); };
    co_return tree_->perform("read", at_, work);
  }

 private:
  tree_ptr tree_;
  path at_;
  node_ptr file_;
  info about_;
};

class memory_sink final : public sink {
 public:
  // Under the tree's lock. `file` is in `where` already when it is written in place.
  memory_sink(tree_ptr tree, path at, create_options options, spot where, node_ptr file)
      : tree_(std::move(tree)),
        at_(std::move(at)),
        options_(options),
        where_(std::move(where)),
        file_(std::move(file)) {
    if (options_.how == how::append) written_to_ = file_->file->size();
    if (options_.how == how::at || options_.how == how::within) written_to_ = options_.offset;
  }

  task<result<void>> write(std::span<const char> from) override {
    auto work = [&]() -> result<void> {
      if (options_.how == how::append) written_to_ = file_->file->size();
      if (!file_->file->write(written_to_, from)) return failure(ENOSPC);
      written_to_ += from.size();
      file_->facts.modified = tree_->now();
      return {};
    };
    if (status_) status_ = tree_->perform("write", at_, work);
    co_return status_;
  }

  // What was set aside for a file that is written in place, and not needed.
  ~memory_sink() override { file_->file->give_back(); }

  void set_modified(file_time when) override { modified_ = when; }

  task<result<void>> commit() override {
    if (!status_) co_return status_;
    auto done = tree_->perform("commit", at_, [&] { return publish(); });
    status_ = done ? fail("storage.failed", "The upload is complete") : done;
    co_return done;
  }

 private:
  result<void> publish() {
    if (options_.last_word) {
      if (auto yes = options_.last_word(); !yes) return yes;
    }
    if (options_.how == how::at) file_->file->cut(written_to_);
    file_->file->give_back();
    if (modified_) file_->facts.modified = *modified_;
    if (options_.how != how::replace && options_.how != how::exclusive) return {};
    if (where_.folder().removed) return failure(ENOENT);
    auto old = where_.folder().children.find(where_.name);
    if (old != where_.folder().children.end()) {
      if (options_.how == how::exclusive) return failure(EEXIST);
      if (old->second->facts.type == kind::directory) return failure(EISDIR);
      file_->facts.mode = old->second->facts.mode;
    }
    tree_->put(where_.folder(), where_.name, file_);
    return {};
  }

  tree_ptr tree_;
  path at_;
  create_options options_;
  spot where_;
  node_ptr file_;
  std::uint64_t written_to_ = 0;
  std::optional<file_time> modified_;
  result<void> status_;  // the first failure stays
};

class memory_removal final : public removal {
 public:
  memory_removal(tree_ptr tree, path at) : tree_(std::move(tree)), at_(std::move(at)) {}

  task<result<std::size_t>> next() override {
    auto work = [&]() -> result<std::size_t> {
      auto there = tree_->find(at_, false);
      if (!there) return std::size_t{0};
      std::size_t left = limit::removal_batch;
      if (empty(*there->found, left)) {
        tree_->drop(there->folder(), there->name);
        --left;
      }
      return limit::removal_batch - left;
    };
    co_return tree_->perform("remove_tree", at_, work);
  }

 private:
  // Whether the folder has come to be empty, with one of `left` still to be had.
  bool empty(node& folder, std::size_t& left) {
    while (!folder.children.empty()) {
      auto first = folder.children.begin();
      const bool below = first->second->facts.type == kind::directory;
      if ((below && !empty(*first->second, left)) || left == 0) return false;
      tree_->drop(folder, std::string(first->first));
      --left;
    }
    return left > 0;
  }

  tree_ptr tree_;
  path at_;
};

class memory_reservation final : public reservation {
 public:
  explicit memory_reservation(node_ptr held) : held_(std::move(held)) {}
  task<> give_back() override {
    held_.reset();
    co_return;
  }

 private:
  node_ptr held_;
};

class memory_listing final : public listing {
 public:
  memory_listing(tree_ptr tree, path at, node_ptr folder)
      : tree_(std::move(tree)), at_(std::move(at)), folder_(std::move(folder)) {}

  task<result<bool>> next(std::vector<entry>& batch) override {
    auto work = [&]() -> result<bool> {
      batch.clear();
      auto from = last_.empty() ? folder_->children.begin() : folder_->children.upper_bound(last_);
      for (; from != folder_->children.end() && batch.size() < limit::listing_batch; ++from) {
        batch.push_back(entry_of(from->first, *from->second));
      }
      if (!batch.empty()) last_ = batch.back().name;
      return !batch.empty();
    };
    co_return tree_->perform("next", at_, work);
  }

 private:
  tree_ptr tree_;
  path at_;
  node_ptr folder_;
  std::string last_;  // the name told of last
};

class single_listing final : public listing {
 public:
  explicit single_listing(entry only) : only_(std::move(only)) {}

  task<result<bool>> next(std::vector<entry>& batch) override {
    batch.clear();
    if (only_) batch.push_back(std::move(*only_));
    only_.reset();
    co_return !batch.empty();
  }

 private:
  std::optional<entry> only_;
};

class memory_storage final : public storage {
 public:
  explicit memory_storage(tree_ptr tree) : tree_(std::move(tree)) {}

  task<result<info>> stat(path at) override {
    auto work = [&]() -> result<info> {
      auto there = tree_->find(at, true);
      if (!there) return std::unexpected(there.error());
      return facts_of(*there->found);
    };
    co_return tree_->perform("stat", at, work);
  }

  task<result<entry>> look(path at) override {
    auto work = [&]() -> result<entry> {
      auto there = tree_->find(at, false);
      if (!there) return std::unexpected(there.error());
      return entry_of(std::string(at.name()), *there->found);
    };
    co_return tree_->perform("look", at, work);
  }

  task<result<std::unique_ptr<listing>>> list(path folder, detail) override {
    auto work = [&]() -> result<std::unique_ptr<listing>> {
      auto there = tree_->find(folder, true);
      if (there && there->found->facts.type == kind::directory) {
        return std::make_unique<memory_listing>(tree_, folder, there->found);
      }
      auto itself = tree_->find(folder, false);
      if (!itself) return std::unexpected(itself.error());
      return std::make_unique<single_listing>(entry_of(std::string(folder.name()), *itself->found));
    };
    co_return tree_->perform("list", folder, work);
  }

  task<result<std::unique_ptr<source>>> open(path at) override {
    auto work = [&]() -> result<std::unique_ptr<source>> {
      auto there = tree_->find(at, true);
      if (!there) return std::unexpected(there.error());
      if (there->found->facts.type == kind::directory) return failure(EISDIR);
      return std::make_unique<memory_source>(tree_, at, there->found);
    };
    co_return tree_->perform("open", at, work);
  }

  task<result<std::unique_ptr<sink>>> create(path at, create_options options) override {
    co_return tree_->perform("create", at, [&] { return begin(at, options); });
  }

  task<result<void>> make_directory(path at) override {
    auto work = [&]() -> result<void> {
      auto there = tree_->walk(at, false);
      if (!there) return std::unexpected(there.error());
      if (there->found) return failure(EEXIST);
      tree_->put(there->folder(), there->name, tree_->make(kind::directory, 0755));
      return {};
    };
    co_return tree_->perform("make_directory", at, work);
  }

  task<result<void>> remove_directory(path at) override {
    auto work = [&]() -> result<void> {
      auto there = tree_->find(at, false);
      if (!there) return std::unexpected(there.error());
      if (at.root()) return the_root();
      if (there->found->facts.type != kind::directory) return failure(ENOTDIR);
      if (!there->found->children.empty()) return failure(ENOTEMPTY);
      tree_->drop(there->folder(), there->name);
      return {};
    };
    co_return tree_->perform("remove_directory", at, work);
  }

  task<result<void>> remove(path at) override {
    auto work = [&]() -> result<void> {
      auto there = tree_->find(at, false);
      if (!there) return std::unexpected(there.error());
      if (there->found->facts.type == kind::directory) return failure(EISDIR);
      tree_->drop(there->folder(), there->name);
      return {};
    };
    co_return tree_->perform("remove", at, work);
  }

  task<result<std::unique_ptr<removal>>> remove_tree(path folder) override {
    auto work = [&]() -> result<std::unique_ptr<removal>> {
      auto there = tree_->find(folder, false);
      if (!there) return std::unexpected(there.error());
      if (folder.root()) return the_root();
      if (there->found->facts.type != kind::directory) return failure(ENOTDIR);
      return std::make_unique<memory_removal>(tree_, folder);
    };
    co_return tree_->perform("remove_tree", folder, work);
  }

  task<result<void>> make_link(path at, path to) override {
    auto work = [&]() -> result<void> {
      auto there = tree_->walk(at, false);
      if (!there) return std::unexpected(there.error());
      if (there->found) return failure(EEXIST);
      auto link = tree_->make(kind::link, 0777);
      link->target = relative_link(at, to);
      tree_->put(there->folder(), there->name, std::move(link));
      return {};
    };
    co_return tree_->perform("make_link", at, work);
  }

  task<result<void>> rename(path from, path to) override {
    co_return tree_->perform("rename", from, [&] { return move(from, to); });
  }

  task<result<void>> set_modified(path at, file_time when) override {
    auto work = [&]() -> result<void> {
      auto there = tree_->find(at, true);
      if (!there) return std::unexpected(there.error());
      there->found->facts.modified = when;
      return {};
    };
    co_return tree_->perform("set_modified", at, work);
  }

  task<result<void>> set_mode(path at, std::uint16_t mode) override {
    auto work = [&]() -> result<void> {
      auto there = tree_->find(at, true);
      if (!there) return std::unexpected(there.error());
      there->found->facts.mode = mode & 0777;
      return {};
    };
    co_return tree_->perform("set_mode", at, work);
  }

  task<result<space>> available(path at) override {
    auto work = [&]() -> result<space> {
      auto there = tree_->find(at, true);
      if (!there) return std::unexpected(there.error());
      return space{tree_->capacity() - tree_->used(), tree_->capacity()};
    };
    co_return tree_->perform("available", at, work);
  }

  task<result<std::unique_ptr<reservation>>> reserve(path folder, std::uint64_t bytes) override {
    auto work = [&]() -> result<std::unique_ptr<reservation>> {
      auto there = tree_->find(folder, true);
      if (!there) return std::unexpected(there.error());
      if (there->found->facts.type != kind::directory) return failure(ENOTDIR);
      auto held = tree_->make(kind::file, 0);
      if (!held->file->reserve(bytes)) return failure(ENOSPC);
      return std::make_unique<memory_reservation>(std::move(held));
    };
    co_return tree_->perform("reserve", folder, work);
  }

 private:
  result<std::unique_ptr<sink>> begin(const path& at, const create_options& options) {
    auto there = tree_->walk(at, options.how != how::exclusive);
    if (!there) return std::unexpected(there.error());
    node_ptr file = there->found;
    if (file && options.how == how::exclusive) return failure(EEXIST);
    if (file && file->facts.type == kind::directory) return failure(EISDIR);
    if ((options.how == how::at || options.how == how::within) && !file) return failure(ENOENT);
    if (options.how == how::at && options.offset > file->file->size()) return behind_the_end(file->file->size());
    if (options.how == how::append && !file) {
      file = tree_->make(kind::file, options.mode);
      tree_->put(there->folder(), there->name, file);
    }
    if (options.how == how::replace || options.how == how::exclusive) file = tree_->make(kind::file, options.mode);
    const auto start = options.how == how::append ? file->file->size() : options.offset;
    if (options.reserve > UINT64_MAX - start ||
        (options.reserve > 0 && !file->file->reserve(start + options.reserve))) {
      return failure(ENOSPC);
    }
    return std::make_unique<memory_sink>(tree_, at, options, std::move(*there), std::move(file));
  }

  result<void> move(const path& from, const path& to) {
    auto old = tree_->find(from, false);
    if (!old) return std::unexpected(old.error());
    auto fresh = tree_->walk(to, false);
    if (!fresh) return std::unexpected(fresh.error());
    if (from.root() || to.root()) return the_root();
    bool folder = old->found->facts.type == kind::directory;
    if (std::ranges::find(fresh->folders, old->found) != fresh->folders.end()) return failure(EINVAL);
    if (old->found == fresh->found) return {};
    if (fresh->found) {
      bool onto_folder = fresh->found->facts.type == kind::directory;
      if (onto_folder && !folder) return failure(EISDIR);
      if (!onto_folder && folder) return failure(ENOTDIR);
      if (!fresh->found->children.empty()) return failure(ENOTEMPTY);
      tree_->drop(fresh->folder(), fresh->name);
    }
    old->folder().children.erase(old->name);
    tree_->put(fresh->folder(), fresh->name, old->found);
    return {};
  }

  tree_ptr tree_;
};

}  // namespace
}  // namespace memory

std::unique_ptr<storage> open_memory(std::shared_ptr<memory_tree> tree) {
  return std::make_unique<memory::memory_storage>(std::move(tree));
}

}  // namespace ferry::storage
