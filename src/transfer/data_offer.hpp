// One data connection that was agreed on and is still to be made (RFC 959 §3.2): here a port that listens (PASV,
// EPSV), there an address to dial (PORT, EPRT).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "net/prefix.hpp"
#include "net/shared_ports.hpp"
#include "net/stream.hpp"

namespace ferry::transfer {

struct port_range {
  std::uint16_t first = 0;  // 0: any port that the system gives
  std::uint16_t last = 0;   // inclusive
};

class data_offer {
 public:
  // Listens on `local` at some port of the range; only `peer` may come in, and who belongs to `also`: others are
  // turned away. Errors: data.passive.ports (none of the range is free), and those of network::listen.
  static result<data_offer> passive(net::network& through, const net::address& local, port_range ports,
                                    const net::address& peer, std::vector<net::address_range> also = {});
  // The same at a port that others share, who is told apart by who listens there.
  static data_offer passive(std::unique_ptr<net::shared_listener> at, const net::address& peer,
                            std::vector<net::address_range> also = {});
  // Will dial `to`, from `from` if that is possible and from any port otherwise.
  static data_offer active(net::endpoint to, std::optional<net::endpoint> from);

  bool is_passive() const { return listener_ != nullptr; }
  net::endpoint where() const { return is_passive() ? listener_->local() : to_; }

  bool begins_tls = false;  // when the connection is protected, this end is the TLS client (CPSV)

  // The connection, if the peer has made it already (passive only); null otherwise.
  std::unique_ptr<net::stream> at_once();
  // Takes in who has come so far, and turns strangers away, so that they cannot fill the port. Passive only.
  void receive();
  // The peer is to resume this TLS session, or none: what tells it from others of its address. Passive only.
  void expect(std::optional<net::tls_session_name> session);

  // Errors: data.passive.timeout, data.passive.stranger (none but other addresses came), data.passive.failed,
  // data.passive.unnamed (of those who share the port, it could not be told whose it was that came),
  // data.passive.withdrawn (the port was given to another before this was called),
  // data.active.refused, data.active.timeout, data.active.failed, data.aborted
  net::task<result<std::unique_ptr<net::stream>>> open(net::network& through, time_point deadline);
  void cancel();  // ends open()

 private:
  data_offer() = default;
  bool awaits(const net::address& one) const;
  result<std::unique_ptr<net::stream>> next();
  net::task<result<std::unique_ptr<net::stream>>> accept(time_point deadline);
  std::unexpected<error> nobody_came() const;
  net::task<result<std::unique_ptr<net::stream>>> dial(net::network& through, time_point deadline);

  std::unique_ptr<net::listener> listener_;
  net::shared_listener* shared_ = nullptr;  // it, where others share its port
  net::address peer_;
  std::vector<net::address_range> also_;
  std::unique_ptr<net::stream> came_;  // the peer's connection, before it is wanted
  net::endpoint to_;
  std::optional<net::endpoint> from_;
  unsigned strangers_ = 0;  // turned away
  net::dial_ticket ticket_;
};

}  // namespace ferry::transfer
