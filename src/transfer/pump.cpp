#include "transfer/pump.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.hpp"
#include "storage/errors.hpp"
#include "storage/limits.hpp"
#include "transfer/block_send.hpp"
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

std::unexpected<error> disk_failed(std::errc code) { return storage::failure(static_cast<int>(code)); }

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
  if (status == net::wait_status::failed) {
    co_return fail("data.watch", "the system cannot watch one more connection", "raise fs.epoll.max_user_watches");
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

// The file is sent. A channel that serves no other is ended in its own words, where it has any.
net::task<result<void>> pump::finish(const encoding& how) {
  in_step = how.keeps_connection();
  if (in_step) co_return result<void>{};
  for (;;) {
    auto io = channel.try_finish();
    if (io.what == io_result::state::moved) break;
    if (io.what != io_result::state::would_block) co_return broken(io.code);
    if (auto ok = co_await moved.wait(channel, io.wants, on.now() + stalled); !ok) co_return ok;
  }
  if (channel.hears_unasked()) co_await hear_out();
  co_return result<void>{};
}

net::task<> pump::hear_out() {
  char ignored[4096];
  const auto until = on.now() + limit::data_parting;
  channel.close_write();
  for (unsigned reads = 0; reads < limit::parting_reads; ++reads) {
    auto io = channel.try_read(ignored);
    if (io.what == io_result::state::moved) continue;
    if (io.what != io_result::state::would_block) co_return;
    if (auto ok = co_await moved.wait(channel, io.wants, until); !ok) co_return;
  }
}

net::task<result<void>> pump::send(storage::source& from, std::uint64_t offset, encoding how) {
  const int socket = channel.send_descriptor(), file = from.descriptor();
  const auto end = from.about().size;
  if (socket >= 0 && file >= 0 && how.as_it_is()) {
    file_sender by(socket, file, offset, end);
    co_return co_await send_directly(by, from, how);
  }
  if (socket >= 0 && file >= 0 && how.blocks()) {
    block_sender by(socket, file, offset, end);
    co_return co_await send_directly(by, from, how);
  }
  co_return co_await send_copied(from, offset, how);
}

net::task<result<void>> pump::send_copied(storage::source& from, std::uint64_t offset, encoding& how) {
  std::string chunk;
  const std::uint64_t end = from.about().size;
  std::uint64_t marked = offset;
  for (bool last = false; !last;) {
    chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(how.slice(), end - std::min(end, offset))));
    std::size_t filled = 0;
    while (filled < chunk.size()) {
      auto count = co_await from.read(offset, std::span(chunk).subspan(filled));
      if (count && *count == 0) count = fail("storage.changed", "the file became shorter while it was sent");
      if (!count) co_return co_await give_up(std::move(count.error()), how);
      filled += *count;
      offset += *count;
    }
    last = offset >= end;
    moved.content += chunk.size();
    auto encoded = how.encode(chunk, last);
    if (encoded && !last && offset - marked >= limit::marker_interval) {
      how.mark(offset, chunk);
      marked = offset;
    }
    if (auto ok = co_await write_all(chunk); !ok) co_return ok;
    if (!encoded) co_return co_await give_up(std::move(encoded.error()), how);
    co_await on.yield();
  }
  co_return co_await finish(how);
}

// Ends the file for the peer, where there is a way to say so, for a reason that is not the channel's.
net::task<result<void>> pump::give_up(error why, encoding& how) {
  if (how.keeps_connection()) {
    std::string end;
    how.give_up(end);
    if (auto ok = co_await write_all(end); !ok) co_return ok;
    in_step = true;
  }
  co_return std::unexpected(std::move(why));
}

