// Where connections come in on one loop: accepts them, starts their sessions, and sees them out at the end.
#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "net/tcp.hpp"
#include "server/guest_list.hpp"
#include "server/session.hpp"

namespace ferry::server {

class door {
 public:
  door(net::loop& on, const surroundings& around, guest_list& guests);

  // `implicit`: TLS comes before the greeting.
  result<net::endpoint> listen(const net::endpoint& at, bool implicit);
  void open();   // begins to accept
  void close();  // no more, and the port is free; sessions end when nothing moves, and all are told to in limits.stop

 private:
  struct entrance {
    std::unique_ptr<net::listener> ear;
    bool implicit;
  };
  net::task<> accept(entrance at);
  net::task<> receive(std::unique_ptr<net::stream> control, bool implicit);
  net::task<> end_by_force();
  void turn_away(net::stream& control, const session_facts& who, std::string why);

  net::loop& on_;
  net::tcp_network through_;
  const surroundings& around_;
  guest_list& guests_;
  std::vector<entrance> bound_;  // until open()
  std::unordered_set<net::listener*> listening_;
  std::unordered_set<session*> sessions_;
  bool closing_ = false;
};

}  // namespace ferry::server
