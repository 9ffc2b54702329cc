#include "proto/reply.hpp"

#include "proto/reply_code.hpp"
#include "proto/text.hpp"

namespace ferry::proto {
namespace {

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool breaks_line = c == '\r' || c == '\n' || c == '\0';
    out += breaks_line ? ' ' : c;
    if (c == '\xFF') out += c;
  }
}

void append_line(std::string& out, int code, char separator, std::string_view text) {
  append_decimal(out, static_cast<unsigned>(code), 3, '0');
  out += separator;
  append_text(out, text);
  out += "\r\n";
}

}  // namespace

reply::reply(int code_value) : reply(code_value, std::string(default_text(code_value))) {}

std::string reply::text() const {
  std::string all;
  for (const auto& line : lines) {
    if (&line != &lines.front()) all += '\n';
    all += line;
  }
  return all;
}

void append_to(std::string& out, const reply& value) {
  const auto& lines = value.lines;
  if (lines.empty()) return append_line(out, value.code, ' ', {});
  if (lines.size() > 1) append_line(out, value.code, '-', lines.front());
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    if (!lines[i].empty() && is_digit(lines[i].front())) out += ' ';
    append_text(out, lines[i]);
    out += "\r\n";
  }
  append_line(out, value.code, ' ', lines.back());
}

std::string format(const reply& value) {
  std::string out;
  append_to(out, value);
  return out;
}

}  // namespace ferry::proto
