#include "proto/mode.hpp"

#include <algorithm>

namespace ferry::proto {

bool is_restart_marker(std::string_view text) {
  return !text.empty() && text.size() <= longest_marker &&
         std::ranges::all_of(text, [](char each) { return each > ' ' && each < '\x7f'; });
}

}  // namespace ferry::proto
