// TYPE E (RFC 959 §3.1.1.2): text in EBCDIC on the wire, code page 1047 (Latin 1, Open Systems), byte for byte.
//
// The end of a line is LF at home and NL, 0x15, on the wire; 0x25, the LF of EBCDIC, is NEL, 0x85, at home. All 256
// bytes come back as they were. Text in UTF-8 is taken as the bytes that it is made of.
#pragma once

#include <span>

namespace ferry::proto {

inline constexpr char ebcdic_newline = '\x15';

void to_ebcdic(std::span<char> text);  // in place
void from_ebcdic(std::span<char> text);

}  // namespace ferry::proto
