#include "client/errors.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "proto/text.hpp"

namespace ferry::client {
namespace {

bool says(const proto::reply& what, std::initializer_list<std::string_view> words) {
  const auto text = proto::to_upper(what.text());
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

// 501, 550 and 553 mean anything: servers tell by their words.
std::string_view unavailable(const proto::reply& what, std::string_view otherwise) {
  if (says(what, {"DENIED", "PERMI", "NOT ALLOWED", "FORBIDDEN", "READ-ONLY", "READ ONLY", "PRIVILEGE"})) {
    return "remote.denied";
  }
  if (says(what, {"NOT EMPTY"})) return "remote.not_empty";
  if (says(what, {"NOT A DIRECTORY", "NOT A FOLDER"})) return "remote.not_directory";
  if (says(what, {"IS A DIRECTORY", "REGULAR FILE", "PLAIN FILE"})) return "remote.is_directory";
  if (says(what,
           {"NO SUCH", "NOT FOUND", "DOES NOT EXIST", "DOESN'T EXIST", "CAN'T FIND", "CANNOT FIND", "CAN'T CHECK"})) {
    return "remote.not_found";
  }
  if (says(what, {"EXIST"})) return "remote.exists";
  if (says(what, {"SPACE", "QUOTA", "DISK FULL"})) return "remote.full";
  return otherwise;
}

std::string_view id_of(const proto::reply& what) {
  switch (what.code) {
    case 421: return "remote.closing";
    case 425:
    case 426: return "remote.data";
    case 430:
    case 530: return "remote.login";
    case 450: return unavailable(what, "remote.busy");
    case 452:
    case 552: return "remote.full";
    case 500:
    case 502:
    case 504: return "remote.unsupported";
    case 501: return unavailable(what, "remote.name");
    case 521: return unavailable(what, "remote.exists");
    case 532: return "remote.account";
    case 550: return unavailable(what, "remote.not_found");
    case 551:
    case 554: return "remote.offset";
    case 553: return unavailable(what, "remote.name");
  }
  if (what.transient()) return "remote.busy";
  return what.permanent() ? "remote.refused" : "remote.protocol";
}

}  // namespace

error refusal(const proto::reply& what) {
  return {.id = id_of(what), .cause = std::to_string(what.code) + " " + what.text(), .advice = {}};
}

bool may_pass(const error& why) {
  static constexpr std::array passing = std::to_array<std::string_view>(
      {"remote.busy",     "remote.closing",  "remote.data",         "greeting.busy",  "greeting.timeout",
       "control.closed",  "control.reset",   "reply.timeout",       "reply.final",    "data.reset",
       "data.stalled",    "data.short",      "data.lost",           "data.mode",      "resolve.timeout",
       "connect.timeout", "connect.refused", "connect.unreachable", "connect.failed", "verify.size",
       "verify.digest"});
  return std::ranges::find(passing, why.id) != passing.end();
}

}  // namespace ferry::client
