#include "server/advertise.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ferry::server {

const advertised& advertised_to(const net::address& client, const passive_settings& how) {
  const auto found = std::ranges::find_if(how.networks, [&](const auto& each) { return holds(client, each.clients); });
  return found == how.networks.end() ? how.advertise : found->what;
}

std::vector<std::string> names_in(const passive_settings& how) {
  std::vector<std::string> out{how.advertise.name};
  for (const auto& each : how.networks) out.push_back(each.what.name);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  std::erase(out, "");
  return out;
}

void known_names::learn(const std::string& name, result<net::address> what) {
  std::lock_guard hold(mutex_);
  const auto known = all_.find(name);
  if (!what && known != all_.end() && known->second) return;
  all_.insert_or_assign(name, std::move(what));
}

result<net::address> known_names::find(const std::string& name) const {
  std::lock_guard hold(mutex_);
  const auto known = all_.find(name);
  if (known != all_.end() && known->second) return known->second;
  return fail("data.passive.name",
              fmt::format("the address of {}, which data connections are to go to, is not known{}", name,
                          known == all_.end() ? " yet" : ": " + known->second.error().cause),
              "use EPSV; the administrator can look at passive.advertise");
}

}  // namespace ferry::server
