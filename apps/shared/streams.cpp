#include "shared/streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ferry::shared {
namespace {

int output_failure = 0;  // errno, the first

void note_failure(std::FILE* of) {
  if (of == stdout && output_failure == 0) output_failure = errno ? errno : EIO;
}

}  // namespace

void hold_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // Standard output only to be read: what is written to it is lost, and that is to be seen.
    const int how = fd == STDERR_FILENO ? O_WRONLY : O_RDONLY;
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", how));
  }
}

void write(std::FILE* to, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), to) != text.size()) note_failure(to);
}

void flush(std::FILE* to) {
  if (std::fflush(to) != 0) note_failure(to);
}

bool written(std::string_view program) {
  flush(stdout);
  if (output_failure == 0) return true;
  if (output_failure != EPIPE) {
    print(stderr, "{}: standard output: {}\n", program, std::generic_category().message(output_failure));
  }
  return false;
}

}  // namespace ferry::shared
