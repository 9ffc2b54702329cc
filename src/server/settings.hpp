// What an administrator decides about a server, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "net/stream.hpp"
#include "storage/storage.hpp"

namespace ferry::server {

struct passive_settings {
  std::uint16_t first_port = 0;           // 0: any port that the system gives
  std::uint16_t last_port = 0;            // inclusive
  std::optional<net::address> advertise;  // the IPv4 address that 227 names; without it the one that the client reached
};

struct settings {
  std::vector<net::endpoint> listen;    // at least one
  std::string banner = "ferryd ready";  // the text of the 220
  std::uint16_t active_port = 0;        // the local port of active data connections (20 by RFC 959); 0: any
  passive_settings passive;
  storage::durability durability = storage::durability::data;
  std::uint16_t file_mode = 0644;  // of uploaded files
  unsigned threads = 0;            // event loops; 0: one a processor
  limits limit;
};

}  // namespace ferry::server
