#include "ferryd/packet_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <vector>

namespace ferry::ferryd {
namespace {

namespace json = boost::json;

constexpr unsigned deepest_jump = 16;  // as the kernel's own limit

enum class answer : std::uint8_t { yes, no, maybe };

answer is(bool what) { return what ? answer::yes : answer::no; }
answer reversed(answer what, bool really) {
  if (!really || what == answer::maybe) return what;
  return is(what == answer::no);
}

const json::value* at(const json::value& from, std::string_view key) {
  return from.is_object() ? from.as_object().if_contains(key) : nullptr;
}
std::string text_at(const json::value& from, std::string_view key) {
  const auto* found = at(from, key);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}
std::optional<std::int64_t> number(const json::value& from) {
  if (from.is_int64()) return from.as_int64();
  return std::nullopt;
}

struct place {
  std::string family, table, name;
  auto operator<=>(const place&) const = default;
  std::string words() const { return fmt::format("chain {} {} {}", family, table, name); }
};

place place_of(const json::value& from, std::string_view name) {
  return {text_at(from, "family"), text_at(from, "table"), text_at(from, name)};
}

using sets = std::map<place, const json::value*>;  // their elements

struct chain {
  std::string type, hook, policy;
  std::vector<const json::array*> rules;  // their statements
};

struct question {
  std::int64_t port;
  bool ipv4;
};

// Whether a number is among what a match compares with: a number, a range, a set of these, a set by its name.
answer holds(const json::value& what, std::int64_t wanted, const sets& known, const place& here) {
  if (auto one = number(what)) return is(*one == wanted);
  if (const auto* range = at(what, "range"); range && range->is_array() && range->as_array().size() == 2) {
    const auto first = number(range->as_array()[0]), last = number(range->as_array()[1]);
    return first && last ? is(*first <= wanted && wanted <= *last) : answer::maybe;
  }
  if (const auto* element = at(what, "elem")) {
    const auto* value = at(*element, "val");
    return value ? holds(*value, wanted, known, here) : answer::maybe;
  }
  const json::value* elements = what.is_array() ? &what : at(what, "set");
  if (what.is_string() && what.as_string().starts_with("@")) {
    auto named = known.find({here.family, here.table, std::string(what.as_string().subview(1))});
    if (named != known.end()) elements = named->second;
  }
  if (!elements || !elements->is_array()) return answer::maybe;
  auto out = answer::no;
  for (const auto& each : elements->as_array()) {
    const auto one = holds(each, wanted, known, here);
    if (one == answer::yes) return one;
    if (one == answer::maybe) out = one;
  }
  return out;
}

bool names(const json::value& what, std::string_view word) {
  if (what.is_string()) return what.as_string() == word;
  const json::value* elements = what.is_array() ? &what : at(what, "set");
  return elements && elements->is_array() &&
         std::ranges::any_of(elements->as_array(), [&](const auto& each) { return names(each, word); });
}

// Whether the first packet of a connection from another machine is meant.
answer meant(const json::value& match, const sets& known, const place& here, question of) {
  const auto* left = at(match, "left");
  const auto* right = at(match, "right");
  if (!left || !right) return answer::maybe;
  const bool unless = text_at(match, "op") == "!=";
  if (const auto* payload = at(*left, "payload")) {
    const auto protocol = text_at(*payload, "protocol"), field = text_at(*payload, "field");
    if (protocol == "tcp" && field == "dport") return reversed(holds(*right, of.port, known, here), unless);
    if (protocol == "udp" || protocol == "icmp" || protocol == "icmpv6") return answer::no;
    if (protocol == (of.ipv4 ? "ip6" : "ip")) return answer::no;
    if (field == "protocol" || field == "nexthdr") return reversed(is(names(*right, "tcp")), unless);
    return answer::maybe;
  }
  if (const auto* ct = at(*left, "ct"); ct && text_at(*ct, "key") == "state") {
    return reversed(is(names(*right, "new")), unless);
  }
  if (const auto* meta = at(*left, "meta")) {
    const auto key = text_at(*meta, "key");
    if (key == "l4proto") return reversed(is(names(*right, "tcp")), unless);
    if (key == "nfproto") return reversed(is(names(*right, of.ipv4 ? "ipv4" : "ipv6")), unless);
    if ((key == "iif" || key == "iifname") && names(*right, "lo")) return reversed(answer::no, unless);
  }
  return answer::maybe;
}

enum class outcome : std::uint8_t { accepted, dropped, unclear, passed };

// What a statement that ends a rule makes of the packet; nothing when it goes on.
std::optional<outcome> end_of(const json::value& statement) {
  if (at(statement, "accept")) return outcome::accepted;
  if (at(statement, "drop") || at(statement, "reject")) return outcome::dropped;
  if (at(statement, "return")) return outcome::passed;
  for (auto other : {"xt", "vmap", "queue", "tproxy", "redirect", "dnat"}) {
    if (at(statement, other)) return outcome::unclear;
  }
  return std::nullopt;
}

}  // namespace

struct packet_filter::rules {
  json::value all;
  std::map<place, chain> chains;
  sets known;

