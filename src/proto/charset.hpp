// Names in the charset of a client that knows no UTF-8 (RFC 2640 asks for UTF-8; many old clients do not do it).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ferry::proto {

// Every name comes back as it was: a character that the charset lacks, and a byte that is not UTF-8, become "%XX" for
// each of their bytes, and a '%' that would be read so becomes "%25". May be used by all threads.
class charset {
 public:
  // By any name that iconv(3) knows and of which ASCII is a part. Blocks. Errors: charset.unknown, charset.not_ascii
  static result<std::shared_ptr<const charset>> open(const std::string& name);
  ~charset();
  charset(const charset&) = delete;
  charset& operator=(const charset&) = delete;

  std::string to_client(std::string_view utf8) const;
  // Nothing when it is no text in this charset.
  std::optional<std::string> to_utf8(std::string_view text) const;
  static std::string unescape(std::string_view utf8);                   // what "%XX" stands for
  std::optional<std::string> from_client(std::string_view text) const;  // both
  const std::string& name() const { return name_; }

 private:
  explicit charset(std::string name) : name_(std::move(name)) {}
  std::optional<std::string> convert(void* by, std::string_view text) const;
  void append(std::string& out, std::string_view character) const;

  std::string name_;
  mutable std::mutex mutex_;  // of both
  void* out_ = nullptr;       // iconv_t: from UTF-8
  void* in_ = nullptr;        // to it
};

}  // namespace ferry::proto
