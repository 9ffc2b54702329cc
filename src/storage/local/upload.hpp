// A file being written, seen from a worker: every member may block.
//
// A new file grows without a name (O_TMPFILE), or under a hidden one where the file system cannot do that, and takes
// its name when it is whole. It replaces a file as rename(2) does: other hard links of the old one keep the old bytes,
// and its extended attributes are not kept; permission bits are, and the owner where the system allows it. A file that
// may not be written may not be replaced either. A link at the end of the path stays: what it leads to is replaced.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "storage/local/root.hpp"

namespace ferry::storage::local {

// Room for `bytes` behind `from`, beyond the file's end, too. Errors: storage.full, storage.quota, storage.unsupported
result<void> set_aside(int file, std::uint64_t from, std::uint64_t bytes);

inline bool written_in_place(const create_options& options) {
  return options.how != create_options::how::replace && options.how != create_options::how::exclusive;
}

class upload {
 public:
  static result<std::unique_ptr<upload>> begin(const root_folder& root, const path& at, const create_options& options);
  ~upload();
  upload(const upload&) = delete;
  upload& operator=(const upload&) = delete;

  result<void> write(std::span<const char> first, std::span<const char> second);
  // Of another open file. Nothing: the two files do not lie where the kernel can do that.
  result<std::optional<std::size_t>> copy(int from, std::uint64_t offset, std::size_t length);
  result<void> publish(std::optional<file_time> modified);

  int descriptor() const { return file_.get(); }
  bool in_place() const { return written_in_place(options_); }

 private:
  upload(target where, const create_options& options) : where_(std::move(where)), options_(options) {}

  result<void> open_in_place();
  result<void> open_new(bool unnamed);
  result<void> open_hidden();
  result<void> reserve();
  void give_back() const;
  void nudge(std::uint64_t more);
  result<void> last_word() const;
  result<void> take_over(const info& old);
  result<void> sync() const;
  result<void> sync_folder() const;
  result<void> publish_unnamed();
  result<void> publish_hidden();
  result<void> link_as(const std::string& name) const;
  result<void> rename_hidden(unsigned flags);

  target where_;
  create_options options_;
  fd file_;
  std::string hidden_;  // the name to remove again
  std::uint64_t nudged_ = 0, written_ = 0;
};

}  // namespace ferry::storage::local
