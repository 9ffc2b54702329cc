// Who is connected, over all loops: how many in all and from each peer (net/prefix.hpp).
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "base/limits.hpp"
#include "net/stream.hpp"

namespace ferry::server {

class guest_list {
 public:
  explicit guest_list(const limits& bounds) : bounds_(bounds) {}  // `sessions` is settled

  enum class verdict { welcome, full, too_many_of_address };
  verdict enter(const net::address& from);  // after `welcome` follows one leave()
  void leave(const net::address& from);
  // The same for one of whom a load balancer has yet to tell where it comes from.
  verdict enter();
  void leave();
  std::uint32_t count();
  std::uint64_t next_id() { return ++last_id_; }

 private:
  const limits& bounds_;
  std::mutex mutex_;
  std::uint32_t all_ = 0;
  std::map<net::address, std::uint32_t> by_peer_;
  std::atomic<std::uint64_t> last_id_ = 0;
};

}  // namespace ferry::server
