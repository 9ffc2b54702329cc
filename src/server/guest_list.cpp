#include "server/guest_list.hpp"

#include "net/prefix.hpp"

namespace ferry::server {

guest_list::verdict guest_list::enter(const net::address& from) {
  std::lock_guard lock(mutex_);
  if (all_ >= bounds_.sessions) return verdict::full;
  auto& mine = by_peer_[net::prefix_of(from)];
  if (bounds_.sessions_per_address != 0 && mine >= bounds_.sessions_per_address) return verdict::too_many_of_address;
  ++mine;
  ++all_;
  return verdict::welcome;
}

guest_list::verdict guest_list::enter() {
  std::lock_guard lock(mutex_);
  if (all_ >= bounds_.sessions) return verdict::full;
  ++all_;
  return verdict::welcome;
}

void guest_list::leave() {
  std::lock_guard lock(mutex_);
  --all_;
}

void guest_list::leave(const net::address& from) {
  std::lock_guard lock(mutex_);
  --all_;
  auto mine = by_peer_.find(net::prefix_of(from));
  if (--mine->second == 0) by_peer_.erase(mine);
}

std::uint32_t guest_list::count() {
  std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace ferry::server
