#include "transfer/block_send.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/limits.hpp"
#include "proto/block_mode.hpp"

namespace ferry::transfer {
namespace {

using state = moved_bytes::state;

// To a socket, with more to follow at once or without.
moved_bytes send_bytes(int socket, std::string_view bytes, bool more) noexcept {
  const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0));
  if (count > 0) return {.count = static_cast<std::uint64_t>(count)};
  const bool full = errno == EAGAIN || errno == EINTR;
  return {.what = full ? state::would_block : state::channel_failed, .code = std::errc(errno)};
}

}  // namespace

block_sender::block_sender(int socket, int file, std::uint64_t offset, std::uint64_t end)
    : socket_(socket), file_(file), offset_(offset), end_(end), marked_(offset) {
  next_block();
}

moved_bytes block_sender::send(std::size_t most) noexcept {
  std::uint64_t count = 0;
  while (count < most && !done()) {
    moved_bytes part;
    if (head_sent_ < head_size_) {
      part = send_head();
    } else if (left_ > 0) {
      part = given_up_ ? send_zeros() : send_from_file(socket_, file_, offset_, left_);
      left_ -= part.count;
      offset_ += part.count;
    } else {
      next_block();
    }
    count += part.count;
    if (part.what == state::more) continue;
    part.count = count;
    return part;
  }
  return {.count = count};
}

moved_bytes block_sender::send_head() noexcept {
  const auto part = send_bytes(socket_, {head_.data() + head_sent_, head_size_ - head_sent_}, left_ > 0);
  head_sent_ += part.count;
  return part;
}

moved_bytes block_sender::send_zeros() noexcept {
  static constexpr std::array<char, 4096> zeros{};
  return send_bytes(socket_, {zeros.data(), std::min(left_, zeros.size())}, true);
}

void block_sender::put(std::string_view bytes) noexcept {
  std::ranges::copy(bytes, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
  head_size_ += bytes.size();
}

void block_sender::next_block() noexcept {
  using namespace proto;
  head_size_ = head_sent_ = 0;
  const auto header = [this](unsigned char code, std::size_t count) {
    const auto bytes = format_block_header(code, static_cast<std::uint16_t>(count));
    put({bytes.data(), bytes.size()});
  };
  if (given_up_) {
    ended_ = true;
    return header(descriptor::end_of_file | descriptor::suspect, 0);
  }
  if (offset_ - marked_ >= limit::marker_interval && offset_ < end_) {
    marked_ = offset_;
    char text[20];
    const auto length = static_cast<std::size_t>(std::to_chars(text, std::end(text), offset_).ptr - text);
    header(descriptor::restart_marker, length);
    put({text, length});
  }
  left_ = static_cast<std::size_t>(std::min<std::uint64_t>(largest_block, end_ - std::min(end_, offset_)));
  ended_ = offset_ + left_ >= end_;
  header(ended_ ? descriptor::end_of_file : 0, left_);
}

bool block_sender::give_up() noexcept {
  given_up_ = true;
  if (head_sent_ > 0) return true;  // what the header has promised must come
  head_size_ = left_ = 0;
  ended_ = false;
  return true;
}

}  // namespace ferry::transfer
