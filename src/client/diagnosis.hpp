// What an examination means, by a table: causes, each with its evidence and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "client/examination.hpp"

namespace ferry::client {

enum class weight : std::uint8_t {
  note,   // ferry gets through by itself; nobody need do anything
  fault,  // something is to be mended, and ferry or others are kept from some of what they want
  fatal   // no data moves, or nobody gets in
};
std::string_view name_of(weight how);

// What the server's administrator has to set: each server has its own lines for it.
enum class remedy : std::uint8_t { none, ports, address, address_and_ports, tls, keepalive };

struct cause_found {
  std::string id;  // "server.nat.ports"
  weight how = weight::note;
  std::string where;                  // "IPv4"; "IPv4 and IPv6"; empty where it has nothing to do with that
  std::string cause;                  // one sentence
  std::vector<std::string> evidence;  // reply lines, errors of the system, times
  std::string user;                   // what the user can do; may be empty
  std::string administrator;          // what the server's administrator can, or whose box it is; may be empty
  remedy lines = remedy::none;
};

// What was said of the server from inside, and what is seen of it from here.
enum class standing : std::uint8_t { proved, refuted, open };
std::string_view name_of(standing how);

struct claim_found {
  std::string id;  // "outside.ports"
  standing how = standing::open;
  std::string text;  // one sentence
};

struct diagnosis {
  std::vector<cause_found> causes;  // the gravest first; none: every way works
  std::vector<claim_found> claims;  // of an examination from outside
  bool data_moves = false;          // by at least one way
};

diagnosis diagnose(const examination& what);

// The server's software, as its greeting, SYST or STAT betray it; empty when they do not.
std::string_view software_of(const examination& what);

}  // namespace ferry::client
