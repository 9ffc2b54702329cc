#include "transfer/splice.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.hpp"
#include "base/limits.hpp"

namespace ferry::transfer {
namespace {

using state = moved_bytes::state;

constexpr std::size_t copied = 65536;  // bytes at a time

// EINVAL has many meanings; the calls that copy tell them apart.
bool unsupported(int code) { return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP; }

struct pipe_pair {
  fd in, out;

  bool open() {
    int ends[2];
    if (in) return true;
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    out = fd(ends[0]);
    in = fd(ends[1]);
    ::fcntl(in.get(), F_SETPIPE_SZ, static_cast<int>(limit::transfer_slice));  // the default size serves too
    return true;
  }
};

thread_local pipe_pair pipe;

// As splice(2) does it.
ssize_t copy(int file, std::size_t count) {
  char bytes[copied];
  const ssize_t taken = ::read(pipe.out.get(), bytes, std::min(count, sizeof bytes));
  for (ssize_t put = 0; put < taken;) {
    const ssize_t written = ::write(file, bytes + put, static_cast<std::size_t>(taken - put));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    put += written;
  }
  return taken;
}

// Empties the pipe into the file; what cannot be written is lost with the pipe.
std::errc drain(int file, std::size_t count) {
  bool splices = true;
  while (count > 0) {
    const ssize_t written =
        splices ? ::splice(pipe.out.get(), nullptr, file, nullptr, count, SPLICE_F_MOVE) : copy(file, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && splices && unsupported(errno)) {
      splices = false;
      continue;
    }
    if (written <= 0) {
      auto code = written < 0 ? std::errc(errno) : std::errc::io_error;
      pipe = {};
      return code;
    }
    count -= static_cast<std::size_t>(written);
  }
  return {};
}

// As sendfile(2) does it, to a socket.
moved_bytes copy_from_file(int socket, int file, std::uint64_t offset, std::size_t length) {
  char bytes[copied];
  moved_bytes out;
  while (out.count < length) {
    const ssize_t taken = ::pread(file, bytes, std::min<std::size_t>(length - out.count, sizeof bytes),
                                  static_cast<off_t>(offset + out.count));
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0 && out.count > 0) return out;  // the next call tells
    if (taken < 0) return {.what = state::file_failed, .code = std::errc(errno)};
    if (taken == 0) return {.what = state::end};
    const ssize_t sent = ::send(socket, bytes, static_cast<std::size_t>(taken), MSG_NOSIGNAL);
    if (sent < 0 && out.count > 0) return out;
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return {.what = state::would_block};
    if (sent < 0) return {.what = state::channel_failed, .code = std::errc(errno)};
    out.count += static_cast<std::uint64_t>(sent);
  }
  return out;
}

}  // namespace

moved_bytes send_from_file(int socket, int file, std::uint64_t offset, std::size_t length) noexcept {
  auto at = static_cast<off_t>(offset);
  ssize_t count = ::sendfile(socket, file, &at, length);
  if (count > 0) return {.count = static_cast<std::uint64_t>(count)};
  if (count == 0) return {.what = state::end};
  if (unsupported(errno)) return copy_from_file(socket, file, offset, length);
  switch (errno) {
    case EAGAIN:
    case EINTR: return {.what = state::would_block};
    case EIO:
    case EOVERFLOW:
    case ENOMEM: return {.what = state::file_failed, .code = std::errc(errno)};
    default: return {.what = state::channel_failed, .code = std::errc(errno)};
  }
}

moved_bytes file_sender::send(std::size_t most) noexcept {
  const auto sent = send_from_file(socket_, file_, offset_, std::min<std::uint64_t>(most, end_ - offset_));
  offset_ += sent.count;
  return sent;
}

moved_bytes receive_into_file(int socket, int file, std::uint64_t length) noexcept {
  moved_bytes out;
  if (!pipe.open()) return {.what = state::file_failed, .code = std::errc(errno)};
  while (out.count < length) {
    ssize_t count =
        ::splice(socket, nullptr, pipe.in.get(), nullptr, limit::transfer_slice, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
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
