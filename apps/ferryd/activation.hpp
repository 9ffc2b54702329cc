// Sockets that a service manager opened beforehand and hands over (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "server/settings.hpp"

namespace ferry::ferryd {

struct inherited_socket {
  int descriptor = -1;
  std::string name;  // of LISTEN_FDNAMES; may be empty
  net::endpoint at;
};

// Those meant for this process; none when it was started without. Programs that this one starts inherit neither them
// nor word of them. Errors: run.sockets (not as many as LISTEN_FDS says, or one that is no listening TCP socket)
result<std::vector<inherited_socket>> inherited_sockets();

// How each is to be served: as `told` of its name; failing that of its address; failing that of its port; failing
// that as a listener of which nothing is said.
std::vector<server::listener_settings> listeners_at(const std::vector<inherited_socket>& sockets,
                                                    const std::vector<server::listener_settings>& told);

}  // namespace ferry::ferryd
