// The matcher agrees with the plain recursive definition where that is affordable, and keeps to its budget.
#include "proto/glob.hpp"

#include <cstdlib>

using namespace ferry::proto;

namespace {

// Stars and plain bytes only.
bool defined_match(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '*')
    return defined_match(pattern.substr(1), name) || (!name.empty() && defined_match(pattern, name.substr(1)));
  return !name.empty() && pattern.front() == name.front() && defined_match(pattern.substr(1), name.substr(1));
}

bool plain(std::string_view text) {
  for (const char c : text) {
    if (c == '?' || c == '[' || c == '\\' || (static_cast<unsigned char>(c) & 0x80)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  const auto cut = in.find('\n');
  if (cut == in.npos) return 0;
  const auto pattern = in.substr(0, cut), name = in.substr(cut + 1);
  std::size_t steps = max_glob_steps;
  const bool matched = glob_match(pattern, name, steps);
  if (steps > max_glob_steps) std::abort();
  if (size < 20 && plain(in) && matched != defined_match(pattern, name)) std::abort();
  if (!has_glob(pattern) && pattern.find('\\') == pattern.npos && steps > 0 && matched != (pattern == name))
    std::abort();
  return 0;
}
