#include "proto/host_name.hpp"

#include <algorithm>

namespace ferry::proto {

std::optional<std::string> read_host_name(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool bracketed = out.starts_with('[') && out.ends_with(']');
  const auto inside = bracketed ? out.substr(1, out.size() - 2) : out;
  const bool possible = !inside.empty() && std::ranges::all_of(inside, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           (c == ':' && bracketed) || static_cast<unsigned char>(c) >= 0x80;
  });
  if (!possible) return std::nullopt;
  if (out.ends_with('.')) out.pop_back();
  return out;
}

}  // namespace ferry::proto
