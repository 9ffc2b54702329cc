// Patterns in NLST, LIST and MGET arguments: * ? [a-z] [!a-z] and \ before a character to be taken as itself.
#pragma once

#include <cstddef>
#include <string_view>

namespace ferry::proto {

// The work one match may cost; a name of 255 bytes against any pattern of 255 stays far below.
inline constexpr std::size_t max_glob_steps = 200'000;

// Whether the whole of `name` fits. '?' and [...] take one character (UTF-8; a byte that is not UTF-8 counts as one).
// '/' and a leading '.' are not special: the caller matches one name and decides about hidden ones. A '[' never closed
// is itself. The cost is pattern times name at the very most, never exponential.
// `steps` is what is left of the caller's budget for a whole listing; at 0 nothing matches any more.
bool glob_match(std::string_view pattern, std::string_view name, std::size_t& steps);
bool glob_match(std::string_view pattern, std::string_view name);

// Whether the text is a pattern: it holds a '*', '?' or '[' that no backslash precedes.
bool has_glob(std::string_view text);

}  // namespace ferry::proto
