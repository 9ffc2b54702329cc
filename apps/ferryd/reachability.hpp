// Whether clients can reach what a configuration offers, as far as this machine can tell: listeners, passive ports,
// the advertised address, the packet filter, descriptors, certificates.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ferryd/config.hpp"
#include "ferryd/packet_filter.hpp"

namespace ferry::ferryd {

// What was asked of the system, as plain values: so that a test can say it instead.
struct machine {
  std::vector<net::address> addresses;  // of its interfaces that are up, without loopback
  port_range ephemeral{32768, 60999};   // net.ipv4.ip_local_port_range
  std::vector<port_range> reserved;     // net.ipv4.ip_local_reserved_ports
  std::optional<packet_filter> filter;
  std::string no_filter;          // why the rules could not be read; empty with `filter`
  bool helper_loaded = false;     // nf_conntrack_ftp
  std::uint64_t descriptors = 0;  // RLIMIT_NOFILE: of the server that runs, else as high as it could set it
  std::optional<pid_t> server;    // that runs
  std::map<std::string, result<net::address>> names{};  // that the configuration advertises
};
// Looks the names up, for as long as the system's resolver likes.
machine this_machine(const config& what);

enum class concern : std::uint8_t { fine, note, trouble };

struct remark {
  concern how = concern::fine;
  std::string id;      // "passive.ports.ephemeral"
  std::string text;    // one sentence
  std::string advice;  // what to do; may be empty
};

// What follows from the configuration and the machine, without trying anything.
std::vector<remark> reachability(const config& what, const machine& here);

// The command that proves on another host what was found on this one: "ferry doctor --from-outside ...
// ftp://USER@HOST/".
std::string proof_from_outside(const config& what, const machine& here);

// Whether each listener answers, or could be opened. Blocks for seconds at most.
std::vector<remark> try_listeners(const config& what);

// Whether the passive ports are free.
std::vector<remark> try_passive_ports(const config& what);

}  // namespace ferry::ferryd
