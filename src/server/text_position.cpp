#include "server/text_position.hpp"

#include "base/limits.hpp"
#include "proto/ascii.hpp"

namespace ferry::server {

net::task<result<text_position>> find_wire_position(net::loop& on, storage::source& file, std::uint64_t wire) {
  proto::ascii_meter meter(wire);
  std::string chunk;
  std::uint64_t offset = 0;
  while (!meter.reached()) {
    chunk.resize(limit::transfer_buffer);
    auto count = co_await file.read(offset, chunk);
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) break;
    meter.feed(std::span(chunk).first(*count));
    offset += *count;
    co_await on.yield();
  }
  const bool behind = !meter.reached() && wire != UINT64_MAX;
  co_return text_position{meter.wire(), behind ? UINT64_MAX : meter.local(), meter.after_cr()};
}

}  // namespace ferry::server
