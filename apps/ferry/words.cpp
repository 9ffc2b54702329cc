#include "ferry/words.hpp"

namespace ferry::cli {

split_line split_words(std::string_view line) {
  split_line out;
  char quote = 0;
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    bool escapes = c == '\\' && quote != '\'' && i + 1 < line.size();
    if (!quote && !escapes && (c == ' ' || c == '\t')) {
      inside = false;
      continue;
    }
    if (!inside) {
      out.words.emplace_back();
      inside = true;
    }
    if (escapes) {
      out.words.back() += line[++i];
    } else if (c == quote) {
      quote = 0;
    } else if (!quote && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      out.words.back() += c;
    }
  }
  out.open_word = inside;
  out.open_quote = quote != 0;
  return out;
}

std::string quoted_word(std::string_view text) {
  constexpr std::string_view special = " \t'\"\\!*?[&";
  std::string out;
  for (char c : text) {
    if (special.contains(c)) out += '\\';
    out += c;
  }
  return out.empty() ? "''" : out;
}

}  // namespace ferry::cli
