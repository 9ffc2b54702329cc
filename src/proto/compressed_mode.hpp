// MODE C, RFC 959 §3.4.3: strings of up to 127 bytes, of up to 63 times one byte, and of up to 63 fillers; an escape,
// a zero and a descriptor, says of the string behind it what a block's descriptor says of the block.
//
// What has no bytes to stand with, such as the end of an empty file, stands with a filler string of none.
#pragma once

#include "proto/mode.hpp"

namespace ferry::proto {

// The filler of a type (§3.4.3).
inline constexpr char ascii_filler = ' ';
inline constexpr char ebcdic_filler = '\x40';
inline constexpr char image_filler = '\0';

// What it makes does not depend on how its input is split.
class compressed_encoder final : public mode_encoder {
 public:
  explicit compressed_encoder(char filler) : filler_(filler) {}
  void data(std::span<const char> in, std::string& out) override;
  void end_of_record(std::span<const char> last, std::string& out) override;
  void end_of_file(std::span<const char> last, std::string& out) override;
  void marker(std::string_view text, std::string& out) override;
  void give_up(std::string& out) override;

 private:
  bool pays() const;
  void settle(std::string& out);
  void flush(unsigned char code, std::string& out);
  void put_string(std::string& out);
  void put_run(std::string& out);

  const char filler_;
  std::string string_;  // that waits for more
  char byte_ = 0;       // behind it, `run_` times
  std::size_t run_ = 0;
};

class compressed_decoder final : public mode_decoder {
 public:
  explicit compressed_decoder(char filler) : filler_(filler) {}
  mode_piece next(std::span<const char>& in) override;

 private:
  enum class awaits : unsigned char { head, code, byte, rest, nothing };

  void begin(unsigned char head);
  void repeat(char byte);
  mode_piece take(std::span<const char>& in);
  mode_piece end_of_string();

  const char filler_;
  awaits awaits_ = awaits::head;
  unsigned char code_ = 0;  // of the string, without what has been told of it
  bool empty_ = false;      // the string has no bytes
  std::size_t left_ = 0;    // of its bytes
  char run_[63];            // its bytes, where they are one repeated
  bool repeated_ = false;
  std::string marker_;
};

}  // namespace ferry::proto
