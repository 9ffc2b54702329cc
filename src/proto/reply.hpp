// A reply: code, lines of text, and its form on the control connection (RFC 959 §4.2).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ferry::proto {

struct reply {
  int code = 0;                    // 100..699; 0: no reply
  std::vector<std::string> lines;  // without code and line end; what a format wants indented (FEAT, MLST) has its space

  reply() = default;
  explicit reply(int code_value);  // with the default text of reply_code.hpp
  reply(int code_value, std::string text) : code(code_value) { lines.push_back(std::move(text)); }
  reply(int code_value, std::vector<std::string> all) : code(code_value), lines(std::move(all)) {}
  reply(int code_value, std::initializer_list<std::string> all) : code(code_value), lines(all) {}

  bool preliminary() const { return code / 100 == 1; }
  bool completion() const { return code / 100 == 2; }
  bool intermediate() const { return code / 100 == 3; }
  bool transient() const { return code / 100 == 4; }
  bool permanent() const { return code / 100 == 5; }
  bool positive() const { return code >= 100 && code < 400; }
  bool negative() const { return transient() || permanent(); }

  // The lines with LF between them, for people and logs.
  std::string text() const;

  friend bool operator==(const reply&, const reply&) = default;
};

// Appends "123 text" CRLF, or "123-first" CRLF inner lines "123 last" CRLF. An inner line that starts with a digit is
// set one space in, lest it be taken for the last. CR, LF and NUL in text become spaces, 0xFF is doubled (Telnet).
void append_to(std::string& out, const reply& value);
std::string format(const reply& value);

}  // namespace ferry::proto
