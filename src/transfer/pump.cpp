#include "transfer/pump.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.hpp"
#include "storage/limits.hpp"
#include "transfer/splice.hpp"

namespace ferry::transfer {
namespace {

using net::interest;
using net::io_result;

std::unexpected<error> broken(std::errc code) {
  if (code == std::errc::connection_aborted) {
    return fail("data.truncated", "the data connection ended without TLS's close_notify: what came may not be all",
                "try again; if this client never sends it, the administrator can bear that: tls.bear_truncation", code);
  }
  return fail("data.reset", "the data connection was broken by the peer: " + std::make_error_code(code).message(),
              "try again, resuming where it stopped", code);
}

std::unexpected<error> disk_failed(std::errc code) {
  switch (static_cast<int>(code)) {
    case ENOSPC: return fail("storage.full", "no space is left", "make room or choose another folder", code);
    case EFBIG: return fail("storage.full", "the file is larger than the file system takes", {}, code);
    case EDQUOT: return fail("storage.quota", "the quota of this user is used up", "make room", code);
    default: return fail("storage.failed", std::make_error_code(code).message(), {}, code);
  }
}

std::unexpected<error> stopped() { return fail("data.aborted", "the transfer was stopped"); }

}  // namespace

net::task<result<void>> progress::wait(net::stream& channel, interest what, time_point stalled) {
  if (aborted_) co_return stopped();
  waiting_ = &channel;
  auto status = co_await channel.ready(what, stalled);
  waiting_ = nullptr;
  if (aborted_) co_return stopped();
  if (status == net::wait_status::timed_out) {
    co_return fail("data.stalled", "no data moved for too long", "see whether the peer or a firewall holds it up");
  }
  co_return result<void>{};
}

net::task<result<void>> pump::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    if (moved.aborted()) co_return stopped();
    auto io = channel.try_write(bytes);
    if (io.what == io_result::state::moved) {
      bytes.remove_prefix(io.count);
      moved.bytes += io.count;
      continue;
    }
    if (io.what != io_result::state::would_block) co_return broken(io.code);
    if (auto ok = co_await moved.wait(channel, io.wants, on.now() + stalled); !ok) co_return ok;
  }
  co_return result<void>{};
}

// Ends the channel in its own words, where it has any.
net::task<result<void>> pump::finish() {
  for (;;) {
    auto io = channel.try_finish();
    if (io.what == io_result::state::moved) co_return result<void>{};
    if (io.what != io_result::state::would_block) co_return broken(io.code);
    if (auto ok = co_await moved.wait(channel, io.wants, on.now() + stalled); !ok) co_return ok;
  }
}

net::task<result<void>> pump::send(storage::source& from, std::uint64_t offset, stages through) {
  if (through.empty() && channel.descriptor() >= 0 && from.descriptor() >= 0) {
    co_return co_await send_directly(from, offset);
  }
  std::string chunk;
  std::uint64_t end = from.about().size;
  for (bool last = false; !last;) {
    chunk.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(limit::transfer_buffer, end - std::min(end, offset))));
    std::size_t filled = 0;
    while (filled < chunk.size()) {
      auto count = co_await from.read(offset, std::span(chunk).subspan(filled));
      if (!count) co_return std::unexpected(count.error());
      if (*count == 0) co_return fail("storage.changed", "the file became shorter while it was sent");
      filled += *count;
      offset += *count;
    }
    last = offset >= end;
    run(through, chunk, last);
    if (auto ok = co_await write_all(chunk); !ok) co_return ok;
    co_await on.yield();
  }
  co_return co_await finish();
}

