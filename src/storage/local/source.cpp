#include "storage/local/source.hpp"

#include <fcntl.h>
#include <sys/uio.h>

#include <cerrno>

#include "storage/errors.hpp"
#include "storage/limits.hpp"
#include "storage/local/retire.hpp"

namespace ferry::storage::local {
namespace {

class local_source final : public source {
 public:
  local_source(net::loop& on, opened_file file) : loop_(on), open_(std::move(file)) {}

  // The last close of a removed file frees its blocks, which takes a while for a large one.
  ~local_source() override {
    if (open_.speed == wait_for::others || open_.about.size > limit::close_inline) retire(loop_, std::move(open_.file));
  }

  const info& about() const override { return open_.about; }
  int descriptor() const noexcept override { return open_.file.get(); }

  task<result<std::size_t>> read(std::uint64_t offset, std::span<char> into) override {
    if (auto got = read_now(offset, into.data(), into.size()); got >= 0) co_return static_cast<std::size_t>(got);
    auto wait = [&] { return read_waiting(offset, into); };
    co_return co_await loop_.offload(wait);
  }

  bool at_hand(std::uint64_t offset, std::size_t length) noexcept override {
    if (length == 0 || open_.speed == wait_for::memory) return true;
    char probe;
    const std::uint64_t last = offset + length - 1;
    for (auto at = offset; at < last; at += limit::probe_step - at % limit::probe_step) {
      if (read_now(at, &probe, 1) < 0) return false;
    }
    return read_now(last, &probe, 1) >= 0;
  }

 private:
  // -1 when a worker must do it, be it to wait or to learn of the error.
  ssize_t read_now(std::uint64_t offset, char* into, std::size_t size) noexcept {
    if (!asks_ || open_.speed == wait_for::others) return -1;
    iovec part{into, size};
    auto got = ::preadv2(open_.file.get(), &part, 1, static_cast<off_t>(offset),
                         open_.speed == wait_for::disk ? RWF_NOWAIT : 0);
    if (got < 0 && errno == EOPNOTSUPP) asks_ = false;
    return got;
  }

  result<std::size_t> read_waiting(std::uint64_t offset, std::span<char> into) const {
    ssize_t got;
    do {
      got = ::pread(open_.file.get(), into.data(), into.size(), static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return failure(errno);
    // Asks for what follows, so that the next reads and sendfile find it at hand.
    if (open_.speed == wait_for::disk && static_cast<std::size_t>(got) == into.size()) {
      ::posix_fadvise(open_.file.get(), static_cast<off_t>(offset) + got, limit::read_ahead, POSIX_FADV_WILLNEED);
    }
    return static_cast<std::size_t>(got);
  }

  net::loop& loop_;
  opened_file open_;
  bool asks_ = true;  // false: the file system does not know how to say what is at hand
};

}  // namespace

std::unique_ptr<source> make_source(net::loop& on, opened_file file) {
  return std::make_unique<local_source>(on, std::move(file));
}

}  // namespace ferry::storage::local
