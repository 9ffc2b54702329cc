#include "ferry/remote_paths.hpp"

#include "ferry/table.hpp"

namespace ferry::cli {

std::string resolved(std::string_view folder, std::string_view path) {
  std::vector<std::string_view> parts;
  auto walk = [&](std::string_view text) {
    for (auto part : split(text, '/')) {
      if (part == "..") {
        if (!parts.empty()) parts.pop_back();
      } else if (!part.empty() && part != ".") {
        parts.push_back(part);
      }
    }
  };
  if (!path.starts_with('/')) walk(folder);
  walk(path);
  std::string out;
  for (auto part : parts) {
    out += '/';
    out += part;
  }
  return out.empty() || (path.ends_with('/') && !parts.empty()) ? out + '/' : out;
}

std::string url_of(const client::url& where, std::string_view path) {
  auto to = where;
  to.path = std::string(path);
  to.type = client::url::data_type::unsaid;
  return to.text();
}

}  // namespace ferry::cli
