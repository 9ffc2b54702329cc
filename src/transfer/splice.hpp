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

// From a non-blocking socket to a file at its own position, until the socket is empty or `length` bytes have moved.
// May wait for the disk. Keeps one pipe a thread.
moved_bytes receive_into_file(int socket, int file, std::uint64_t length) noexcept;

}  // namespace ferry::transfer
