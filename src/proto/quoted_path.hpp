// The path in a 257 reply: between quotes, a quote in it doubled (RFC 959 appendix II).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

std::string quote_path(std::string_view path);  // "path" with its quotes

// Takes a quoted path off the front of `text`, its quotes with it. Nothing when there is none that ends.
std::optional<std::string> take_quoted(std::string_view& text);

// The path in a 257's text. A server that sends no quotes is believed up to the first space, if a '/' starts the text.
std::optional<std::string> parse_257(std::string_view text);

}  // namespace ferry::proto
