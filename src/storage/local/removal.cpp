#include "storage/local/removal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "storage/errors.hpp"
#include "storage/limits.hpp"
#include "storage/local/name_reader.hpp"
#include "storage/local/retire.hpp"

namespace ferry::storage::local {
namespace {

// Goes down by descriptors: whoever puts a link in the place of a folder meanwhile leads it nowhere. Blocks.
class tree_remover {
 public:
  static result<std::unique_ptr<tree_remover>> begin(const root_folder& root, const path& at) {
    if (at.root()) return the_root();
    auto where = place_of(root, at);
    if (!where) return std::unexpected(where.error());
    std::unique_ptr<tree_remover> out(new tree_remover(std::move(where->folder)));
    if (auto entered = out->enter(where->name); !entered) return std::unexpected(entered.error());
    return out;
  }

  result<std::size_t> remove(std::size_t most) {
    std::size_t count = 0;
    while (count < most && !open_.empty()) {
      auto removed = step();
      if (!removed) return std::unexpected(removed.error());
      if (*removed) ++count;
    }
    return count;
  }

 private:
  struct level {
    std::string name;
    ino_t inode;
    std::optional<name_reader> names;  // nothing: it is far above, and is opened again when there is nothing below it
    bool again = false;                // it was read to its end, and not empty then
  };

  explicit tree_remover(fd above) : above_(std::move(above)) {}

  int above(std::size_t depth) const { return depth == 0 ? above_.get() : open_[depth - 1].names->folder(); }

  result<void> enter(const std::string& name) {
    if (open_.size() >= limit::removal_depth) {
      return fail("storage.unsupported", "The folders lie too deep in one another", "remove the inner ones first");
    }
    fd folder(::openat(above(open_.size()), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return errno == ELOOP ? failure(ENOTDIR) : failure(errno);
    struct stat about;
    if (::fstat(folder.get(), &about) != 0) return failure(errno);
    if (open_.empty()) device_ = about.st_dev;
    if (about.st_dev != device_) {
      return fail("storage.denied", "Another file system is mounted in there", "remove what lies beside it");
    }
    open_.push_back({name, about.st_ino, name_reader(std::move(folder))});
    if (open_.size() > limit::removal_open) open_[open_.size() - 1 - limit::removal_open].names.reset();
    return {};
  }

  // Whether anything was removed by it.
  result<bool> step() {
    auto& now = open_.back();
    auto found = now.names->next();
    if (!found) return std::unexpected(found.error());
    if (!*found) return leave();
    const std::string name = (*found)->d_name;
    if (name == "." || name == "..") return false;
    auto type = kind_of(**found);
    if (!type || *type != kind::directory) {
      if (::unlinkat(now.names->folder(), name.c_str(), 0) == 0) return true;
      if (errno == ENOENT) return false;
      if (errno != EISDIR && (type || errno != EPERM)) return failure(errno);
    }
    if (auto entered = enter(name); !entered) {
      if (entered.error().code == std::errc::no_such_file_or_directory) return false;
      return std::unexpected(entered.error());
    }
    return false;
  }

  // The folder above the inmost, by way of that one; somebody may have moved that one elsewhere.
  result<void> open_above() {
    if (open_.size() < 2 || open_[open_.size() - 2].names) return {};
    auto& wanted = open_[open_.size() - 2];
    fd folder(::openat(open_.back().names->folder(), "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat about;
    if (!folder || ::fstat(folder.get(), &about) != 0) return failure(errno);
    if (about.st_dev != device_ || about.st_ino != wanted.inode) {
      return fail("storage.changed", "A folder in there was moved meanwhile", "see what is left");
    }
    wanted.names.emplace(std::move(folder));
    return {};
  }

  result<bool> leave() {
    if (auto opened = open_above(); !opened) return std::unexpected(opened.error());
    auto& now = open_.back();
    const bool gone = ::unlinkat(above(open_.size() - 1), now.name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
    if (!gone && (errno == ENOTEMPTY || errno == EEXIST) && !std::exchange(now.again, true)) {
      // A file system may pass over entries while others of the folder vanish.
      if (auto rewound = now.names->rewind(); !rewound) return std::unexpected(rewound.error());
      return false;
    }
    if (!gone) return failure(errno);
    open_.pop_back();
    return true;
  }

  fd above_;
  dev_t device_ = 0;  // what is mounted below is not ours to empty
  std::vector<level> open_;
};

class local_removal final : public removal {
 public:
  local_removal(net::loop& on, std::unique_ptr<tree_remover> what) : loop_(on), what_(std::move(what)) {}
  ~local_removal() override { retire(loop_, std::move(what_)); }

  task<result<std::size_t>> next() override {
    auto work = [&] { return what_->remove(limit::removal_batch); };
    co_return co_await loop_.offload(work);
  }

 private:
  net::loop& loop_;
  std::unique_ptr<tree_remover> what_;
};

}  // namespace

task<result<std::unique_ptr<removal>>> make_removal(net::loop& on, std::shared_ptr<const root_folder> root,
                                                    path folder) {
  auto work = [&] { return tree_remover::begin(*root, folder); };
  auto begun = co_await on.offload(work);
  if (!begun) co_return std::unexpected(begun.error());
  co_return std::make_unique<local_removal>(on, std::move(*begun));
}

}  // namespace ferry::storage::local
