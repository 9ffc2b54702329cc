// TYPE A: lines end with LF at home and with CRLF on the wire (RFC 959 §3.1.1.1, RFC 854). Stages that carry their
// state across chunks; memory and time per byte are constant, and nothing fails.
//
// A CRLF already in the local text stays CRLF (as vsftpd and ProFTPD do), or a Windows file kept on a Unix server would
// reach its readers with CR CR LF. So: decoding what was encoded gives the text with LF for each CRLF, and wire text
// whose every LF follows a CR that follows no CR comes back unchanged from decoding and encoding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ferry::proto {

struct progress {
  std::size_t consumed = 0;
  std::size_t produced = 0;

  friend bool operator==(const progress&, const progress&) = default;
};

// Local -> wire: each LF not after a CR becomes CRLF.
class ascii_encoder {
 public:
  // `after_cr`: the wire already carries a CR just before this point (ascii_meter tells, when starting at REST).
  explicit ascii_encoder(bool after_cr = false) : after_cr_(after_cr) {}

  // Goes on until `in` or the space in `out` is used up. Output never exceeds twice the input.
  progress transform(std::span<const char> in, std::span<char> out);
  void transform(std::span<const char> in, std::string& out);  // appends everything

 private:
  bool after_cr_;
};

// Wire -> local: CRLF becomes LF, CR NUL becomes CR (RFC 854), any other CR stays.
class ascii_decoder {
 public:
  progress transform(std::span<const char> in, std::span<char> out);
  void transform(std::span<const char> in, std::string& out);

  // The end of the stream: the byte still held back, if there is one (a final CR). Returns bytes written, 0 or 1.
  std::size_t finish(std::span<char> out);
  void finish(std::string& out);
  bool holds() const { return after_cr_; }  // that byte is held back

 private:
  bool after_cr_ = false;
};

// Walks local text and counts what the encoder makes of it: SIZE and REST count wire bytes (RFC 3659 §4, §5.3).
class ascii_meter {
 public:
  // Walks up to the wire position `stop`; without one, to the end.
  explicit ascii_meter(std::uint64_t stop = UINT64_MAX) : stop_(stop) {}

  // Takes the next chunk of local text; returns how much of it lies before the stop.
  std::size_t feed(std::span<const char> in);

  bool reached() const { return wire_ == stop_; }
  std::uint64_t wire() const { return wire_; }    // bytes on the wire so far
  std::uint64_t local() const { return local_; }  // bytes of the local text so far
  // For the encoder that goes on from here; true also when the stop parts an LF's CR from its LF.
  bool after_cr() const { return after_cr_; }

 private:
  std::uint64_t stop_;
  std::uint64_t wire_ = 0;
  std::uint64_t local_ = 0;
  bool after_cr_ = false;
};

}  // namespace ferry::proto
