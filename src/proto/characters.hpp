// The UTF-8 characters of names that came from outside, one by one.
#pragma once

#include <cstddef>
#include <string_view>

namespace ferry::proto {

struct character {
  char32_t code = 0;       // U+FFFD when the bytes are not UTF-8
  std::string_view bytes;  // at least one
  bool valid = true;
};

// Takes the first character off `text`, which is not empty. A byte that no UTF-8 character begins with, or whose
// character is cut short, over-long or a surrogate, comes alone.
character take_character(std::string_view& text);

// May stand in a line on a terminal: not a control, not a line or paragraph separator, not a mark that turns the
// direction of what follows.
bool shows_as_itself(char32_t code);

}  // namespace ferry::proto
