// Whatever a client sends, a path stays in order and inside; and it is the same by each way that leads to it.
#include "proto/tvfs_path.hpp"

#include <cstdlib>

using namespace ferry::proto;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

bool in_order(const tvfs_path& path) {
  auto left = path.text();
  if (!left.starts_with('/')) return false;
  if (path.root()) return left == "/";
  while (!left.empty()) {
    left.remove_prefix(1);
    const auto part = left.substr(0, left.find('/'));
    if (part.empty() || part == "." || part == ".." || part.size() > 255 || part.find('\0') != part.npos) return false;
    left.remove_prefix(part.size());
  }
  return true;
}

}  // namespace

// The first line is the folder, the rest is seen from it.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  const auto line = std::min(in.find('\n'), in.size());
  const auto folder = tvfs_path().resolve(in.substr(0, line));
  if (!folder) return 0;
  must(in_order(*folder));
  const auto text = in.substr(std::min(line + 1, in.size()));
  const auto path = folder->resolve(text);
  if (!path) return 0;
  must(in_order(*path));
  must(path->text().size() <= 4096);
  must(path->within(tvfs_path()));
  must(tvfs_path().resolve(path->text()) == path);
  must(folder->resolve(path->text()) == path);
  if (!path->root()) {
    must(path->parent().child(path->name()) == *path);
    must(path->within(path->parent()) && !path->parent().within(*path));
    must(path->resolve("..") == path->parent());
    must(path->parent().resolve(path->name()) == path);
  }
  const std::string from_root = std::string(folder->text()) + "/" + std::string(text);
  if (!text.starts_with('/')) {
    // It may be too long in this form.
    const auto same = tvfs_path().resolve(from_root);
    must(!same || same == path);
  }
  return 0;
}
