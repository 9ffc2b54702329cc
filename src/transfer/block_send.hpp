// Sends a file as blocks (RFC 959 §3.4.2) whose bytes the kernel takes from the file itself: only headers are written.
#pragma once

#include <array>

#include "transfer/splice.hpp"

namespace ferry::transfer {

class block_sender {
 public:
  // The file from `offset` to `end`, to a non-blocking socket. A marker with the position comes every
  // limit::marker_interval bytes.
  block_sender(int socket, int file, std::uint64_t offset, std::uint64_t end);

  // About `most` bytes. May wait for the disk, never for the socket. After an error of the file: give_up().
  moved_bytes send(std::size_t most) noexcept;
  bool done() const { return ended_ && head_sent_ == head_size_ && left_ == 0; }
  std::uint64_t offset() const { return offset_; }  // of the file, where it goes on

  // The block under way is filled up with zeros, and the file ends unfinished; where that block was the last, there is
  // nothing to say so. True: what is left is to be sent.
  bool give_up() noexcept;

 private:
  void next_block() noexcept;
  void put(std::string_view bytes) noexcept;
  moved_bytes send_head() noexcept;
  moved_bytes send_zeros() noexcept;

  const int socket_;
  const int file_;
  std::uint64_t offset_;
  const std::uint64_t end_;
  std::uint64_t marked_;
  std::array<char, 64> head_{};  // what goes out before the block's bytes: a marker, a header
  std::size_t head_size_ = 0;
  std::size_t head_sent_ = 0;
  std::size_t left_ = 0;  // of the block's bytes
  bool ended_ = false;    // no block comes behind this one
  bool given_up_ = false;
};

}  // namespace ferry::transfer