net::task<result<void>> pump::send_directly(storage::source& from, std::uint64_t offset) {
  const int socket = channel.descriptor();
  const int file = from.descriptor();
  const std::uint64_t end = from.about().size;
  std::uint64_t since_yield = 0;
  while (offset < end) {
    if (moved.aborted()) co_return stopped();
    auto length = static_cast<std::size_t>(std::min<std::uint64_t>(limit::transfer_slice, end - offset));
    moved_bytes sent;
    if (from.at_hand(offset, length)) {
      sent = send_from_file(socket, file, offset, length);
    } else {
      auto wait = [=] {
        // The disk is asked for more than this turn wants, so that the next turns find it at hand.
        ::posix_fadvise(file, static_cast<off_t>(offset), limit::read_ahead, POSIX_FADV_WILLNEED);
        return send_from_file(socket, file, offset, length);
      };
      sent = co_await on.offload(wait);
    }
    offset += sent.count;
    moved.bytes += sent.count;
    since_yield += sent.count;
    switch (sent.what) {
      case moved_bytes::state::more: break;
      case moved_bytes::state::end: co_return fail("storage.changed", "the file became shorter while it was sent");
      case moved_bytes::state::file_failed: co_return disk_failed(sent.code);
      case moved_bytes::state::channel_failed: co_return broken(sent.code);
      case moved_bytes::state::would_block:
        if (auto ok = co_await moved.wait(channel, interest::write, on.now() + stalled); !ok) co_return ok;
        since_yield = 0;
    }
    // A peer as fast as this loop would keep it to itself.
    if (since_yield >= limit::turn_bytes) {
      since_yield = 0;
      co_await on.yield();
    }
  }
  co_return result<void>{};
}

net::task<result<void>> pump::send(producer& from, stages through) {
  std::string chunk;
  for (bool more = true; more;) {
    auto next = co_await from.next(chunk);
    if (!next) co_return std::unexpected(next.error());
    more = *next;
    if (!more) chunk.clear();
    run(through, chunk, !more);
    if (auto ok = co_await write_all(chunk); !ok) co_return ok;
  }
  co_return co_await finish();
}

net::task<result<void>> pump::receive(storage::sink& into, stages through) {
  const bool may_splice = through.empty() && channel.descriptor() >= 0;
  std::string buffer;
  std::size_t filled = 0;
  bool waited = false;  // since the buffer was empty: the peer is slower than this end
  for (;;) {
    if (filled == buffer.size())
      buffer.resize(std::min(limit::transfer_buffer, std::max(limit::transfer_buffer_first, filled * 4)));
    auto io = moved.aborted() ? io_result{.what = io_result::state::would_block}
                              : channel.try_read(std::span(buffer).subspan(filled));
    if (io.what == io_result::state::moved) {
      moved.bytes += io.count;
      filled += io.count;
      if (filled < limit::transfer_buffer) continue;
    }
    result<void> ok;
    if (io.what == io_result::state::would_block) {
      waited = true;
      ok = co_await moved.wait(channel, io.wants, on.now() + stalled);
      if (ok) continue;
    }
    if (io.what == io_result::state::failed) ok = broken(io.code);
    // The buffer is full, or nothing more comes.
    const bool last = io.what == io_result::state::end;
    buffer.resize(filled);
    run(through, buffer, last);
    if (!buffer.empty()) {
      if (auto written = co_await into.write(buffer); !written) co_return written;
    }
    if (!ok || last) co_return ok;
    if (may_splice && !waited && into.descriptor() >= 0) {
      auto more = co_await splice(into);
      if (!more) co_return std::unexpected(more.error());
      if (!*more) co_return result<void>{};
    }
    buffer.resize(limit::transfer_buffer);
    filled = 0;
    waited = false;
  }
}

// Until the socket has run dry; false when the peer has finished.
net::task<result<bool>> pump::splice(storage::sink& into) {
  const int socket = channel.descriptor();
  const int file = into.descriptor();
  for (;;) {
    if (moved.aborted()) co_return stopped();
    auto receive = [=] { return receive_into_file(socket, file, limit::turn_bytes); };
    auto got = co_await on.offload(receive);
    moved.bytes += got.count;
    switch (got.what) {
      case moved_bytes::state::more: break;
      case moved_bytes::state::would_block: co_return true;
      case moved_bytes::state::end: co_return false;
      case moved_bytes::state::file_failed: co_return disk_failed(got.code);
      case moved_bytes::state::channel_failed: co_return broken(got.code);
    }
  }
}

}  // namespace ferry::transfer
