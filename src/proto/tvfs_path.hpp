// A path as the protocol sees it: absolute, "/"-separated, without ".", ".." or empty parts (TVFS, RFC 3659 section 6).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

class tvfs_path {
 public:
  tvfs_path() = default;  // the root

  // `text` as a client sends it, seen from `this`: an absolute path stands for itself. ".." at the root stays there.
  // Nothing when the path or one of its parts is longer than a file system takes, or holds a NUL.
  std::optional<tvfs_path> resolve(std::string_view text) const;

  std::string_view text() const { return text_; }  // "/", "/a/b"
  std::string_view relative() const {
    return text_.size() == 1 ? "." : std::string_view(text_).substr(1);
  }  // ".", "a/b"
  std::string_view name() const;  // the last part; empty for the root
  tvfs_path parent() const;
  tvfs_path child(std::string_view name) const;
  bool root() const { return text_.size() == 1; }
  bool within(const tvfs_path& folder) const;  // equal to it or below it

  friend bool operator==(const tvfs_path&, const tvfs_path&) = default;

 private:
  std::string text_ = "/";
};

}  // namespace ferry::proto
