#include "proto/compressed_mode.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ferry::proto {
namespace {

constexpr std::size_t longest_string = 127;
constexpr std::size_t longest_run = 63;
constexpr unsigned char replicated = 0x80;
constexpr unsigned char filler_string = 0xc0;

}  // namespace

// A run of its own costs the header of the string that goes on behind it, too.
bool compressed_encoder::pays() const { return run_ >= (byte_ == filler_ ? 3u : 4u); }

void compressed_encoder::data(std::span<const char> in, std::string& out) {
  for (char each : in) {
    if (run_ > 0 && each == byte_ && run_ < longest_run) {
      ++run_;
      continue;
    }
    settle(out);
    byte_ = each;
    run_ = 1;
  }
}

// Makes room for another run.
void compressed_encoder::settle(std::string& out) {
  if (pays()) {
    put_string(out);
    put_run(out);
    return;
  }
  if (string_.size() + run_ > longest_string) put_string(out);
  string_.append(std::exchange(run_, 0), byte_);
}

// Everything that waits, the last string of it under `code`.
void compressed_encoder::flush(unsigned char code, std::string& out) {
  if (!pays()) settle(out);
  if (run_ > 0) put_string(out);
  if (code != 0) {
    out += '\0';
    out += static_cast<char>(code);
    if (run_ == 0 && string_.empty()) out += static_cast<char>(filler_string);
  }
  put_run(out);
  put_string(out);
}

void compressed_encoder::put_string(std::string& out) {
  if (string_.empty()) return;
  out += static_cast<char>(string_.size());
  out += string_;
  string_.clear();
}

void compressed_encoder::put_run(std::string& out) {
  if (run_ == 0) return;
  out += static_cast<char>((byte_ == filler_ ? filler_string : replicated) | run_);
  if (byte_ != filler_) out += byte_;
  run_ = 0;
}

void compressed_encoder::end_of_record(std::span<const char> last, std::string& out) {
  data(last, out);
  flush(descriptor::end_of_record, out);
}

void compressed_encoder::end_of_file(std::span<const char> last, std::string& out) {
  data(last, out);
  flush(descriptor::end_of_file, out);
}

void compressed_encoder::marker(std::string_view text, std::string& out) {
  flush(0, out);
  string_ = text;
  flush(descriptor::restart_marker, out);
}

void compressed_encoder::give_up(std::string& out) {
  flush(0, out);
  flush(descriptor::end_of_file | descriptor::suspect, out);
}

mode_piece compressed_decoder::next(std::span<const char>& in) {
  using kind = mode_piece::kind;
  for (;;) {
    if (awaits_ == awaits::nothing) return {.what = kind::malformed};
    if (awaits_ == awaits::rest) {
      auto piece = left_ > 0 ? take(in) : end_of_string();
      if (piece.what != kind::none || (left_ > 0 && in.empty())) return piece;
      continue;
    }
    if (in.empty()) return {};
    const char byte = in.front();
    in = in.subspan(1);
    switch (awaits_) {
      case awaits::head: begin(static_cast<unsigned char>(byte)); break;
      case awaits::byte: repeat(byte); break;
      default:
        code_ |= static_cast<unsigned char>(byte);
        awaits_ = code_ & descriptor::unassigned ? awaits::nothing : awaits::head;
    }
  }
}

void compressed_decoder::begin(unsigned char head) {
  if (head == 0) {
    awaits_ = awaits::code;
    return;
  }
  repeated_ = head & replicated;
  left_ = head & (repeated_ ? longest_run : longest_string);
  empty_ = left_ == 0;
  marker_.clear();
  awaits_ = awaits::rest;
  if (!repeated_) return;
  if ((head & filler_string) == filler_string) return repeat(filler_);
  awaits_ = awaits::byte;
}

void compressed_decoder::repeat(char byte) {
  std::memset(run_, byte, left_);
  awaits_ = awaits::rest;
}

// From the string's bytes; none when there are none yet, or when they are a marker's.
mode_piece compressed_decoder::take(std::span<const char>& in) {
  const auto from = repeated_ ? std::span<const char>(run_, left_) : in;
  const auto bytes = from.first(std::min(left_, from.size()));
  if (!repeated_) in = in.subspan(bytes.size());
  left_ -= bytes.size();
  if (bytes.empty()) return {};
  if (code_ & descriptor::restart_marker) {
    marker_.append(bytes.data(), bytes.size());
    return {};
  }
  return {code_ & descriptor::suspect ? mode_piece::kind::suspect_data : mode_piece::kind::data,
          {bytes.data(), bytes.size()}};
}

// What the descriptor tells of the string's end, one thing at a time.
mode_piece compressed_decoder::end_of_string() {
  using kind = mode_piece::kind;
  if (code_ & descriptor::restart_marker) {
    code_ &= static_cast<unsigned char>(~descriptor::restart_marker);
    return {.what = kind::marker, .bytes = marker_};
  }
  if (code_ & descriptor::end_of_record) {
    code_ &= static_cast<unsigned char>(~descriptor::end_of_record);
    return {.what = kind::end_of_record};
  }
  awaits_ = awaits::head;
  const auto code = std::exchange(code_, 0);
  if (!(code & descriptor::end_of_file)) return {};
  return {.what = empty_ && (code & descriptor::suspect) ? kind::given_up : kind::end_of_file};
}

}  // namespace ferry::proto
