// Where connections come in on one loop: accepts them, starts their sessions, and sees them out at the end.
#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "net/proxied.hpp"
#include "net/tcp.hpp"
#include "server/guest_list.hpp"
#include "server/session.hpp"

namespace ferry::server {

class door {
 public:
  door(net::loop& on, const surroundings& around, guest_list& guests);

  result<net::endpoint> listen(const listener_settings& at);  // which outlives it; returns the address as bound
  void open();                                                // begins to accept
  void close();  // no more, and the port is free; sessions end when nothing moves, and all are told to in limits.stop

 private:
  struct entrance {
    std::unique_ptr<net::listener> ear;
    const listener_settings* at;
  };
  net::task<> accept(entrance at);
  net::task<> receive(std::unique_ptr<net::stream> control, const listener_settings& at);
  net::task<std::unique_ptr<net::stream>> introduced(std::unique_ptr<net::stream> control);
  net::task<> end_by_force();
  void turn_away(net::stream& control, const session_facts& who, std::string why);

  net::loop& on_;
  net::tcp_network tcp_;
  net::proxied_network proxied_;  // where data may come through load balancers
  const surroundings& around_;
  guest_list& guests_;
  std::vector<entrance> bound_;  // until open()
  std::unordered_set<net::listener*> listening_;
  std::unordered_set<net::stream*> introducing_;  // whose PROXY header has not come yet
  std::unordered_set<session*> sessions_;
  bool closing_ = false;
};

}  // namespace ferry::server
