// A connection to whichever of a host's addresses answers first (after RFC 8305): one after the other, each with a
// short head start.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/event.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"

namespace ferry::client {

class dialler {
 public:
  dialler(net::loop& on, net::network& through, bool keepalive = true)
      : on_(on), through_(through), keepalive_(keepalive) {}

  // `tried` hears of each attempt. Errors: those of network::dial, of the last attempt.
  net::task<result<std::unique_ptr<net::stream>>> first_of(std::vector<net::endpoint> to, time_point deadline,
                                                           std::function<void(const net::endpoint&)> tried);
  void cancel();

 private:
  net::task<> attempt(net::endpoint to, time_point deadline, net::dial_ticket& ticket);
  net::task<> change_or(time_point until);

  net::loop& on_;
  net::network& through_;
  const bool keepalive_;
  std::deque<net::dial_ticket> tickets_;
  std::unique_ptr<net::stream> won_;
  std::optional<error> failed_;
  std::size_t running_ = 0;
  net::event* changed_ = nullptr;
};

// IPv6 and IPv4 in turn, the family of the first one first.
std::vector<net::endpoint> in_turn(const std::vector<net::address>& addresses, std::uint16_t port);

}  // namespace ferry::client
