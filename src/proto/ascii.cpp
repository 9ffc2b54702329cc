#include "proto/ascii.hpp"

#include <algorithm>
#include <cstring>

namespace ferry::proto {
namespace {

// How many of the first `limit` bytes of `in` come before the first `stop`.
std::size_t run(std::span<const char> in, std::size_t limit, char stop) {
  const auto* const found = static_cast<const char*>(std::memchr(in.data(), stop, limit));
  return found ? static_cast<std::size_t>(found - in.data()) : limit;
}

template <class Stage>
void append(Stage& stage, std::span<const char> in, std::string& out, std::size_t most) {
  const auto before = out.size();
  out.resize(before + most);
  const auto done = stage.transform(in, std::span(out).subspan(before));
  out.resize(before + done.produced);
}

}  // namespace

progress ascii_encoder::transform(std::span<const char> in, std::span<char> out) {
  progress done;
  while (done.consumed < in.size() && done.produced < out.size()) {
    const auto rest = in.subspan(done.consumed);
    if (rest.front() == '\n') {
      out[done.produced++] = after_cr_ ? '\n' : '\r';
      done.consumed += after_cr_;  // an LF that still lacks its CR is met again for itself
      after_cr_ = !after_cr_;
      continue;
    }
    const auto count = run(rest, std::min(rest.size(), out.size() - done.produced), '\n');
    std::memcpy(out.data() + done.produced, rest.data(), count);
    after_cr_ = rest[count - 1] == '\r';
    done.consumed += count;
    done.produced += count;
  }
  return done;
}

void ascii_encoder::transform(std::span<const char> in, std::string& out) { append(*this, in, out, 2 * in.size()); }

progress ascii_decoder::transform(std::span<const char> in, std::span<char> out) {
  progress done;
  while (done.consumed < in.size() && done.produced < out.size()) {
    const auto rest = in.subspan(done.consumed);
    if (after_cr_) {
      const char next = rest.front();
      out[done.produced++] = next == '\n' ? '\n' : '\r';
      done.consumed += next == '\n' || next == '\0';
      after_cr_ = false;
      continue;
    }
    const auto limit = std::min(rest.size(), out.size() - done.produced);
    const auto count = run(rest, limit, '\r');
    std::memcpy(out.data() + done.produced, rest.data(), count);
    after_cr_ = count < limit;
    done.consumed += count + after_cr_;
    done.produced += count;
  }
  return done;
}

void ascii_decoder::transform(std::span<const char> in, std::string& out) { append(*this, in, out, in.size() + 1); }

std::size_t ascii_decoder::finish(std::span<char> out) {
  if (!after_cr_ || out.empty()) return 0;
  out.front() = '\r';
  after_cr_ = false;
  return 1;
}

void ascii_decoder::finish(std::string& out) {
  char last;
  out.append(&last, finish(std::span(&last, 1)));
}

std::size_t ascii_meter::feed(std::span<const char> in) {
  std::size_t taken = 0;
  while (taken < in.size() && wire_ < stop_) {
    const auto rest = in.subspan(taken);
    std::size_t count = 1;
    if (rest.front() != '\n') {
      count = run(rest, std::min<std::uint64_t>(rest.size(), stop_ - wire_), '\n');
      after_cr_ = rest[count - 1] == '\r';
    } else if (after_cr_) {
      after_cr_ = false;
    } else {
      after_cr_ = true;
      ++wire_;
      continue;
    }
    taken += count;
    wire_ += count;
    local_ += count;
  }
  return taken;
}

}  // namespace ferry::proto
