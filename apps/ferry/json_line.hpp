// One JSON object on one line, written field after field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ferry::cli {

class json_line {
 public:
  json_line& add(std::string_view name, std::string_view value);  // bytes that are not UTF-8 become U+FFFD
  json_line& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  json_line& add(std::string_view name, std::uint64_t value);
  json_line& add(std::string_view name, int value);
  json_line& add(std::string_view name, bool value);
  json_line& seconds(std::string_view name, double value);
  // The name of a file; when it is not UTF-8, NAME_hex holds its bytes.
  json_line& path(std::string_view name, std::string_view bytes);

  std::string done() const { return text_ + '}'; }

 private:
  void begin(std::string_view name);
  std::string text_ = "{";
};

}  // namespace ferry::cli
