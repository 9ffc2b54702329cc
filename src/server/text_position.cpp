#include "server/text_position.hpp"

#include "base/limits.hpp"
#include "proto/ascii.hpp"

namespace ferry::server {

net::task<result<text_position>> find_wire_position(net::loop& on, storage::source& file, std::uint64_t wire) {
  const bool to_end = wire == UINT64_MAX;
  if (!to_end && wire > limit::text_size && file.about().size > limit::text_size) {
    co_return fail("storage.offset", "that is too far into the file for text", "use TYPE I");
  }
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
  const bool behind = !meter.reached() && !to_end;
  co_return text_position{meter.wire(), behind ? UINT64_MAX : meter.local(), meter.after_cr()};
}

}  // namespace ferry::server
