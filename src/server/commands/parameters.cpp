// TYPE, STRU, MODE: RFC 959 §3.1, §3.4; MODE Z: draft-preston-ftpext-deflate; what OPTS says of modes.
#include <fmt/format.h>

#include <charconv>

#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/words.hpp"

namespace ferry::server::commands {

using proto::reply;
using transfer::data_format;
using transfer::data_structure;
using transfer::data_type;
using transfer::transfer_mode;
namespace code = proto::reply_code;

namespace {

std::optional<int> whole(std::string_view text) {
  int out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return out;
}

reply set_type(session& s, data_type type, data_format format = data_format::non_print) {
  s.now.parameters.type = type;
  s.now.parameters.format = format;
  return {code::ok, fmt::format("Type {}.", transfer::in_words(type, format))};
}

// "L 8", and why no other.
reply local_type(session& s, std::string_view size) {
  const auto bits = whole(size);
  if (!bits || *bits < 1 || *bits > 255)
    return {code::bad_argument, "L takes the bits of a byte, 1 to 255; 8 is offered."};
  if (*bits == 8) return set_type(s, data_type::image);
  return {code::argument_not_implemented,
          fmt::format("Bytes of {} bits are not offered: files here are made of bytes of 8; use L 8.", *bits)};
}

}  // namespace

reply_task type(session& s, argument given) {
  const auto wanted = proto::to_upper(given.text);
  if (wanted == "I") co_return set_type(s, data_type::image);
  if (wanted.starts_with("L ")) co_return local_type(s, std::string_view(wanted).substr(2));
  const bool text = wanted.starts_with('A') || wanted.starts_with('E');
  const auto type = wanted.starts_with('A') ? data_type::ascii : data_type::ebcdic;
  const auto format = std::string_view(wanted).substr(1);
  if (text && (format.empty() || format == " N")) co_return set_type(s, type);
  if (text && format == " T") co_return set_type(s, type, data_format::telnet);
  if (text && format == " C") co_return set_type(s, type, data_format::carriage_control);
  co_return reply{code::bad_argument,
                  "There is no such type; use A, E, I or L 8, and of A and E the formats N, T and C."};
}

reply_task stru(session& s, argument given) {
  const auto wanted = proto::to_upper(given.text);
  if (wanted != "F" && wanted != "R" && wanted != "P") {
    co_return reply{code::bad_argument, "There is no such structure; use F, R or P."};
  }
  const auto structure = wanted == "F"   ? data_structure::file
                         : wanted == "R" ? data_structure::record
                                         : data_structure::page;
  s.now.parameters.structure = structure;
  co_return reply{code::ok, fmt::format("Structure {}.", transfer::in_words(structure))};
}

reply_task mode(session& s, argument given) {
  const auto wanted = proto::to_upper(given.text);
  if (wanted != "S" && wanted != "B" && wanted != "C" && wanted != "Z") {
    co_return reply{code::bad_argument, "There is no such mode; use S, B, C or Z."};
  }
  const auto mode = wanted == "S"   ? transfer_mode::stream
                    : wanted == "B" ? transfer_mode::block
                    : wanted == "C" ? transfer_mode::compressed
                                    : transfer_mode::deflate;
  if (mode != s.now.parameters.mode) s.close_data();
  s.now.parameters.mode = mode;
  co_return reply{code::ok, fmt::format("Mode {}.", transfer::in_words(mode))};
}

reply opts_mode_z(session& s, std::vector<std::string_view> options) {
  auto level = transfer::parameters().level;
  for (std::size_t i = 0; i + 1 < options.size(); i += 2) {
    const auto value = options[i + 1];
    if (options[i] == "LEVEL") {
      const auto asked = whole(value);
      if (!asked || *asked < 0 || *asked > 9) return {code::bad_argument, "The level is 0 to 9."};
      level = *asked;
    } else if ((options[i] != "ENGINE" || value != "ZLIB") && (options[i] != "METHOD" || value != "8")) {
      return {code::argument_not_implemented, "The options of MODE Z are LEVEL, ENGINE ZLIB and METHOD 8."};
    }
  }
  if (options.size() % 2 != 0) return {code::bad_argument, "Each option of MODE Z has a value."};
  s.now.parameters.level = level;
  return {code::ok, fmt::format("MODE Z LEVEL {}", level)};
}

reply opts_mode(session& s, std::string_view options) {
  const auto upper = proto::to_upper(options);
  std::vector<std::string_view> words;
  for (std::string_view left = upper; !left.empty();) {
    const auto end = std::min(left.find(' '), left.size());
    if (end > 0) words.push_back(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  if (words.empty()) return {code::bad_argument, "Name a mode: MODE B PIPELINE ON, MODE Z LEVEL 6."};
  const auto mode = words.front();
  words.erase(words.begin());
  if (mode == "Z") return opts_mode_z(s, std::move(words));
  const bool known = (mode == "B" || mode == "C") && words.size() == 2 && words[0] == "PIPELINE";
  if (!known || (words[1] != "ON" && words[1] != "OFF")) {
    return {code::bad_argument, "The options are MODE B PIPELINE ON or OFF, and MODE Z LEVEL 0 to 9."};
  }
  s.now.pipelined = words[1] == "ON";
  return {code::ok, s.now.pipelined ? "Each upload takes its file from the data connection, whatever becomes of it."
                                    : "An upload that is refused takes nothing from the data connection."};
}

}  // namespace ferry::server::commands
