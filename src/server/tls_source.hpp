// The certificates in force: one set for the sessions that begin now, replaced while older ones go on with theirs.
#pragma once

#include <atomic>
#include <memory>

#include "net/tls.hpp"

namespace ferry::server {

class tls_source {
 public:
  std::shared_ptr<const net::tls_context> now() const { return now_.load(); }  // null: TLS is not offered
  void replace(std::shared_ptr<const net::tls_context> with) { now_.store(std::move(with)); }

 private:
  std::atomic<std::shared_ptr<const net::tls_context>> now_;
};

}  // namespace ferry::server
