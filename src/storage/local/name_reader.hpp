// The names in an open folder, as the kernel gives them.
#pragma once

#include <dirent.h>

#include <memory>
#include <optional>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "storage/storage.hpp"

namespace ferry::storage::local {

// Nothing where the file system does not say (DT_UNKNOWN).
std::optional<kind> kind_of(const dirent64& found);

// Blocks.
class name_reader {
 public:
  explicit name_reader(fd folder);
  int folder() const { return folder_.get(); }

  // Nullptr at the end.
  result<const dirent64*> next();
  result<void> rewind();

 private:
  fd folder_;
  std::unique_ptr<char[]> buffer_;
  std::size_t at_ = 0, end_ = 0;
};

}  // namespace ferry::storage::local
