#include "ferry/json_line.hpp"

#include <fmt/format.h>

#include <iterator>

#include "proto/characters.hpp"

namespace ferry::cli {
namespace {

void append_escaped(std::string& out, const proto::character& next) {
  if (!next.valid) {
    out += "\xEF\xBF\xBD";
  } else if (next.bytes == "\"" || next.bytes == "\\") {
    out += '\\';
    out += next.bytes;
  } else if (static_cast<unsigned char>(next.bytes[0]) < 0x20) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", next.bytes[0]);
  } else {
    out += next.bytes;
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!proto::take_character(text).valid) return false;
  }
  return true;
}

}  // namespace

void json_line::begin(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  fmt::format_to(std::back_inserter(text_), "\"{}\":", name);
}

json_line& json_line::add(std::string_view name, std::string_view value) {
  begin(name);
  text_ += '"';
  while (!value.empty()) append_escaped(text_, proto::take_character(value));
  text_ += '"';
  return *this;
}

json_line& json_line::add(std::string_view name, std::uint64_t value) {
  begin(name);
  text_ += fmt::to_string(value);
  return *this;
}

json_line& json_line::add(std::string_view name, int value) {
  begin(name);
  text_ += fmt::to_string(value);
  return *this;
}

json_line& json_line::add(std::string_view name, bool value) {
  begin(name);
  text_ += value ? "true" : "false";
  return *this;
}

json_line& json_line::seconds(std::string_view name, double value) {
  begin(name);
  fmt::format_to(std::back_inserter(text_), "{:.3f}", value);
  return *this;
}

json_line& json_line::path(std::string_view name, std::string_view bytes) {
  add(name, bytes);
  if (is_utf8(bytes)) return *this;
  begin(fmt::format("{}_hex", name));
  text_ += '"';
  for (unsigned char each : bytes) fmt::format_to(std::back_inserter(text_), "{:02x}", each);
  text_ += '"';
  return *this;
}

}  // namespace ferry::cli
