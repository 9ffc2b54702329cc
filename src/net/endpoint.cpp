#include "net/endpoint.hpp"

#include <fmt/format.h>

namespace ferry::net {

std::string show(const endpoint& at) {
  auto host = at.address().to_string();
  return at.address().is_v6() ? fmt::format("[{}]:{}", host, at.port()) : fmt::format("{}:{}", host, at.port());
}

}  // namespace ferry::net
