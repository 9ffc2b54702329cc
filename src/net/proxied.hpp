// Connections that load balancers pass on. Those of balancers that are trusted must begin with a PROXY header
// (proto/proxy_header.hpp), and are then the connections of whom it names; all others are what they are.
#pragma once

#include <functional>
#include <vector>

#include "net/loop.hpp"
#include "net/prefix.hpp"
#include "net/stream.hpp"

namespace ferry::net {

// Reads the header with which a connection begins, and nothing behind it. Of the stream returned, peer() is the client
// and dialled() what that connected to; where the header names nobody (health checks), the balancer and this end.
// A wait is ended by cancelling the stream, which lives until then.
// Errors: proxy.header (malformed, cut, or not there within limit::proxy_header_time), proxy.cancelled
task<result<std::unique_ptr<stream>>> introduced(loop& on, std::unique_ptr<stream> raw);

// Another network, of which every listener takes connections from `balancers` only with a header. What they wait for
// is accepted meanwhile, limit::data_backlog of it.
class proxied_network final : public network {
 public:
  // Is told of each connection that was broken because of its header.
  using refusal = std::function<void(const endpoint& from, std::string_view why)>;

  // `under` and `balancers` outlive it and all that it makes.
  proxied_network(loop& on, network& under, const std::vector<address_range>& balancers, refusal refused);

  result<std::unique_ptr<listener>> listen(const endpoint& at, listen_options options) override;
  task<result<std::unique_ptr<stream>>> dial(endpoint to, dial_options options) override;

 private:
  loop& on_;
  network& under_;
  const std::vector<address_range>& balancers_;
  const refusal refused_;
};

}  // namespace ferry::net
