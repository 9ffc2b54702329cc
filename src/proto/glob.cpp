#include "proto/glob.hpp"

#include <cstdint>

namespace ferry::proto {
namespace {

// One character off the front of a non-empty `text`: a code point of well-formed UTF-8 in its shortest shape is not
// asked for here, only that lead and continuation bytes agree. A stray byte has a value no code point has.
std::uint32_t take(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  std::uint32_t value = length > 1 ? lead & (0x7Fu >> length) : lead;
  bool whole = length > 0 && length <= text.size();
  for (std::size_t i = 1; whole && i < length; ++i) {
    whole = byte(i) >> 6 == 2;
    value = value << 6 | (byte(i) & 0x3F);
  }
  text.remove_prefix(whole ? length : 1);
  return whole ? value : 0x80000000u + lead;
}

class matcher {
 public:
  matcher(std::string_view pattern, std::string_view name, std::size_t& steps)
      : pattern_(pattern), name_(name), steps_(steps) {}

  // Only the last star is ever tried again: what matched before it can stay as it is, as any later star may take more.
  bool match() {
    bool starred = false;
    std::string_view after_star, star_name;
    while (true) {
      if (!spend()) return false;
      if (pattern_.starts_with('*')) {
        pattern_.remove_prefix(1);
        if (pattern_.empty()) return true;
        after_star = pattern_;
        star_name = name_;
        starred = true;
      } else if (name_.empty() && pattern_.empty()) {
        return true;
      } else if (name_.empty() || !match_one()) {
        if (!starred || star_name.empty()) return false;
        take(star_name);
        pattern_ = after_star;
        name_ = star_name;
      }
    }
  }

 private:
  bool spend() { return steps_ > 0 && steps_-- > 0; }

  // One character of the name against the pattern's next element. What is taken on failure does not matter.
  bool match_one() {
    if (pattern_.empty()) return false;
    const auto c = take(name_);
    if (pattern_.front() == '?') {
      pattern_.remove_prefix(1);
      return true;
    }
    if (pattern_.front() == '[') {
      auto rest = pattern_.substr(1);
      bool hit = false;
      if (match_set(rest, c, hit)) {
        pattern_ = rest;
        return hit;
      }
    }
    if (pattern_.front() == '\\' && pattern_.size() > 1) pattern_.remove_prefix(1);
    return take(pattern_) == c;
  }

  // The set after '['; false when it is never closed. `hit`: whether c is in it.
  bool match_set(std::string_view& rest, std::uint32_t c, bool& hit) {
    const bool negated = rest.starts_with('!') || rest.starts_with('^');
    if (negated) rest.remove_prefix(1);
    for (bool first = true; !rest.empty() && spend(); first = false) {
      if (rest.front() == ']' && !first) {
        rest.remove_prefix(1);
        hit = hit != negated;
        return true;
      }
      const auto low = take_member(rest);
      auto high = low;
      if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
        rest.remove_prefix(1);
        high = take_member(rest);
      }
      if (low <= c && c <= high) hit = true;
    }
    return false;
  }

  static std::uint32_t take_member(std::string_view& rest) {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    return take(rest);
  }

  std::string_view pattern_;
  std::string_view name_;
  std::size_t& steps_;
};

}  // namespace

bool glob_match(std::string_view pattern, std::string_view name, std::size_t& steps) {
  return matcher(pattern, name, steps).match();
}

bool glob_match(std::string_view pattern, std::string_view name) {
  std::size_t steps = max_glob_steps;
  return glob_match(pattern, name, steps);
}

bool has_glob(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '*' || text[i] == '?' || text[i] == '[') {
      return true;
    }
  }
  return false;
}

}  // namespace ferry::proto
