#include "proto/charset.hpp"

#include <iconv.h>

#include <cerrno>
#include <cstdint>

namespace ferry::proto {
namespace {

// iconv_open(3) says no by a pointer to -1.
void* if_open(iconv_t given) { return reinterpret_cast<std::intptr_t>(given) == -1 ? nullptr : given; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that "%XX" at the beginning of the text stands for, where it stands for one: never ASCII but '%' itself, so
// that no '/' comes out of it.
std::optional<char> escaped(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex_digit(text[1]), low = hex_digit(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  const int value = high * 16 + low;
  if (value < 0x80 && value != '%') return std::nullopt;
  return static_cast<char>(value);
}

void append_escape(std::string& out, char c) {
  constexpr char digits[] = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(c);
  out += '%';
  out += digits[value / 16];
  out += digits[value % 16];
}

// How many bytes the character at the beginning has: 1 where it is no UTF-8.
std::size_t character_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
  if (size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 1;
  }
  return size;
}

}  // namespace

result<std::shared_ptr<const charset>> charset::open(const std::string& name) {
  std::shared_ptr<charset> made(new charset(name));
  made->out_ = if_open(::iconv_open(name.c_str(), "UTF-8"));
  made->in_ = if_open(::iconv_open("UTF-8", name.c_str()));
  if (!made->out_ || !made->in_)
    return fail("charset.unknown", "no charset " + name + " is known here", "see iconv -l");
  std::string ascii;
  for (char c = 0x20; c < 0x7F; ++c) ascii += c;
  if (made->convert(made->out_, ascii) != ascii || made->convert(made->in_, ascii) != ascii) {
    return fail("charset.not_ascii", "ASCII is no part of the charset " + name, "choose one that contains it");
  }
  return made;
}

charset::~charset() {
  if (out_) ::iconv_close(out_);
  if (in_) ::iconv_close(in_);
}

// Nothing where some of it cannot be said.
std::optional<std::string> charset::convert(void* by, std::string_view text) const {
  std::lock_guard held(mutex_);
  ::iconv(by, nullptr, nullptr, nullptr, nullptr);
  std::string out;
  char piece[256];
  char* from = const_cast<char*>(text.data());
  std::size_t left = text.size();
  for (bool ended = false;;) {
    char* into = piece;
    std::size_t room = sizeof piece;
    const auto done = ended ? ::iconv(by, nullptr, nullptr, &into, &room) : ::iconv(by, &from, &left, &into, &room);
    out.append(piece, sizeof piece - room);
    const bool full = done == static_cast<std::size_t>(-1) && errno == E2BIG;
    // More than 0: characters for which it has put others that look alike.
    if (done != 0 && !full) return std::nullopt;
    if (full) continue;
    if (ended) return out;
    ended = true;  // back to the state in which ASCII is ASCII
  }
}

void charset::append(std::string& out, std::string_view character) const {
  auto said = convert(out_, character);
  if (said && convert(in_, *said) == character) {
    out += *said;
  } else {
    for (const char c : character) append_escape(out, c);
  }
}

std::string charset::to_client(std::string_view utf8) const {
  std::string out;
  while (!utf8.empty()) {
    std::size_t size = 1;
    if (static_cast<unsigned char>(utf8[0]) >= 0x80) {
      size = character_size(utf8);
      append(out, utf8.substr(0, size));
    } else if (escaped(utf8)) {
      append_escape(out, '%');
    } else {
      out += utf8[0];
    }
    utf8.remove_prefix(size);
  }
  return out;
}

std::optional<std::string> charset::to_utf8(std::string_view text) const { return convert(in_, text); }

std::string charset::unescape(std::string_view utf8) {
  std::string out;
  while (!utf8.empty()) {
    const auto byte = escaped(utf8);
    out += byte.value_or(utf8[0]);
    utf8.remove_prefix(byte ? 3 : 1);
  }
  return out;
}

std::optional<std::string> charset::from_client(std::string_view text) const {
  auto plain = to_utf8(text);
  if (plain) plain = unescape(*plain);
  return plain;
}

}  // namespace ferry::proto
