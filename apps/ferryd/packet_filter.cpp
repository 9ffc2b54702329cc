#include "ferryd/packet_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// What may become of a packet, as bits: where a rule looks at what is not known here, more than one.
using ends = unsigned;
constexpr ends accepted = 1, dropped = 2;
constexpr ends passed = 4;    // the next rule is asked
constexpr ends returned = 8;  // the chain has no more to say
constexpr ends anything = accepted | dropped | passed;

const json::value* target_of(const json::value& verdict, std::string_view key) {
  const auto* jump = at(verdict, key);
  return jump ? at(*jump, "target") : nullptr;
}

// A statement that makes the rule depend on what is not known here, as an extension of iptables does before the target.
bool depends(const json::value& statement) {
  return at(statement, "limit") || at(statement, "quota") || at(statement, "ct count");
}

bool is_unknown(const json::value& statement) {
  return std::ranges::any_of(std::array{"xt", "queue", "tproxy", "redirect", "dnat"},
                             [&](auto each) { return at(statement, each) != nullptr; });
}

}  // namespace

struct packet_filter::rules {
  json::value all;
  std::map<place, chain> chains;
  sets known;  // and maps

  struct walker {
    const rules& of;
    question about;
    std::string why;  // it is dropped

    // Of the statement of a rule, or of an element of a verdict map; nothing when it is no verdict.
    std::optional<ends> verdict(const json::value& what, const place& here, unsigned depth) {
      if (at(what, "accept")) return accepted;
      if (at(what, "drop") || at(what, "reject")) {
        if (why.empty()) why = here.words() + ": a rule drops or rejects it";
        return dropped;
      }
      if (at(what, "return")) return returned;
      if (at(what, "continue")) return passed;
      for (auto key : {"jump", "goto"}) {
        const auto* target = target_of(what, key);
        if (!target || !target->is_string()) continue;
        const auto inner = walk({here.family, here.table, std::string(target->as_string())}, depth + 1);
        // Who was sent there for good does not come back here.
        if (std::string_view(key) == "jump" || (inner & passed) == 0) return inner;
        return (inner & ~passed) | returned;
      }
      if (const auto* map = at(what, "vmap")) return mapped(*map, here, depth);
      if (is_unknown(what)) return anything;
      return std::nullopt;
    }

    // The first element that fits decides; without one the next rule is asked.
    ends mapped(const json::value& map, const place& here, unsigned depth) {
      const auto* key = at(map, "key");
      const auto* data = at(map, "data");
      const auto* elements = data ? at(*data, "set") : nullptr;
      if (data && data->is_string() && data->as_string().starts_with("@")) {
        auto named = of.known.find({here.family, here.table, std::string(data->as_string().subview(1))});
        if (named != of.known.end()) elements = named->second;
      }
      if (!key || !elements || !elements->is_array()) return anything;
      ends out = 0;
      for (const auto& each : elements->as_array()) {
        if (!each.is_array() || each.as_array().size() != 2) return anything;
        const json::value match{{"op", "=="}, {"left", *key}, {"right", each.as_array()[0]}};
        const auto fits = meant(match, of.known, here, about);
        if (fits == answer::no) continue;
        out |= verdict(each.as_array()[1], here, depth).value_or(anything);
        if (fits == answer::yes) return out;
      }
      return out | passed;
    }

    ends end_of_rule(const json::array& statements, const place& here, unsigned depth) {
      ends unless = 0;  // it does not apply
      for (const auto& each : statements) {
        if (const auto* match = at(each, "match")) {
          const auto one = meant(*match, of.known, here, about);
          if (one == answer::no) return passed;
          if (one == answer::maybe) unless = passed;
        } else if (depends(each) || (at(each, "xt") && &each != &statements.back())) {
          unless = passed;
        } else if (auto end = verdict(each, here, depth)) {
          return *end | unless;
        }
      }
      return passed;
    }

    ends walk(const place& from, unsigned depth = 0) {
      auto found = of.chains.find(from);
      if (found == of.chains.end() || depth > deepest_jump) return anything;
      ends out = 0;
      for (const auto* rule : found->second.rules) {
        const auto end = end_of_rule(*rule, from, depth);
        out |= end & ~passed;
        if ((end & passed) == 0) return at_end(out, found->second, from);
      }
      return at_end(out | passed, found->second, from);
    }

    ends at_end(ends out, const chain& of_chain, const place& where) {
      if ((out & (passed | returned)) == 0) return out;
      out &= ~(passed | returned);
      if (of_chain.hook.empty()) return out | passed;
      if (of_chain.policy != "drop") return out | accepted;
      why = where.words() + ": policy drop, and no rule lets it in";
      return out | dropped;
    }
  };
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
    }
    for (auto kind : {"set", "map"}) {
      const auto* set = at(each, kind);
      const auto* elements = set ? at(*set, "elem") : nullptr;
      if (elements) out->known[place_of(*set, "name")] = elements;
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
    rules::walker by{*rules_, {port, ipv4}, {}};
    const auto end = by.walk(where);
    if (end == dropped) return {passage::closed, by.why};
    if (end & dropped) out = {passage::unclear, where.words() + ": its rules look at more than the port"};
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
