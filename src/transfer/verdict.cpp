#include "transfer/verdict.hpp"

#include "proto/reply_code.hpp"

namespace ferry::transfer {
namespace {

struct row {
  std::string_view id;  // or its beginning, where it ends in a dot
  int code;
};

// The first row that fits decides.
constexpr row rows[] = {
    {"data.aborted", proto::reply_code::connection_closed},
    {"data.stalled", proto::reply_code::connection_closed},
    {"data.reset", proto::reply_code::connection_closed},
    {"data.watch", proto::reply_code::local_error},
    {"data.truncated", proto::reply_code::connection_closed},
    {"data.tls.failed", proto::reply_code::protocol_not_supported},
    {"data.tls.not_resumed", proto::reply_code::protocol_not_supported},
    {"data.given_up", proto::reply_code::local_error},
    {"data.malformed", proto::reply_code::local_error},
    {"data.structure", proto::reply_code::local_error},
    {"data.page_type", proto::reply_code::page_type_unknown},
    {"data.range", proto::reply_code::page_type_unknown},
    {"data.", proto::reply_code::cannot_open_data},
    {"listen.", proto::reply_code::cannot_open_data},
    {"storage.full", proto::reply_code::insufficient_storage},
    {"storage.quota", proto::reply_code::exceeded_storage},
    {"storage.name", proto::reply_code::name_not_allowed},
    {"storage.failed", proto::reply_code::local_error},
    {"storage.changed", proto::reply_code::local_error},
    {"storage.busy", proto::reply_code::file_busy},
    {"storage.offset", proto::reply_code::invalid_rest},
    {"storage.", proto::reply_code::file_unavailable},
};

}  // namespace

proto::reply refusal(const error& why) {
  int code = proto::reply_code::local_error;
  for (const auto& each : rows) {
    bool fits = each.id.ends_with('.') ? why.id.starts_with(each.id) : why.id == each.id;
    if (!fits) continue;
    code = each.code;
    break;
  }
  std::string text = why.cause;
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  text += why.advice.empty() ? "." : "; " + why.advice + ".";
  return {code, std::move(text)};
}

proto::reply verdict(const result<void>& outcome, std::string success, bool stays_open) {
  namespace code = proto::reply_code;
  if (outcome) return {stays_open ? code::file_action_done : code::closing_data, std::move(success)};
  return refusal(outcome.error());
}

}  // namespace ferry::transfer
