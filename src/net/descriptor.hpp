// A descriptor that coroutines of one loop can wait for. It is made known to the kernel's event queue at the first
// wait only: a data connection that never has to wait costs nothing there.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <utility>

#include "net/loop.hpp"
#include "net/stream.hpp"

namespace ferry::net {

class descriptor {
 public:
  descriptor(loop& on, int fd) : loop_(on), fd_(fd) {}  // owns `fd`, which must be non-blocking
  ~descriptor();
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int get() const { return fd_; }
  int release();  // the caller's from now on; nobody waits
  loop& owner() const { return loop_; }

  // At most one wait for each interest at a time.
  task<wait_status> wait(interest what, time_point deadline);
  std::errc take_failure() { return std::exchange(failure_, {}); }  // of a wait; 0: none has failed
  void cancel(interest what) noexcept;

 private:
  struct pending {
    asio::cancellation_signal signal;
    bool expired = false;
  };
  struct registration {
    explicit registration(const executor& on) : handle(on) {}
    asio::posix::basic_stream_descriptor<executor> handle;
    pending waits[2];
  };

  wait_status failed(const boost::system::error_code& why);

  loop& loop_;
  int fd_;
  std::errc failure_{};
  std::unique_ptr<registration> registration_;
};

}  // namespace ferry::net
