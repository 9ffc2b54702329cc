// Ports at which several wait at the same time, each for one connection, on whichever loops: told apart by who comes,
// and under TLS by the session that is resumed.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "net/client_hello.hpp"
#include "net/loop.hpp"
#include "net/prefix.hpp"
#include "net/stream.hpp"

namespace ferry::net {

// Where in a range to begin: a port that an attacker cannot tell beforehand (RFC 2577 §3).
std::uint32_t random_below(std::uint32_t bound);

// One who waits. It hands out one connection.
class shared_listener : public listener {
 public:
  struct trouble {
    unsigned strangers = 0;  // came to the port, and nobody waited for their address
    unsigned nameless = 0;   // of the address, under TLS; but the session that they resume does not say whose they are
    bool withdrawn = false;  // the port was given to another
  };
  virtual trouble met() const = 0;
  // The peer will do something else than when the port was chosen. Who is not told from others there any more is
  // withdrawn.
  virtual void expect(std::optional<tls_session_name> session) = 0;
};

class shared_ports {
 public:
  // Whom somebody waits for.
  struct expected {
    address peer;
    std::vector<address_range> also;
    std::optional<tls_session_name> session;  // it speaks first, under TLS, and resumes this; none: it may be silent
    bool binding = false;                     // who resumes another session would be refused
  };
  struct place {
    address local;
    std::uint16_t first = 0, last = 0;  // inclusive
  };

  shared_ports();
  ~shared_ports();

  // From any loop, which listens through `through`; both outlive what is made here. A port is shared by those whose
  // networks are of one class: connections begin alike there. At a port of its own while there is
  // one, else at one where nobody waits for whom `who` could be taken for. Failing that, they are waited for, up to
  // limit::shared_port_wait. Who has waited for limit::shared_port_turn shares its port with those whom TLS tells from
  // it; to others it gives way, when it has not been asked for its connection. Errors: those of network::listen,
  // listen.in_use (the whole range is other programs'), listen.shared
  task<result<std::unique_ptr<shared_listener>>> listen(loop& on, network& through, place where, expected who);

 private:
  class ear;
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace ferry::net
