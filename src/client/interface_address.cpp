#include "client/interface_address.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>

namespace ferry::client {

result<net::address> interface_address(const std::string& name, bool v4) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return fail_errno("data.interface", errno);
  std::optional<net::address> found;
  for (auto* one = all; one && !found; one = one->ifa_next) {
    if (name != one->ifa_name || !one->ifa_addr || one->ifa_addr->sa_family != (v4 ? AF_INET : AF_INET6)) continue;
    net::endpoint at;
    auto size = v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::copy_n(reinterpret_cast<const char*>(one->ifa_addr), size, reinterpret_cast<char*>(at.data()));
    at.resize(size);
    found = at.address();
  }
  ::freeifaddrs(all);
  if (found) return *found;
  return fail("data.interface",
              fmt::format("there is no interface {} with an address of {}", name, v4 ? "IPv4" : "IPv6"));
}

}  // namespace ferry::client
