// The decision table of the diagnosis: which endings of which probes are the mark of which cause, with what to do about
// it.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "client/diagnosis.hpp"

namespace ferry::client::decision_table {

// Sets of probes of one family, and of endings, as bits.
using probes = unsigned;
using outcomes = unsigned;

constexpr probes bit(probed_way way, bool tls) { return 1u << (static_cast<unsigned>(way) + (tls ? probed_ways : 0)); }
constexpr probes tls_of(probes in_clear) { return in_clear << probed_ways; }

constexpr probes epsv_c = bit(probed_way::epsv, false);
constexpr probes pasv_c = bit(probed_way::pasv, false);
constexpr probes replied_c = bit(probed_way::pasv_as_replied, false);
constexpr probes eprt_c = bit(probed_way::eprt, false);
constexpr probes port_c = bit(probed_way::port, false);
constexpr probes passive_c = epsv_c | pasv_c, active_c = eprt_c | port_c;
constexpr probes epsv_t = tls_of(epsv_c), pasv_t = tls_of(pasv_c), replied_t = tls_of(replied_c);
constexpr probes passive_t = tls_of(passive_c), active_t = tls_of(active_c);
constexpr probes epsvs = epsv_c | epsv_t, pasvs = pasv_c | pasv_t, replieds = replied_c | replied_t;
constexpr probes passives = passive_c | passive_t, actives = active_c | active_t;

constexpr outcomes bit(ending how) { return 1u << static_cast<unsigned>(how); }
constexpr outcomes works = bit(ending::works), refused = bit(ending::refused), timeout = bit(ending::timeout);
constexpr outcomes rejected = bit(ending::rejected), prohibited = bit(ending::prohibited);
constexpr outcomes unanswered = bit(ending::unanswered), broken = bit(ending::broken), garbled = bit(ending::garbled);
constexpr outcomes data_tls = bit(ending::data_tls), silent = bit(ending::silent);
constexpr outcomes unreachable = bit(ending::unreachable);
constexpr outcomes closed = timeout | rejected | prohibited | unreachable;
constexpr outcomes fails = ~(works | bit(ending::not_tried));

// Beside the probes.
enum fact : unsigned {
  seen_elsewhere = 1u << 0,     // the server sees the client at another address than the client's own
  names_differ = 1u << 1,       // 227 names one address in the clear and another under TLS
  names_unspecified = 1u << 2,  // 227 names 0.0.0.0
  names_loopback = 1u << 3,     // 127.x.x.x
  names_private = 1u << 4,      // RFC 1918, RFC 6598 or link-local, and not the address the client reached
  names_other = 1u << 5,        // another that is none of these
  over_ipv6 = 1u << 6,
  ipv4_passive_works = 1u << 7,
};

struct condition {
  enum class count : std::uint8_t { every_tried, every, some };
  probes who = 0;
  outcomes how = 0;
  count needs = count::every;
};
// Each of them that was tried ended so, and one at least was tried.
constexpr condition all(probes who, outcomes how) { return {who, how, condition::count::every}; }
// The same, and perhaps none was tried.
constexpr condition if_tried(probes who, outcomes how) { return {who, how, condition::count::every_tried}; }
// One at least ended so.
constexpr condition some(probes who, outcomes how) { return {who, how, condition::count::some}; }

struct decision {
  std::string_view id;
  weight how;
  unsigned facts;  // all of them
  std::array<condition, 5> when;
  std::string_view cause;
  std::string_view user;
  std::string_view administrator;
  remedy lines = remedy::none;
};

// Of a control connection that does not come to the point.
struct control_decision {
  std::string_view error;  // its id, or with a final '.' all that begin so
  std::string_view id;
  weight how;
  std::string_view cause;
  std::string_view user;
  std::string_view administrator;
  remedy lines = remedy::none;
};

// The first rows are the more telling. A row that fits explains the probes of its conditions that failed; it counts
// only if one of these is not explained yet.
std::span<const decision> decisions();
std::span<const control_decision> control_decisions();  // the first that fits

}  // namespace ferry::client::decision_table