// From the kernel to the kernel.
template <class Sender>
net::task<result<void>> pump::send_directly(Sender by, storage::source& from, const encoding& how) {
  const auto begin = by.offset(), end = from.about().size;
  result<void> outcome;
  std::uint64_t since_yield = 0;
  while (!by.done()) {
    if (moved.aborted()) co_return stopped();
    const auto ahead = std::min<std::uint64_t>(limit::transfer_slice, end - std::min(end, by.offset()));
    moved_bytes sent;
    if (!outcome || from.at_hand(by.offset(), static_cast<std::size_t>(ahead))) {
      sent = by.send(limit::transfer_slice);
    } else {
      auto wait = [&] {
        // The disk is asked for more than this turn wants, so that the next turns find it at hand.
        ::posix_fadvise(from.descriptor(), static_cast<off_t>(by.offset()), limit::read_ahead, POSIX_FADV_WILLNEED);
        return by.send(limit::transfer_slice);
      };
      sent = co_await on.offload(wait);
    }
    moved.bytes += sent.count;
    moved.content = by.offset() - begin;
    since_yield += sent.count;
    switch (sent.what) {
      case moved_bytes::state::more: break;
      case moved_bytes::state::end:
        outcome = fail("storage.changed", "the file became shorter while it was sent");
        if (!by.give_up()) co_return outcome;
        break;
      case moved_bytes::state::file_failed:
        outcome = disk_failed(sent.code);
        if (!by.give_up()) co_return outcome;
        break;
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
  in_step = !outcome;
  if (!outcome) co_return outcome;
  co_return co_await finish(how);
}

net::task<result<void>> pump::send(producer& from, encoding how) {
  std::string chunk;
  for (bool more = true; more;) {
    auto next = co_await from.next(chunk);
    if (!next) co_return co_await give_up(std::move(next.error()), how);
    more = *next;
    if (!more) chunk.clear();
    moved.content += chunk.size();
    auto encoded = how.encode(chunk, !more);
    if (auto ok = co_await write_all(chunk); !ok) co_return ok;
    if (!encoded) co_return co_await give_up(std::move(encoded.error()), how);
  }
  co_return co_await finish(how);
}

net::task<result<void>> pump::receive(storage::sink& into, decoding how) {
  std::string ahead;
  co_return co_await receive(into, how, ahead);
}

net::task<result<void>> pump::receive(storage::sink& into, decoding& how, std::string& ahead) {
  if (how.framed()) co_return co_await receive_framed(&into, how, ahead);
  co_return co_await receive_stream(into, how);
}

net::task<result<void>> pump::skip(decoding& how, std::string& ahead) { return receive_framed(nullptr, how, ahead); }

net::task<result<void>> pump::receive_framed(storage::sink* into, decoding& how, std::string& ahead) {
  std::string buffer = std::exchange(ahead, {});
  std::string out;
  std::span<const char> in = buffer;
  std::size_t room = std::max(limit::transfer_buffer_first, buffer.size());
  std::uint64_t written = 0;
  for (;;) {
    auto came = how.decode(in, out);
    result<void> ok;
    if (came && *came == decoding::came::all) {
      // What was read before an error is written all the same.
      if (room < limit::transfer_buffer && in.data() == buffer.data() + room) room *= 4;
      buffer.resize(room);
      auto count = co_await read(buffer);
      in = std::span(buffer).first(count.value_or(0));
      if (!count) ok = std::unexpected(std::move(count.error()));
      if (count && *count == 0)
        ok = fail("data.truncated", "the data connection ended before the file did", "send it again");
    } else if (!came) {
      ok = std::unexpected(std::move(came.error()));
    }
    const bool much = out.size() >= limit::transfer_buffer;
    const bool pause = !ok || *came != decoding::came::all || much;
    if (into && pause && !out.empty()) {
      auto put = co_await into->write(out);
      if (!put && ok) ok = std::move(put);
      written += out.size();
      moved.content += out.size();
    }
    if (pause) out.clear();
    in_step = how.ended() && how.keeps_connection();
    if (!ok || *came == decoding::came::end) {
      ahead.assign(in.begin(), in.end());
      if (ok && !how.keeps_connection()) ok = co_await await_end(ahead);
      co_return ok;
    }
    if (*came == decoding::came::marker && markers && into && how.may_restart()) {
      co_await markers->came(how.marker(), written);
    }
    if (much || *came == decoding::came::much) co_await on.yield();
  }
}

// The bytes that have come, at least one; none when the peer has finished.
net::task<result<std::size_t>> pump::read(std::span<char> into) {
  for (;;) {
    if (moved.aborted()) co_return stopped();
    auto io = channel.try_read(into);
    if (io.what == io_result::state::moved) moved.bytes += io.count;
    if (io.what == io_result::state::moved || io.what == io_result::state::end) co_return io.count;
    if (io.what == io_result::state::failed) co_return broken(io.code);
    if (auto ok = co_await moved.wait(channel, io.wants, on.now() + stalled); !ok) {
      co_return std::unexpected(std::move(ok.error()));
    }
  }
}

// Where a connection serves one file, nothing may come behind it.
net::task<result<void>> pump::await_end(const std::string& behind) {
  char byte;
  std::size_t more = behind.size();
  if (more == 0) {
    auto count = co_await read(std::span(&byte, 1));
    if (!count) co_return std::unexpected(std::move(count.error()));
    more = *count;
  }
  if (more > 0) co_return fail("data.malformed", "more came behind the end of the file");
  co_return result<void>{};
}

net::task<result<void>> pump::receive_stream(storage::sink& into, decoding& how) {
  const bool may_splice = how.as_it_is() && channel.descriptor() >= 0;
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
    auto decoded = how.decode(buffer, last);
    if (ok && !decoded) ok = std::move(decoded);
    if (!buffer.empty()) {
      if (auto written = co_await into.write(buffer); !written) co_return written;
      moved.content += buffer.size();
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
    moved.content += got.count;
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
