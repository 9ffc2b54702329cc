#include "storage/storage_contract.hpp"

#include <unistd.h>

#include <filesystem>

#include "storage/local/local_storage.hpp"
#include "storage/local/root.hpp"
#include "storage/memory/memory_storage.hpp"
#include "support/slow_fs.hpp"

namespace ferry::storage {
namespace {

class in_memory final : public contract_subject {
 public:
  std::unique_ptr<storage> open(net::loop&) override { return open_memory(tree_); }
  void add_link(const path& at, const std::string& target) override {
    EXPECT_TRUE(ferry::storage::add_link(*tree_, at, target));
  }

 private:
  std::shared_ptr<memory_tree> tree_ = make_memory_tree();
};

class in_folder final : public contract_subject {
 public:
  explicit in_folder(bool unnamed_uploads, const std::string& parent = std::filesystem::temp_directory_path())
      : folder_(parent) {
    auto opened = open_root(folder_.path()).value();
    std::const_pointer_cast<root_folder>(opened)->unnamed_uploads = unnamed_uploads;
    root_ = opened;
  }

  std::unique_ptr<storage> open(net::loop& on) override { return open_local(on, root_).value(); }
  void add_link(const path& at, const std::string& target) override {
    EXPECT_EQ(::symlink(target.c_str(), (folder_.path() + std::string(at.text())).c_str()), 0);
  }

 private:
  scratch_folder folder_;
  std::shared_ptr<const root_folder> root_;
};

class over_fuse final : public contract_subject {
 public:
  explicit over_fuse(std::unique_ptr<support::slow_fs> mounted)
      : mounted_(std::move(mounted)), folder_(true, mounted_->path()) {}

  std::unique_ptr<storage> open(net::loop& on) override { return folder_.open(on); }
  void add_link(const path& at, const std::string& target) override { folder_.add_link(at, target); }

  static std::unique_ptr<contract_subject> make() {
    auto mounted = support::slow_fs::mount();
    return mounted ? std::make_unique<over_fuse>(std::move(mounted)) : nullptr;
  }

 private:
  std::unique_ptr<support::slow_fs> mounted_;
  in_folder folder_;
};

INSTANTIATE_TEST_SUITE_P(
    stores, storage_contract,
    testing::Values(contract_store{"memory", [] { return std::make_unique<in_memory>(); }},
                    contract_store{"local", [] { return std::make_unique<in_folder>(true); }},
                    contract_store{"local_without_tmpfile", [] { return std::make_unique<in_folder>(false); }},
                    contract_store{"local_in_memory", [] { return std::make_unique<in_folder>(true, "/dev/shm"); }},
                    contract_store{"local_over_fuse", over_fuse::make}),
    name_of);

}  // namespace
}  // namespace ferry::storage
