// The process behind a listening port of this machine, as /proc tells it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace ferry::ferryd {

// Not the one that only keeps the socket for it (systemd, by socket activation). Nothing when none listens there, or
// when it is another user's and this is not root.
std::optional<pid_t> process_that_listens(std::uint16_t port);

// The descriptors that it may have open now (RLIMIT_NOFILE, soft); UINT64_MAX: without limit.
std::optional<std::uint64_t> descriptors_of(pid_t process);

}  // namespace ferry::ferryd
