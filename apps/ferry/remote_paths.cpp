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
  auto out = to.text();
  // In a URL what is escaped is no part of a pattern.
  constexpr std::pair<std::string_view, char> marks[] = {{"%3F", '?'}, {"%5B", '['}, {"%5C", '\\'}, {"%5D", ']'}};
  for (const auto& [escaped, mark] : marks) {
    for (auto at = out.find(escaped); at != out.npos; at = out.find(escaped, at)) out.replace(at, 3, 1, mark);
  }
  return out;
}

}  // namespace ferry::cli
