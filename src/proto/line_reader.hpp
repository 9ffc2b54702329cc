// Control connection bytes -> lines (RFC 959 §4, RFC 2640 §3.1), bounded, and with nothing on the heap while idle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proto/telnet.hpp"

namespace ferry::proto {

// A line ends with CRLF or a bare LF. CR NUL is a CR that belongs to the line (RFC 2640 §3.1: so a pathname may hold
// one). Any other control byte (0x00-0x1F, 0x7F), a bare CR included, spoils its line, unless they are kept.
class line_reader {
 public:
  enum class event {
    none,      // no whole line is there
    line,      // `line` holds it, without its end
    too_long,  // once for a line above the limit, as soon as that shows; its bytes are dropped up to its end
    bad_byte,  // a line with a control byte in it, dropped
  };
  enum class control_bytes { refuse, keep };

  // `max_line`: bytes of a line without its end.
  explicit line_reader(std::size_t max_line, control_bytes policy = control_bytes::refuse)
      : max_line_(max_line), keep_controls_(policy == control_bytes::keep) {}

  void push(std::string_view bytes) { bytes_ += bytes; }
  event next(std::string& line);

  // Bytes pushed and not yet given out. While there is no room the peer is to wait: call next before reading more.
  // After a next that gave none there is always room.
  std::size_t buffered() const { return bytes_.size() - start_; }
  bool room() const { return buffered() < max_line_ + 2; }

  // Forgets everything buffered and says how much it was: what came before AUTH TLS must not be heard after it.
  std::size_t discard();

 private:
  bool skip();
  void consume(std::size_t count);
  event decode(std::string_view raw, std::string& line) const;

  std::string bytes_;
  std::size_t start_ = 0;    // of the first byte not given out
  std::size_t scanned_ = 0;  // no LF in the bytes from start_ to here
  std::size_t max_line_;
  bool keep_controls_;
  bool skipping_ = false;  // inside a line already reported as too long
};

// What a session reads its control connection through: Telnet out, lines in.
class control_decoder {
 public:
  explicit control_decoder(std::size_t max_line, line_reader::control_bytes policy = line_reader::control_bytes::refuse)
      : lines_(max_line, policy) {}

  void push(std::string_view bytes);
  line_reader::event next(std::string& line);

  // The line that next gave last is the first behind a Telnet IP or Synch: a command to be obeyed at once (RFC 959
  // §4.1). Of several that came before one was given, the last counts.
  bool urgent() const { return urgent_; }

  // Telnet refusals to send to the peer, at most telnet_filter::max_refusals bytes; each is given once.
  std::string take_refusals() { return std::exchange(refusals_, {}); }

  std::size_t buffered() const { return lines_.buffered(); }
  bool room() const { return lines_.room(); }
  // As line_reader::discard; a Telnet command cut in two is forgotten too.
  std::size_t discard();

 private:
  line_reader lines_;
  telnet_filter telnet_;
  std::string refusals_;
  std::optional<std::size_t> mark_;  // how many bytes, of those not yet given out, came before the last IP or Synch
  bool urgent_ = false;
};

}  // namespace ferry::proto