  // The end of one rule; nothing when the next is asked.
  std::optional<outcome> end_of_rule(const json::array& statements, const place& here, question of, std::string& why,
                                     unsigned depth) const {
    auto fits = answer::yes;
    for (const auto& each : statements) {
      if (const auto* match = at(each, "match")) {
        const auto one = meant(*match, known, here, of);
        if (one == answer::no) return std::nullopt;
        if (one == answer::maybe) fits = one;
        continue;
      }
      auto end = end_of(each);
      for (auto key : {"jump", "goto"}) {
        const auto* jump = at(each, key);
        if (!jump) continue;
        auto inner = walk({here.family, here.table, text_at(*jump, "target")}, of, why, depth + 1);
        if (inner != outcome::passed) end = inner;
      }
      if (end && fits == answer::maybe) return outcome::unclear;
      if (end) return end;
    }
    return std::nullopt;
  }

  outcome walk(const place& from, question of, std::string& why, unsigned depth = 0) const {
    auto found = chains.find(from);
    if (found == chains.end() || depth > deepest_jump) return outcome::unclear;
    bool unclear = false;
    for (const auto* rule : found->second.rules) {
      auto end = end_of_rule(*rule, from, of, why, depth);
      if (!end) continue;
      if (*end == outcome::unclear) {
        unclear = true;
        continue;
      }
      if (unclear) break;
      if (*end == outcome::dropped && why.empty()) why = from.words() + ": a rule drops or rejects it";
      return *end;
    }
    if (unclear) {
      why = from.words() + ": its rules look at more than the port";
      return outcome::unclear;
    }
    if (found->second.policy != "drop") return outcome::passed;
    why = from.words() + ": policy drop, and no rule lets it in";
    return outcome::dropped;
  }
};

packet_filter::packet_filter(std::unique_ptr<rules> from) : rules_(std::move(from)) {}
packet_filter::packet_filter(packet_filter&&) noexcept = default;
packet_filter& packet_filter::operator=(packet_filter&&) noexcept = default;
packet_filter::~packet_filter() = default;

result<packet_filter> packet_filter::parse(std::string_view text) {
  auto out = std::make_unique<rules>();
  json::error_code wrong;
  out->all = json::parse(json::string_view(text.data(), text.size()), wrong);
  const auto* list = wrong ? nullptr : at(out->all, "nftables");
  if (!list || !list->is_array()) return fail("filter.json", "the rules of nftables are in no form that is known");
  for (const auto& each : list->as_array()) {
    if (const auto* made = at(each, "chain")) {
      auto& into = out->chains[place_of(*made, "name")];
      into.type = text_at(*made, "type");
      into.hook = text_at(*made, "hook");
      into.policy = text_at(*made, "policy");
    } else if (const auto* set = at(each, "set")) {
      if (const auto* elements = at(*set, "elem")) out->known[place_of(*set, "name")] = elements;
    }
  }
  for (const auto& each : list->as_array()) {
    const auto* rule = at(each, "rule");
    const auto* statements = rule ? at(*rule, "expr") : nullptr;
    if (statements && statements->is_array()) {
      out->chains[place_of(*rule, "chain")].rules.push_back(&statements->as_array());
    }
  }
  return packet_filter(std::move(out));
}

filter_answer packet_filter::comes_in(std::uint16_t port, bool ipv4) const {
  filter_answer out;
  for (const auto& [where, each] : rules_->chains) {
    if (each.type != "filter" || (each.hook != "input" && each.hook != "prerouting")) continue;
    if (where.family != "inet" && where.family != (ipv4 ? "ip" : "ip6")) continue;
    std::string why;
    const auto end = rules_->walk(where, {port, ipv4}, why);
    if (end == outcome::dropped) return {passage::closed, why};
    if (end == outcome::unclear) out = {passage::unclear, why};
  }
  return out;
}

std::string packet_filter::ftp_helper() const {
  for (const auto& each : at(rules_->all, "nftables")->as_array()) {
    const auto* helper = at(each, "ct helper");
    if (helper && text_at(*helper, "type") == "ftp") {
      return fmt::format("ct helper {} of table {} {}", text_at(*helper, "name"), text_at(*helper, "family"),
                         text_at(*helper, "table"));
    }
  }
  return {};
}

}  // namespace ferry::ferryd
