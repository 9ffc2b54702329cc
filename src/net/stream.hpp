// What ferry asks of a network: byte streams driven by readiness, listeners, and a way to dial.
// Implementations: tcp (tcp.hpp), TLS over any other (tls.hpp), an in-memory network for tests (memory_network.hpp).
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/endpoint.hpp"
#include "net/task.hpp"

namespace ferry::net {

class loop;

enum class interest { read, write };
enum class wait_status {
  ready,
  timed_out,
  cancelled,
  failed  // the system has no room to wait for one more; an attempt that would have to wait now fails, and says why
};

// What one attempt to move bytes came to.
struct io_result {
  enum class state {
    moved,        // `count` bytes, at least one
    would_block,  // nothing now: wait for `wants`
    end,          // the peer has finished sending, in order
    failed        // `code` says why; the stream is of no more use
  };
  state what = state::moved;
  std::size_t count = 0;
  std::errc code{};
  interest wants = interest::read;
};

// One connection. Used by one loop only. The attempts never block; at most one coroutine waits for each interest.
// Its destruction closes it: the peer reads what was written, then the end.
class stream {
 public:
  virtual ~stream() = default;

  virtual io_result try_read(std::span<char> into) noexcept = 0;
  virtual io_result try_write(std::span<const char> from) noexcept = 0;
  virtual task<wait_status> ready(interest what, time_point deadline) = 0;
  virtual void cancel(interest what) noexcept = 0;  // a wait for it ends `cancelled`; without one, nothing

  // The peer will send no more; what it sent may still be unread. On TCP it may be asked from any thread.
  virtual bool peer_closed() noexcept = 0;
  virtual void no_delay() noexcept {}       // what is written leaves at once, however little it is
  virtual void close_write() noexcept = 0;  // tells the peer that no more comes
  // Says so where the stream has words of its own for it (TLS); to be repeated while it would block.
  virtual io_result try_finish() noexcept { return {}; }
  // The peer may say what nobody reads (TLS: tickets). A close over it breaks the connection under the last bytes
  // written: who wrote them hears the peer out first.
  virtual bool hears_unasked() const noexcept { return false; }
  virtual void reset() noexcept = 0;  // ends the connection at once; the peer sees it broken

  virtual endpoint local() const = 0;
  virtual endpoint peer() const = 0;
  virtual endpoint dialled() const { return local(); }  // what the peer connected to, as it sees that

  // The socket, for sendfile and splice, where bytes may go past this object; -1 where they may not (TLS, in-memory).
  virtual int descriptor() const noexcept { return -1; }
  // The same for what is sent: also where the kernel does on the way what this object would do to it (TLS).
  virtual int send_descriptor() const noexcept { return descriptor(); }

  // The same connection for another loop, where there is a way; this object is then of no more use. Nobody waits.
  virtual std::unique_ptr<stream> moved_to(loop& /*other*/) { return nullptr; }
};

class listener {
 public:
  virtual ~listener() = default;

  // A connection that is there already, null when there is none yet.
  virtual result<std::unique_ptr<stream>> try_accept() = 0;
  virtual task<wait_status> ready(time_point deadline) = 0;
  virtual void cancel() noexcept = 0;
  virtual endpoint local() const = 0;
};

struct listen_options {
  bool reuse_port = false;  // several listeners, one a loop, share the port
  bool control = false;     // its connections carry commands: no delay, keepalive, urgent data in line
  int backlog = 1;
};

// By which a dial that is under way is given up.
class dial_ticket {
 public:
  void cancel() {
    cancelled = true;
    if (pending) pending->cancel(interest::write);
  }
  stream* pending = nullptr;  // kept by the network
  bool cancelled = false;
};

struct dial_options {
  std::optional<endpoint> from;   // the local address and port; port 0: any
  bool control = false;           // as in listen_options
  bool keepalive = true;          // of a control connection: its silence is broken now and then
  dial_ticket* ticket = nullptr;  // outlives the dial
  time_point deadline;
};

// A set of addresses that one loop can listen on and dial.
class network {
 public:
  virtual ~network() = default;
  virtual result<std::unique_ptr<listener>> listen(const endpoint& at, listen_options options) = 0;
  // Errors: connect.refused, connect.timeout, connect.unreachable, connect.failed, connect.local (the `from` address),
  // connect.cancelled
  virtual task<result<std::unique_ptr<stream>>> dial(endpoint to, dial_options options) = 0;
};

}  // namespace ferry::net
