#include "proto/tvfs_path.hpp"

namespace ferry::proto {
namespace {

constexpr std::size_t path_max = 4095;  // Linux PATH_MAX without its NUL
constexpr std::size_t name_max = 255;

}  // namespace

std::optional<tvfs_path> tvfs_path::resolve(std::string_view text) const {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  tvfs_path out;
  if (!text.starts_with('/')) out = *this;
  while (!text.empty()) {
    auto slash = text.find('/');
    auto part = text.substr(0, slash);
    text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      out = out.parent();
      continue;
    }
    if (part.size() > name_max) return std::nullopt;
    if (!out.root()) out.text_ += '/';
    out.text_ += part;
    if (out.text_.size() > path_max) return std::nullopt;
  }
  return out;
}

std::string_view tvfs_path::name() const { return std::string_view(text_).substr(text_.rfind('/') + 1); }

tvfs_path tvfs_path::parent() const {
  tvfs_path out;
  auto slash = text_.rfind('/');
  if (slash > 0) out.text_ = text_.substr(0, slash);
  return out;
}

tvfs_path tvfs_path::child(std::string_view name) const {
  tvfs_path out = *this;
  if (!root()) out.text_ += '/';
  out.text_ += name;
  return out;
}

bool tvfs_path::within(const tvfs_path& folder) const {
  if (folder.root()) return true;
  return text_.starts_with(folder.text_) && (text_.size() == folder.text_.size() || text_[folder.text_.size()] == '/');
}

}  // namespace ferry::proto
