// How far a transfer is: written by the pump, read by STAT and the log, and the handle by which ABOR stops it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "net/stream.hpp"

namespace ferry::transfer {

class progress {
 public:
  std::uint64_t bytes = 0;                // on the wire, in this transfer
  std::uint64_t content = 0;              // of the file: taken from it to be sent, or written
  std::optional<std::uint64_t> expected;  // where the size is known beforehand
  time_point started{};

  void abort() {
    aborted_ = true;
    if (waiting_) waiting_->cancel(net::interest::read);
    if (waiting_) waiting_->cancel(net::interest::write);
  }
  bool aborted() const { return aborted_; }

  // Waits for the channel; an error when it was stopped (data.aborted), nothing came before `stalled` had passed
  // (data.stalled), or the system cannot wait (data.watch).
  net::task<result<void>> wait(net::stream& channel, net::interest what, time_point stalled);

 private:
  net::stream* waiting_ = nullptr;
  bool aborted_ = false;
};

}  // namespace ferry::transfer
