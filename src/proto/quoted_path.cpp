#include "proto/quoted_path.hpp"

namespace ferry::proto {

std::string quote_path(std::string_view path) {
  std::string out = "\"";
  for (const char c : path) {
    out += c;
    if (c == '"') out += c;
  }
  return out += '"';
}

std::optional<std::string> take_quoted(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::string path;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (i + 1 == text.size() || text[i + 1] != '"') {
        text.remove_prefix(i + 1);
        return path;
      }
      ++i;
    }
    path += text[i];
  }
  return std::nullopt;
}

std::optional<std::string> parse_257(std::string_view text) {
  const auto open = text.find('"');
  if (open == text.npos) {
    if (!text.starts_with('/')) return std::nullopt;
    return std::string(text.substr(0, text.find(' ')));
  }
  text.remove_prefix(open);
  return take_quoted(text);
}

}  // namespace ferry::proto
