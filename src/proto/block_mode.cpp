#include "proto/block_mode.hpp"

#include <algorithm>

namespace ferry::proto {
namespace {

void append_block(unsigned char code, std::span<const char> in, std::string& out) {
  const auto header = format_block_header(code, static_cast<std::uint16_t>(in.size()));
  out.append(header.begin(), header.end());
  out.append(in.begin(), in.end());
}

}  // namespace

std::array<char, 3> format_block_header(unsigned char code, std::uint16_t count) {
  return {static_cast<char>(code), static_cast<char>(count >> 8), static_cast<char>(count & 0xff)};
}

void block_encoder::data(std::span<const char> in, std::string& out) {
  if (!in.empty()) put(0, in, out);
}

void block_encoder::end_of_record(std::span<const char> last, std::string& out) {
  put(descriptor::end_of_record, last, out);
}

void block_encoder::end_of_file(std::span<const char> last, std::string& out) {
  put(descriptor::end_of_file, last, out);
}

// As few blocks as can be, the last of them under `code`.
void block_encoder::put(unsigned char code, std::span<const char> in, std::string& out) {
  for (; in.size() > largest_block; in = in.subspan(largest_block)) append_block(0, in.first(largest_block), out);
  append_block(code, in, out);
}

void block_encoder::marker(std::string_view text, std::string& out) {
  append_block(descriptor::restart_marker, text, out);
}
void block_encoder::give_up(std::string& out) { append_block(descriptor::end_of_file | descriptor::suspect, {}, out); }

mode_piece block_decoder::next(std::span<const char>& in) {
  for (;;) {
    if (code_ & descriptor::unassigned) return {.what = mode_piece::kind::malformed};
    if (header_size_ < header_.size()) {
      if (in.empty()) return {};
      header_[header_size_++] = static_cast<unsigned char>(in.front());
      in = in.subspan(1);
      if (header_size_ < header_.size()) continue;
      code_ = header_[0];
      left_ = static_cast<std::size_t>(header_[1]) << 8 | header_[2];
      empty_ = left_ == 0;
      marker_.clear();
      continue;
    }
    if (left_ == 0) {
      auto ended = end_of_block();
      if (ended.what != mode_piece::kind::none) return ended;
      continue;
    }
    if (in.empty()) return {};
    const auto bytes = in.first(std::min(left_, in.size()));
    in = in.subspan(bytes.size());
    left_ -= bytes.size();
    if (!(code_ & descriptor::restart_marker)) {
      return {code_ & descriptor::suspect ? mode_piece::kind::suspect_data : mode_piece::kind::data,
              {bytes.data(), bytes.size()}};
    }
    // A longer one is none, and need not be kept whole.
    marker_.append(bytes.data(), std::min(bytes.size(), longest_marker + 1 - marker_.size()));
  }
}

// What the descriptor tells of the block's end, one thing at a time.
mode_piece block_decoder::end_of_block() {
  using kind = mode_piece::kind;
  if (code_ & descriptor::restart_marker) {
    code_ &= static_cast<unsigned char>(~descriptor::restart_marker);
    return {.what = kind::marker, .bytes = marker_};
  }
  if (code_ & descriptor::end_of_record) {
    code_ &= static_cast<unsigned char>(~descriptor::end_of_record);
    return {.what = kind::end_of_record};
  }
  header_size_ = 0;
  if (!(code_ & descriptor::end_of_file)) return {};
  return {.what = empty_ && (code_ & descriptor::suspect) ? kind::given_up : kind::end_of_file};
}

}  // namespace ferry::proto
