// Control connection bytes -> replies, for the client (RFC 959 §4.2): bounded, and patient with real servers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/line_reader.hpp"
#include "proto/reply.hpp"

namespace ferry::proto {

struct reply_limits {
  std::size_t line = 8192;              // bytes of one line
  std::size_t lines = 100'000;          // lines of one reply: STAT may list a directory
  std::size_t total = 8 * 1024 * 1024;  // bytes of one reply
};

// Understood beside the RFC's forms: bare LF, blank lines between replies, a code with nothing or no space after it,
// inner lines that repeat "230-" (taken off). Telnet commands are taken out and refused as the server side does.
class reply_reader {
 public:
  enum class event {
    none,   // no whole reply is there
    reply,  // `out` holds it
    error,  // see problem(); final, as what follows could be read as anything
  };

  explicit reply_reader(reply_limits limits = {}) : limits_(limits), input_(limits.line, keep) {}

  void push(std::string_view bytes) { input_.push(bytes); }
  event next(reply& out);

  // Ids: reply.garbage, reply.line_too_long, reply.too_long.
  const error& problem() const { return problem_; }

  // Part of a reply is here: a closed connection now has cut it.
  bool inside_reply() const { return current_.code != 0 || input_.buffered() > 0; }

  std::string take_refusals() { return input_.take_refusals(); }
  std::size_t buffered() const { return input_.buffered(); }
  std::size_t discard() { return input_.discard(); }

 private:
  static constexpr auto keep = line_reader::control_bytes::keep;

  event take(std::string_view line, reply& out);
  event add(std::string_view text);
  event finish(reply& out);
  event fail(std::string_view id, std::string cause);

  reply_limits limits_;
  control_decoder input_;
  std::string line_;
  reply current_;  // code 0: between replies
  std::size_t total_ = 0;
  bool failed_ = false;
  error problem_;
};

}  // namespace ferry::proto
