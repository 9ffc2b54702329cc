// Words as a shell takes them: quotes, and \ before a character that is to be taken as itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ferry::cli {

struct split_line {
  std::vector<std::string> words;
  bool open_word = false;   // the last word may still grow: no space behind it
  bool open_quote = false;  // a quote has no end
};

split_line split_words(std::string_view line);

// `text` so that split_words() gives it back as one word.
std::string quoted_word(std::string_view text);

}  // namespace ferry::cli
