// SYST, HELP, NOOP (RFC 959 §4.1.3), FEAT, OPTS (RFC 2389), LANG (RFC 2640), CLNT, CSID
// (draft-peterson-streamlined-ftp-command-extensions): talk about the server itself.
#include <fmt/format.h>

#include "proto/facts.hpp"
#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/digest.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

bool offered(const row& each, const settings& how) {
  const bool of_tls = each.run == auth || each.run == pbsz || each.run == prot || each.run == ccc;
  const bool of_fxp = each.run == cpsv || each.run == sscn;
  return each.run != not_implemented && (!of_tls || how.tls.offered()) && (!of_fxp || how.offers_fxp_tls());
}

// "HASH SHA-512;SHA-256*;MD5": those known, the one in use with a star (draft-bryan-ftpext-hash §3.1).
std::string hash_feature(const state& now) {
  std::string out = "HASH ";
  for (const auto& each : transfer::digest_algorithms()) {
    if (out.back() != ' ') out += ';';
    out += each.name;
    if (each.name == now.digest) out += '*';
  }
  return out;
}

std::string feature_of(const row& each, const state& now) {
  if (each.feature == "MLST") return proto::format_mlst_feature(offered_facts, now.facts);
  if (each.feature == "HASH") return hash_feature(now);
  return std::string(each.feature);
}

}  // namespace

reply_task syst(session&, argument) { co_return reply{code::system_type, "UNIX Type: L8"}; }

reply_task noop(session&, argument) { co_return reply{code::ok, "Here."}; }

reply_task not_implemented(session&, argument) {
  co_return reply{code::not_implemented, "This server does not do that."};
}

reply_task clnt(session&, argument) { co_return reply{code::ok, "Noted."}; }

// Names of files are bytes here: their case counts.
reply_task csid(session&, argument) { co_return reply{code::ok, "Name=ferryd; OS=UNIX; CaseSensitive=1; DirSep=/;"}; }

reply_task help(session& s, argument given) {
  if (!given.text.empty()) {
    const row* found = find_row(proto::to_upper(given.text));
    if (!found) co_return reply{code::not_implemented, "There is no such command."};
    co_return reply{
        code::help,
        {fmt::format("Syntax: {} {}", found->verb, found->syntax), fmt::format("{} ({})", found->help, found->source)}};
  }
  reply out{code::help, std::vector<std::string>{"The commands:"}};
  std::string line;
  for (const row& each : command_table()) {
    if (!offered(each, s.around.how) || each.verb.starts_with("SITE ")) continue;
    line += fmt::format(" {:<5}", each.verb);
    if (line.size() < 60) continue;
    out.lines.push_back(std::exchange(line, {}));
  }
  if (!line.empty()) out.lines.push_back(std::move(line));
  out.lines.emplace_back("HELP with a command explains it.");
  co_return out;
}

reply_task feat(session& s, argument given) {
  if (!given.text.empty()) co_return reply{code::bad_argument, "FEAT takes no argument."};  // RFC 2389 §3.2
  reply out{code::system_status, std::vector<std::string>{"Extensions:"}};
  for (const row& each : command_table()) {
    if (each.feature.empty() || !offered(each, s.around.how)) continue;
    out.lines.push_back(" " + feature_of(each, s.now));
  }
  for (auto other : {"MODE B PIPELINE", "MODE C PIPELINE", "TVFS", "UTF8"})
    out.lines.push_back(std::string(" ") + other);
  out.lines.emplace_back("End");
  co_return out;
}

reply_task opts(session& s, argument given) {
  auto space = given.text.find(' ');
  auto what = proto::to_upper(std::string_view(given.text).substr(0, space));
  std::string_view options;
  if (space != std::string::npos) options = std::string_view(given.text).substr(space + 1);
  if (what == "UTF8" || what == "UTF-8") {
    auto wanted = proto::to_upper(options);
    const bool on = wanted.empty() || wanted == "ON";
    if (!on && wanted != "OFF") co_return reply{code::bad_argument, "UTF8 is ON or OFF."};
    if (!on && !s.other_charset()) co_return reply{code::argument_not_implemented, "Names are always UTF-8 here."};
    s.now.utf8 = on;
    co_return reply{code::ok, on ? "Names are UTF-8." : "Names are " + s.other_charset()->name() + "."};
  }
  if (what == "MLST") {
    s.now.facts = proto::parse_opts_mlst(options, offered_facts);
    co_return reply{code::ok, proto::format_opts_mlst(s.now.facts)};
  }
  if (what == "HASH") {
    const auto* wanted = options.empty() ? nullptr : transfer::find_digest(options);
    if (!options.empty() && !wanted) co_return reply{code::bad_argument, "That digest is not known; see FEAT."};
    if (wanted) s.now.digest = wanted->name;
    co_return reply{code::ok, std::string(s.now.digest)};
  }
  if (what == "MODE") co_return opts_mode(s, options);
  co_return reply{code::bad_argument, "There are no options for that; HASH, MLST, MODE and UTF8 have some."};
}

reply_task lang(session&, argument given) {
  auto wanted = proto::to_upper(given.text);
  if (wanted.empty() || wanted == "EN" || wanted.starts_with("EN-"))
    co_return reply{code::ok, "Replies are in English."};
  co_return reply{code::argument_not_implemented, "Replies come in English (EN) only."};
}

}  // namespace ferry::server::commands
