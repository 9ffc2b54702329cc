#include "server/fxp.hpp"

#include <algorithm>

namespace ferry::server {
namespace {

// Anybody can be anonymous: only a rule that says so is for it.
bool is_for(const fxp_rule& rule, const accounts::account& who) {
  if (rule.users.empty()) return !who.anonymous;
  return std::ranges::find(rule.users, who.name) != rule.users.end();
}

}  // namespace

bool may_fxp(const std::vector<fxp_rule>& rules, const accounts::account& who, bool unresumed) {
  return std::ranges::any_of(rules, [&](const auto& each) { return is_for(each, who) && each.unresumed >= unresumed; });
}

std::vector<net::address_range> fxp_networks(const std::vector<fxp_rule>& rules, const accounts::account& who) {
  std::vector<net::address_range> out;
  for (const auto& each : rules) {
    if (is_for(each, who)) out.insert(out.end(), each.networks.begin(), each.networks.end());
  }
  return out;
}

bool may_fxp(const std::vector<fxp_rule>& rules, const accounts::account& who, const net::address& with, data_way way,
             bool unresumed) {
  return std::ranges::any_of(rules, [&](const fxp_rule& each) {
    return is_for(each, who) && net::holds(with, each.networks) && (way == data_way::send ? each.send : each.receive) &&
           (each.unresumed || !unresumed);
  });
}

result<void> admit_foreign(const std::vector<fxp_rule>& rules, const accounts::account& who, const net::address& with,
                           data_way way) {
  if (may_fxp(rules, who, with, way)) return {};
  return fail("data.fxp.way",
              with.to_string() + (way == data_way::send ? " may send data here for this login, and get none"
                                                        : " may get data for this login, and send none here"),
              "the administrator can allow it (fxp)");
}

}  // namespace ferry::server
