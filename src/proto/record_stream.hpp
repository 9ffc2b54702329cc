// STRU R in stream mode (RFC 959 §3.4.1): a byte 255 begins a code of two, which is 1 for the end of a record, 2 for
// that of the file, 3 for both, and 255 for the byte itself.
#pragma once

#include "proto/mode.hpp"

namespace ferry::proto {

class record_stream_encoder final : public mode_encoder {
 public:
  void data(std::span<const char> in, std::string& out) override;
  void end_of_record(std::span<const char> last, std::string& out) override;
  void end_of_file(std::span<const char> last, std::string& out) override;
};

class record_stream_decoder final : public mode_decoder {
 public:
  mode_piece next(std::span<const char>& in) override;
  // No code is begun and not ended.
  bool whole() const { return state_ == state::plain; }

 private:
  enum class state : unsigned char { plain, escaped, at_the_end, malformed };
  mode_piece code(char of);

  state state_ = state::plain;
};

}  // namespace ferry::proto
