// Bytes between a socket and a file without passing them through this process: sendfile(2) and splice(2). A file of a
// kind that these know nothing of is copied all the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <system_error>

namespace ferry::transfer {

struct moved_bytes {
  std::uint64_t count = 0;
  enum class state { more, would_block, end, channel_failed, file_failed } what = state::more;
  std::errc code{};
};

// Up to `length` bytes from a file's `offset` to a non-blocking socket. May wait for the disk, never for the socket.
// The process must ignore SIGPIPE: a broken connection raises it here.
moved_bytes send_from_file(int socket, int file, std::uint64_t offset, std::size_t length) noexcept;

// A file as it is, from `offset` to `end`.
class file_sender {
 public:
  file_sender(int socket, int file, std::uint64_t offset, std::uint64_t end)
      : socket_(socket), file_(file), offset_(offset), end_(end) {}

  // At most `most` bytes.
  moved_bytes send(std::size_t most) noexcept;
  bool done() const { return offset_ >= end_; }
  std::uint64_t offset() const { return offset_; }  // of the file, where it goes on
  bool give_up() noexcept { return false; }         // nothing can tell the peer

 private:
  const int socket_;
  const int file_;
  std::uint64_t offset_;
  const std::uint64_t end_;
};

// From a non-blocking socket to a file at its own position, until the socket is empty or `length` bytes have moved.
// May wait for the disk. Keeps one pipe a thread.
moved_bytes receive_into_file(int socket, int file, std::uint64_t length) noexcept;

}  // namespace ferry::transfer
