// What the process gives up once it holds what it needs, so that a defect in it opens as little as can be.
//
// no_new_privileges() and confine() bind the calling thread and those it starts later: call them before any other
// thread is. A wall that stands only in part is an error, never a silence.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace ferry::ferryd {

struct identity {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};

// Reads the user database, which confine() puts out of reach. Errors: walls.user
result<identity> find_identity(const std::string& name);

// For good: user, groups and every capability but CAP_NET_BIND_SERVICE, which stays when `keep_low_ports`; then proves
// that there is no way back. Errors: walls.identity, after which the process must end.
result<void> become(const identity& who, bool keep_low_ports);

// Every capability but that one, for a process that was started with some. Errors: walls.capabilities
result<void> drop_capabilities(bool keep_low_ports);

result<void> no_new_privileges();

struct grant {
  enum class access : std::uint8_t {
    read,
    write,  // and read, make, rename and remove
    log     // make files and write to them, no more
  };
  std::string folder;
  access allowed = access::read;
};

// Landlock: below these folders files can be used as granted; no file elsewhere can be opened any more, whatever path
// or descriptor leads there. Returns the ABI version in force. Errors: walls.landlock.absent
// (this kernel has none, or one that cannot rename between folders), walls.landlock
result<int> confine(std::span<const grant> to);

// "uid 0, every capability": what is in force for this thread.
std::string privileges();

// As many descriptors as this process may have. Returns how many that is.
std::size_t raise_descriptors();

}  // namespace ferry::ferryd
