#include "proto/record_stream.hpp"

#include <cstring>

namespace ferry::proto {
namespace {

constexpr char escape = '\xff';

// Up to the first escape.
std::span<const char> plain_run(std::span<const char> in) {
  const auto* const found = static_cast<const char*>(std::memchr(in.data(), escape, in.size()));
  return in.first(found ? static_cast<std::size_t>(found - in.data()) : in.size());
}

}  // namespace

void record_stream_encoder::data(std::span<const char> in, std::string& out) {
  while (!in.empty()) {
    const auto plain = plain_run(in);
    out.append(plain.begin(), plain.end());
    in = in.subspan(plain.size());
    if (in.empty()) return;
    out += {escape, escape};
    in = in.subspan(1);
  }
}

void record_stream_encoder::end_of_record(std::span<const char> last, std::string& out) {
  data(last, out);
  out += {escape, '\1'};
}

void record_stream_encoder::end_of_file(std::span<const char> last, std::string& out) {
  data(last, out);
  out += {escape, '\2'};
}

mode_piece record_stream_decoder::next(std::span<const char>& in) {
  using kind = mode_piece::kind;
  if (state_ == state::malformed) return {.what = kind::malformed};
  if (state_ == state::at_the_end) {
    state_ = state::plain;
    return {.what = kind::end_of_file};
  }
  while (!in.empty()) {
    if (state_ == state::escaped) {
      const char of = in.front();
      in = in.subspan(1);
      return code(of);
    }
    const auto plain = plain_run(in);
    in = in.subspan(plain.size());
    if (!plain.empty()) return {.what = kind::data, .bytes = {plain.data(), plain.size()}};
    in = in.subspan(1);
    state_ = state::escaped;
  }
  return {};
}

mode_piece record_stream_decoder::code(char of) {
  using kind = mode_piece::kind;
  static constexpr char byte[] = {escape};
  state_ = state::plain;
  switch (of) {
    case '\1': return {.what = kind::end_of_record};
    case '\2': return {.what = kind::end_of_file};
    case '\3': state_ = state::at_the_end; return {.what = kind::end_of_record};
    case escape: return {.what = kind::data, .bytes = {byte, 1}};
    default: state_ = state::malformed; return {.what = kind::malformed};
  }
}

}  // namespace ferry::proto
