// A control connection as commands out and replies in, each within a limit. Replies come in the order of the commands
// (RFC 959 §4.2), so several may be under way at once.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "proto/reply_reader.hpp"

namespace ferry::client {

// A command, and what the server has said to it so far.
struct exchange {
  std::string line;                   // "RETR a.txt", without its end
  std::optional<proto::reply> first;  // 1yz: the last that came
  std::optional<proto::reply> final;
  bool lost = false;  // its connection has gone: no more replies will come

  std::string_view verb() const { return std::string_view(line).substr(0, line.find(' ')); }
};
using asked = std::shared_ptr<exchange>;

// The line of a command, without its end. Errors: command.control (the argument holds a line's end or a NUL: a name
// must not become a command)
result<std::string> line_of(std::string_view verb, std::string_view argument = {});

class control {
 public:
  control(net::loop& on, std::unique_ptr<net::stream> through) : on_(on), stream_(std::move(through)) {}
  ~control();

  // The greeting: a reply to nothing.
  asked expect(std::string what);

  // `lines` leave in one segment where they fit: what must stand alone in one is sent by itself.
  // Errors: control.reset, reply.timeout (the peer takes nothing)
  net::task<result<std::vector<asked>>> ask(std::vector<std::string> lines, std::chrono::milliseconds limit);

  // The next reply, given to the exchange that it belongs to; null when it belongs to none. Errors: control.closed,
  // control.reset, reply.garbage, reply.line_too_long, reply.too_long, and two after which the connection is as good
  // as before: reply.timeout, control.interrupted
  struct heard {
    proto::reply what;
    asked to;
  };
  net::task<result<heard>> hear(std::chrono::milliseconds limit, std::string waiting_for);

  // TLS from here on; `server` as in tls_stream. Errors: tls.* (net/tls.hpp), tls.injected (the server's side said
  // something ahead of the handshake), tls.timeout, control.interrupted
  net::task<result<net::tls_stream*>> protect(std::shared_ptr<const net::tls_context> with, std::string server,
                                              std::chrono::milliseconds limit);
  // And in the clear again; the tls_stream stays, for data connections to resume its session. Errors: control.reset,
  // control.closed, tls.timeout
  net::task<result<void>> clear(std::chrono::milliseconds limit);

  const std::deque<asked>& unanswered() const { return unanswered_; }

  void interrupt();  // the hear() that is under way, or the next
  void uninterrupt() { interrupted_ = false; }
  net::stream& stream() const { return *stream_; }

 private:
  net::task<result<void>> write(std::string bytes, std::chrono::milliseconds limit);
  net::task<result<proto::reply>> read(std::chrono::milliseconds limit, std::string waiting_for);
  asked answered_by(const proto::reply& what);

  net::loop& on_;
  std::unique_ptr<net::stream> stream_;
  std::unique_ptr<net::stream> spent_;  // the TLS stream after clear()
  proto::reply_reader replies_;
  std::deque<asked> unanswered_;
  bool interrupted_ = false;
  std::size_t inconclusive_ = 0;  // replies since the last that was somebody's final one
};

}  // namespace ferry::client
