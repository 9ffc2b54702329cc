#include "proto/characters.hpp"

namespace ferry::proto {
namespace {

struct form {
  unsigned char mask, lead;  // of the first byte
  std::size_t size;
  char32_t least;  // what needs that many bytes
};

constexpr form forms[] = {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

}  // namespace

character take_character(std::string_view& text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  character out{0xfffd, text.substr(0, 1), false};
  for (const auto& each : forms) {
    if ((byte(0) & each.mask) != each.lead || text.size() < each.size) continue;
    char32_t code = byte(0) & static_cast<unsigned char>(~each.mask);
    bool whole = true;
    for (std::size_t i = 1; i < each.size; ++i) {
      whole = whole && (byte(i) & 0xc0) == 0x80;
      code = code << 6 | (byte(i) & 0x3f);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (whole && code >= each.least && code <= 0x10ffff && !surrogate) out = {code, text.substr(0, each.size), true};
  }
  text.remove_prefix(out.bytes.size());
  return out;
}

bool shows_as_itself(char32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if (code == 0x061c || code == 0x200e || code == 0x200f || code == 0xfeff) return false;
  return !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
}

}  // namespace ferry::proto
