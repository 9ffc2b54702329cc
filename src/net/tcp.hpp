// The network of this machine: TCP over IPv4 and IPv6.
#pragma once

#include "net/loop.hpp"
#include "net/stream.hpp"

namespace ferry::net {

class tcp_network : public network {
 public:
  explicit tcp_network(loop& on) : loop_(on) {}

  // Errors: listen.in_use, listen.denied, listen.address (not one of this machine's), listen.failed
  result<std::unique_ptr<listener>> listen(const endpoint& at, listen_options options) override;
  // At a socket that listens already and stays its owner's. Errors: listen.failed
  result<std::unique_ptr<listener>> listen_at(int socket, listen_options options);
  task<result<std::unique_ptr<stream>>> dial(endpoint to, dial_options options) override;

 private:
  loop& loop_;
};

}  // namespace ferry::net
