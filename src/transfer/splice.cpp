#include "transfer/splice.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.hpp"

namespace ferry::transfer {
namespace {

using state = moved_bytes::state;

struct pipe_pair {
  int in = -1;
  int out = -1;

  bool open() {
    int ends[2];
    if (in >= 0) return true;
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    out = ends[0];
    in = ends[1];
    ::fcntl(in, F_SETPIPE_SZ, static_cast<int>(limit::transfer_slice));  // the default size serves too
    return true;
  }
  void close() {
    if (in < 0) return;
    ::close(in);
    ::close(out);
    in = out = -1;
  }
  ~pipe_pair() { close(); }
};

thread_local pipe_pair pipe;

// Empties the pipe into the file; what cannot be written is lost with the pipe.
std::errc drain(int file, std::size_t count) {
  while (count > 0) {
    ssize_t written = ::splice(pipe.out, nullptr, file, nullptr, count, SPLICE_F_MOVE);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      auto code = written < 0 ? std::errc(errno) : std::errc::io_error;
      pipe.close();
      return code;
    }
    count -= static_cast<std::size_t>(written);
  }
  return {};
}

}  // namespace

moved_bytes send_from_file(int socket, int file, std::uint64_t offset, std::size_t length) noexcept {
  auto at = static_cast<off_t>(offset);
  ssize_t count = ::sendfile(socket, file, &at, length);
  if (count > 0) return {.count = static_cast<std::uint64_t>(count)};
  if (count == 0) return {.what = state::end};
  switch (errno) {
    case EAGAIN:
    case EINTR: return {.what = state::would_block};
    case EIO:
    case EINVAL:
    case EOVERFLOW:
    case ENOMEM: return {.what = state::file_failed, .code = std::errc(errno)};
    default: return {.what = state::channel_failed, .code = std::errc(errno)};
  }
}

moved_bytes receive_into_file(int socket, int file, std::uint64_t length) noexcept {
  moved_bytes out;
  if (!pipe.open()) return {.what = state::file_failed, .code = std::errc(errno)};
  while (out.count < length) {
    ssize_t count =
        ::splice(socket, nullptr, pipe.in, nullptr, limit::transfer_slice, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (count == 0) {
      out.what = state::end;
      return out;
    }
    if (count < 0) {
      if (errno == EINTR) continue;
      out.what = errno == EAGAIN ? state::would_block : state::channel_failed;
      out.code = std::errc(errno);
      return out;
    }
    if (auto code = drain(file, static_cast<std::size_t>(count)); code != std::errc{}) {
      out.what = state::file_failed;
      out.code = code;
      return out;
    }
    out.count += static_cast<std::uint64_t>(count);
  }
  return out;
}

}  // namespace ferry::transfer
