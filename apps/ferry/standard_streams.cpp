#include "ferry/standard_streams.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/limits.hpp"

namespace ferry::cli {
namespace {

// Zero, or errno.
int write_all(int fd, std::span<const char> from) {
  while (!from.empty()) {
    auto count = ::write(fd, from.data(), from.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    from = from.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

}  // namespace

net::task<result<void>> standard_output::write(std::span<const char> from) {
  auto put = [from] { return write_all(STDOUT_FILENO, from); };
  int failed = co_await on_.offload(put);
  if (failed) co_return fail_errno("local.output", failed);
  co_return result<void>{};
}

net::task<result<void>> standard_output::commit() { co_return result<void>{}; }

net::task<result<bool>> standard_input::next(std::string& chunk) {
  auto take = [&chunk] {
    chunk.resize(limit::transfer_buffer);
    ssize_t got = 0;
    do got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    while (got < 0 && errno == EINTR);
    return got < 0 ? -static_cast<ssize_t>(errno) : got;
  };
  auto count = co_await on_.offload(take);
  if (count < 0) co_return fail_errno("local.input", static_cast<int>(-count));
  chunk.resize(static_cast<std::size_t>(count));
  co_return count > 0;
}

}  // namespace ferry::cli
