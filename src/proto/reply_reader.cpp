#include "proto/reply_reader.hpp"

#include <utility>

#include "proto/text.hpp"

namespace ferry::proto {
namespace {

constexpr std::size_t quoted_bytes = 60;  // of a line that is no reply, shown in the error

// 0 when the line does not start with a code.
int code_of(std::string_view line) {
  if (line.size() < 3 || line[0] < '1' || line[0] > '6' || !is_digit(line[1]) || !is_digit(line[2])) return 0;
  if (line.size() > 3 && is_digit(line[3])) return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

std::string printable(std::string_view line) {
  std::string out;
  for (const char c : line.substr(0, quoted_bytes)) out += c >= ' ' && c <= '~' ? c : '.';
  return out;
}

}  // namespace

reply_reader::event reply_reader::next(reply& out) {
  while (!failed_) {
    const auto what = input_.next(line_);
    if (what == line_reader::event::none) return event::none;
    if (what != line_reader::event::line)
      return fail("reply.line_too_long", "the server sent a line above " + std::to_string(limits_.line) + " bytes");
    if (const auto done = take(line_, out); done != event::none) return done;
  }
  return event::error;
}

reply_reader::event reply_reader::take(std::string_view line, reply& out) {
  const int code = code_of(line);
  if (current_.code == 0) {
    if (line.empty()) return event::none;
    if (code == 0) return fail("reply.garbage", "the server sent what is no FTP reply: " + printable(line));
    current_.code = code;
    line.remove_prefix(3);
    const bool more = line.starts_with('-');
    if (more || line.starts_with(' ')) line.remove_prefix(1);
    const auto problem = add(line);
    return problem != event::none || more ? problem : finish(out);
  }
  const bool same = code == current_.code;
  const bool last = same && (line.size() == 3 || line[3] == ' ');
  const bool repeated = same && line.size() > 3 && line[3] == '-';
  if (last || repeated) line.remove_prefix(line.size() == 3 ? 3 : 4);
  const auto problem = add(line);
  return problem != event::none || !last ? problem : finish(out);
}

reply_reader::event reply_reader::add(std::string_view text) {
  total_ += text.size() + 1;
  if (current_.lines.size() >= limits_.lines || total_ > limits_.total)
    return fail("reply.too_long", "the server sent a reply above " + std::to_string(limits_.lines) + " lines or " +
                                      std::to_string(limits_.total) + " bytes");
  current_.lines.emplace_back(text);
  return event::none;
}

reply_reader::event reply_reader::finish(reply& out) {
  out = std::exchange(current_, {});
  total_ = 0;
  return event::reply;
}

reply_reader::event reply_reader::fail(std::string_view id, std::string cause) {
  failed_ = true;
  current_ = {};
  problem_ = {id, std::move(cause), "Check that the address and port are those of an FTP server", {}};
  return event::error;
}

}  // namespace ferry::proto
