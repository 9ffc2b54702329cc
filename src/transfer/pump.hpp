// Moves a transfer's bytes: storage -> stages -> channel, and back (RFC 959 §3.3).
//
// Errors of all: data.aborted, data.stalled, data.reset (the peer broke the connection),
// data.truncated (TLS: it ended without close_notify), and those of storage.
#pragma once

#include <chrono>
#include <string>

#include "net/loop.hpp"
#include "storage/storage.hpp"
#include "transfer/progress.hpp"
#include "transfer/stage.hpp"

namespace ferry::transfer {

// Bytes made as they are wanted: a listing.
class producer {
 public:
  virtual ~producer() = default;
  // Replaces `chunk` by the next bytes, about limit::transfer_buffer at most; false when there was nothing more.
  virtual net::task<result<bool>> next(std::string& chunk) = 0;
};

struct pump {
  net::loop& on;
  net::stream& channel;
  progress& moved;
  std::chrono::seconds stalled;  // without one byte moving

  // The file from `offset` to the size it had when it was opened. Without stages and on a clear channel nothing is
  // copied (sendfile). A file that has become shorter is an error: storage.changed.
  net::task<result<void>> send(storage::source& from, std::uint64_t offset, stages through);
  net::task<result<void>> send(producer& from, stages through);

  // All that the peer sends. The sink is not committed here. What came before an error has been written.
  net::task<result<void>> receive(storage::sink& into, stages through);

 private:
  net::task<result<void>> write_all(std::string_view bytes);
  net::task<result<void>> finish();
  net::task<result<void>> send_directly(storage::source& from, std::uint64_t offset);
  net::task<result<bool>> splice(storage::sink& into);
};

}  // namespace ferry::transfer
