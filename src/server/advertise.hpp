// Which address the reply to PASV names: behind NAT not the one that this machine has.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/prefix.hpp"

namespace ferry::server {

struct advertised {
  std::optional<net::address> address;  // of IPv4
  std::string name;                     // or that of a host
  // neither: the address that the client connected to

  friend bool operator==(const advertised&, const advertised&) = default;
};

struct advertise_rule {
  std::vector<net::address_range> clients;
  advertised what;
};

struct passive_settings {
  std::uint16_t first_port = 0;          // 0: any port that the system gives
  std::uint16_t last_port = 0;           // inclusive
  advertised advertise;                  // what 227 names
  std::vector<advertise_rule> networks;  // what it names to some clients; the first that is for one counts
};

const advertised& advertised_to(const net::address& client, const passive_settings& how);

// Every name whose address is wanted, once.
std::vector<std::string> names_in(const passive_settings& how);

// What names stand for at this moment. Thread-safe.
class known_names {
 public:
  // The last address stays when `what` is an error.
  void learn(const std::string& name, result<net::address> what);
  // Errors: data.passive.name (no address of it is known)
  result<net::address> find(const std::string& name) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, result<net::address>> all_;
};

}  // namespace ferry::server
