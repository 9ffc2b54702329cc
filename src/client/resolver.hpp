// Names of hosts -> addresses.
#pragma once

#include <string>
#include <vector>

#include "net/loop.hpp"
#include "net/stream.hpp"

namespace ferry::client {

class resolver {
 public:
  virtual ~resolver() = default;
  // Never empty. Errors: resolve.failed, resolve.timeout
  virtual net::task<result<std::vector<net::address>>> resolve(std::string host, time_point deadline) = 0;
};

// The system's, in the order that it prefers. The loop never waits for it.
class system_resolver : public resolver {
 public:
  explicit system_resolver(net::loop& on) : on_(on) {}
  net::task<result<std::vector<net::address>>> resolve(std::string host, time_point deadline) override;

 private:
  net::loop& on_;
};

}  // namespace ferry::client
