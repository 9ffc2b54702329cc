#include "storage/storage_contract.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "storage/local/local_storage.hpp"
#include "storage/local/root.hpp"
#include "storage/memory/memory_storage.hpp"

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

class in_folder : public contract_subject {
 public:
  explicit in_folder(bool unnamed_uploads, const std::string& parent = std::filesystem::temp_directory_path())
      : folder_(parent + "/ferry-contract-XXXXXX") {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    auto opened = open_root(folder_);
    EXPECT_TRUE(opened) << opened.error().cause;
    std::const_pointer_cast<root_folder>(*opened)->unnamed_uploads = unnamed_uploads;
    root_ = *opened;
  }
  ~in_folder() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<storage> open(net::loop& on) override { return open_local(on, root_).value(); }
  void add_link(const path& at, const std::string& target) override {
    EXPECT_EQ(::symlink(target.c_str(), (folder_ + std::string(at.text())).c_str()), 0);
  }

 private:
  std::string folder_;
  std::shared_ptr<const root_folder> root_;
};

INSTANTIATE_TEST_SUITE_P(
    stores, storage_contract,
    testing::Values(contract_store{"memory", [] { return std::make_unique<in_memory>(); }},
                    contract_store{"local", [] { return std::make_unique<in_folder>(true); }},
                    contract_store{"local_without_tmpfile", [] { return std::make_unique<in_folder>(false); }},
                    contract_store{"local_in_memory", [] { return std::make_unique<in_folder>(true, "/dev/shm"); }}),
    name_of);

}  // namespace
}  // namespace ferry::storage
