// ABOR, RFC 959 §4.1.3. The session stops the transfer and sends its 426 before this reply (during::stops).
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"

namespace ferry::server::commands {

reply_task abor(session& s, argument) {
  const bool moving = s.moving();
  if (!moving) s.offer(std::nullopt);
  co_return proto::reply{proto::reply_code::closing_data, moving ? "Stopped." : "There was no transfer to stop."};
}

}  // namespace ferry::server::commands
