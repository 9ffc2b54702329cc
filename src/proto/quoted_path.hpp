// The path in a 257 reply: between quotes, a quote in it doubled (RFC 959 appendix II).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

std::string quote_path(std::string_view path);  // "path" with its quotes

// The path in a 257's text. A server that sends no quotes is believed up to the first space, if a '/' starts the text.
std::optional<std::string> parse_257(std::string_view text);

}  // namespace ferry::proto
