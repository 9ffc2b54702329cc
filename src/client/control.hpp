// A control connection as lines out and replies in, each within a limit.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "net/loop.hpp"
#include "net/stream.hpp"
#include "proto/reply_reader.hpp"

namespace ferry::client {

class control {
 public:
  control(net::loop& on, std::unique_ptr<net::stream> through) : on_(on), stream_(std::move(through)) {}

  // `lines` leave in one segment where they fit: what must stand first in one is written by itself.
  // Errors: control.reset, reply.timeout (the peer takes nothing)
  net::task<result<void>> write(std::string lines, std::chrono::milliseconds limit);

  // The next reply. Errors: control.closed, control.reset, reply.garbage, reply.line_too_long, reply.too_long, and
  // two after which the connection is as good as before: reply.timeout, control.interrupted
  net::task<result<proto::reply>> read(std::chrono::milliseconds limit, std::string waiting_for);

  void interrupt();  // the read() that is under way, or the next
  net::stream& stream() const { return *stream_; }

 private:
  net::loop& on_;
  std::unique_ptr<net::stream> stream_;
  proto::reply_reader replies_;
  bool interrupted_ = false;
};

}  // namespace ferry::client
