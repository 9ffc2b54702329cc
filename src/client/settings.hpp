// What a user decides about the client, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "net/stream.hpp"
#include "net/tls.hpp"
#include "transfer/data_offer.hpp"

namespace ferry::client {

using namespace std::chrono_literals;

// How long each kind of wait may last.
struct timeouts {
  std::chrono::milliseconds resolve{15s};
  std::chrono::milliseconds connect{15s};      // of all addresses of the host together
  std::chrono::milliseconds greeting{30s};     // for the 220
  std::chrono::milliseconds reply{30s};        // to a command
  std::chrono::milliseconds data_reply{5s};    // to EPSV, PASV, EPRT, PORT: some middle boxes swallow these
  std::chrono::milliseconds data_open{8s};     // for a data connection to be made, by the last way
  std::chrono::milliseconds data_try{3s};      // by a passive way, when others are left
  std::chrono::seconds stalled{60s};           // a transfer without one byte moving
  std::chrono::hours copied{24h};              // a file from server to server, of which nothing is seen here
  std::chrono::milliseconds final_reply{20s};  // after the last byte; then NOOP, and the connection is made anew
  std::chrono::milliseconds poke{5s};          // for an answer to that NOOP
  std::chrono::milliseconds close{2s};         // for the answer to QUIT, ABOR

  void all(std::chrono::milliseconds each);  // --timeout: every wait for the server, but those to close
};

// The ways to a data connection, in the order that a ladder tries them.
enum class rung : std::uint8_t { epsv, pasv, eprt, port };
std::string_view name_of(rung way);

struct data_settings {
  enum class order : std::uint8_t { passive_first, active_first, passive_only, active_only };
  order ladder = order::passive_first;
  bool epsv = true;
  bool eprt = true;
  std::optional<rung> only{};             // this way and no other, whatever the server says it can
  bool use_pasv_address = false;          // the address in a 227, instead of the control connection's peer
  std::optional<net::address> listen_on;  // active: the local address; else the control connection's
  std::string interface;                  // active: of this network interface, when `listen_on` is not given
  std::optional<net::address> external;   // active: what EPRT and PORT announce (behind NAT)
  transfer::port_range ports;             // active
};

struct tls_settings {
  enum class policy : std::uint8_t {
    automatic,     // as the URL says; ftp:// with a password: AUTH TLS where the server has it, else a note
    off,           // in the clear
    explicit_tls,  // AUTH TLS, or nothing
    implicit_tls   // from the first byte
  };
  policy how = policy::automatic;
  net::tls_client_options trust;
  bool clear_commands = false;  // CCC after the login
};

enum class verification : std::uint8_t {
  automatic,  // size, and digest where the server has one
  size,
  digest,  // an error where the server has none
  off
};

struct retry_settings {
  unsigned tries = 5;                   // in all, of one file or one login; 0 counts as 1
  std::chrono::milliseconds first{1s};  // the wait before the second, doubled for each that follows
  std::chrono::milliseconds longest{30s};
};

enum class representation : std::uint8_t { image, ascii };  // TYPE I, TYPE A

enum class data_mode : std::uint8_t {
  automatic,  // blocks for many small files where the server says that it takes them, stream for all else
  stream,
  block,   // for every file that is sent whole, unless the server refuses
  deflate  // the same
};

struct settings {
  timeouts wait;
  data_settings data;
  tls_settings tls;
  verification verify = verification::automatic;
  retry_settings retry;
  unsigned connections = 1;  // side by side; a server that refuses some gets fewer
  representation type = representation::image;
  data_mode mode = data_mode::automatic;
  bool keep_times = true;
  bool resume = true;     // interrupted transfers go on where they stopped, if the file is still the same
  bool keepalive = true;  // silent control connections are kept alive, for middle boxes that forget them
  bool utf8 = true;       // names are UTF-8: OPTS UTF8 ON where a server wants to be told
  enum class pipelines : std::uint8_t { automatic, off, on };
  pipelines pipelining = pipelines::automatic;  // automatic: with servers known to take it
};

}  // namespace ferry::client
