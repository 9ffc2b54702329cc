// What a server says it can (FEAT, RFC 2389), and what is known of servers by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/reply.hpp"

namespace ferry::client {

struct features {
  bool said = false;               // FEAT was answered: what is not listed is not there
  std::vector<std::string> lines;  // "MLST type*;size*;", as sent

  // The text behind the name ("REST" -> "STREAM"), empty when there is none; nothing when it is not listed.
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  bool has_tls() const;  // AUTH TLS (RFC 4217 §6)
  // Worth trying: listed, or nothing is known.
  bool may(std::string_view name) const { return !said || has(name); }
};

features parse_features(const proto::reply& answer);

// A server's ways, found by its greeting or SYST.
struct quirks {
  bool pipelines = false;     // reads commands that come while data moves, and answers each in its turn
  bool utf8 = false;          // always UTF-8: OPTS UTF8 ON tells it nothing
  bool list_options = false;  // LIST -a shows hidden files and does not mean a file of that name
};

quirks quirks_of(std::string_view greeting);

}  // namespace ferry::client
