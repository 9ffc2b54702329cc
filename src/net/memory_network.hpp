// A network in memory for one loop, with faults by a seed: tests of both ends of FTP run over it in one thread. Driven
// by loop::simulate(), the same plan and the same doings give the same run. It has every address; a dial comes from
// the address that it goes to unless it says otherwise, as on a loopback interface.
#pragma once

#include <functional>
#include <limits>
#include <memory>

#include "net/loop.hpp"
#include "net/stream.hpp"

namespace ferry::net {

// What goes wrong. Without a word nothing does: bytes arrive at once and in pieces as large as they were written.
struct fault_plan {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  enum class pieces : std::uint8_t {
    whole,
    random,  // an attempt moves any number of bytes, or none for no reason
    bytes    // one at a time
  };

  std::uint64_t seed = 0;
  pieces split = pieces::whole;
  duration latency{};  // of everything, each way: a round trip takes two
  duration delay{};    // beside it, the most that bytes, an end or a new connection take; each connection for itself
  std::size_t window = 65536;         // bytes under way in one direction
  std::uint64_t fail_at = never;      // the operation, counted from 1, that fails
  std::uint64_t reset_after = never;  // bytes moved by all connections; the one that moves the next is reset
  unsigned resets = 0;                // of 1,000 attempts to read or to write
  unsigned refused = 0;               // of 1,000 dials
  unsigned lost = 0;                  // of 1,000 dials: nobody ever answers
  std::function<bool(const endpoint& to)> dropped{};  // of dials: a firewall stands there, and nobody ever answers
};

class memory_network : public network {
 public:
  explicit memory_network(loop& on, fault_plan faults = {});
  ~memory_network() override;

  // Errors: as tcp_network; each but connect.timeout and connect.cancelled may be a fault.
  result<std::unique_ptr<listener>> listen(const endpoint& at, listen_options options) override;
  task<result<std::unique_ptr<stream>>> dial(endpoint to, dial_options options) override;

  // Attempts so far to listen, dial, accept, read or write: what fault_plan::fail_at counts.
  std::uint64_t operations() const;
  std::size_t connections() const;  // that an end of is still held

  struct core;

 private:
  std::shared_ptr<core> core_;  // streams may outlive the network
};

}  // namespace ferry::net
