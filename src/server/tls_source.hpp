// The certificates in force: one set for the sessions that begin now, replaced while older ones go on with theirs.
#pragma once

#include <atomic>
#include <memory>

#include "net/tls.hpp"

namespace ferry::server {

class tls_source {
 public:
  using context = std::shared_ptr<const net::tls_context>;

  context now() const { return as_server_.load(); }  // null: TLS is not offered
  // For data connections on which this server begins the handshake with another (CPSV, SSCN). Whoever answers is
  // trusted: nobody told its name.
  context as_client() const { return as_client_.load(); }

  void replace(context as_server, context as_client) {
    as_server_.store(std::move(as_server));
    as_client_.store(std::move(as_client));
  }

 private:
  std::atomic<context> as_server_, as_client_;
};

}  // namespace ferry::server
