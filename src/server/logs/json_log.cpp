#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "proto/characters.hpp"
#include "server/logs/logs.hpp"

namespace ferry::server {
namespace {

// One object, written field after field.
class object {
 public:
  object(file_time when, std::string_view event) {
    auto whole = std::chrono::floor<std::chrono::seconds>(when);
    auto rest = std::chrono::floor<std::chrono::microseconds>(when - whole);
    field("time",
          fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(whole.time_since_epoch().count()), rest.count()));
    field("event", event);
  }

  void who(const session_facts& session) {
    number("session", session.id);
    field("peer", session.peer.address().to_string());
    number("port", session.peer.port());
    field("user", session.user);
    flag("anonymous", session.anonymous);
  }

  void path(std::string_view bytes) {
    bool valid = field("path", bytes);
    if (valid) return;
    std::string hex;
    for (unsigned char each : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", each);
    field("path_hex", hex);
  }

  // False when `value` was not UTF-8.
  bool field(std::string_view name, std::string_view value) {
    begin(name);
    line_ += '"';
    bool valid = true;
    while (!value.empty()) {
      auto next = proto::take_character(value);
      valid = valid && next.valid;
      put(next);
    }
    line_ += '"';
    return valid;
  }

  void number(std::string_view name, std::uint64_t value) { raw(name, fmt::to_string(value)); }
  void seconds(std::string_view name, std::chrono::nanoseconds value) {
    raw(name, fmt::format("{:.6f}", std::chrono::duration<double>(value).count()));
  }
  void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }

  std::string_view done() { return line_ += '}'; }

 private:
  void begin(std::string_view name) {
    fmt::format_to(std::back_inserter(line_), "{}\"{}\":", line_.empty() ? '{' : ',', name);
  }

  void raw(std::string_view name, std::string_view value) {
    begin(name);
    line_ += value;
  }

  void put(const proto::character& next) {
    if (next.bytes == "\"" || next.bytes == "\\") {
      (line_ += '\\') += next.bytes;
    } else if (next.valid && proto::shows_as_itself(next.code)) {
      line_ += next.bytes;
    } else {  // what does not show lies in the first plane
      fmt::format_to(std::back_inserter(line_), "\\u{:04x}", static_cast<std::uint32_t>(next.code));
    }
  }

  std::string line_;
};

constexpr std::string_view words(refusal kind) {
  switch (kind) {
    case refusal::connection: return "connection";
    case refusal::login: return "login";
    case refusal::command: return "command";
  }
  return "";
}

class json_journal : public journal {
 public:
  json_journal(line_sink to, wall_clock now) : to_(std::move(to)), now_(std::move(now)) {}

  void note(std::string_view text) override {
    object out(now_(), "note");
    out.field("text", text);
    to_(out.done());
  }

  void connected(const session_facts& who) override { to_(about("connected", who).done()); }
  void logged_in(const session_facts& who) override {
    auto out = about("login", who);
    if (who.by_certificate) out.flag("by_certificate", true);
    if (!who.tls.empty()) out.field("tls", who.tls);
    to_(out.done());
  }

  void transferred(const session_facts& who, const transfer_facts& what) override {
    auto out = about("transfer", who);
    out.field("verb", what.verb);
    out.path(what.path);
    out.flag("ascii", what.ascii);
    out.number("offset", what.offset);
    out.number("bytes", what.bytes);
    out.seconds("seconds", what.took);
    if (!what.data_peer.empty()) out.field("data_peer", what.data_peer);
    out.number("code", static_cast<std::uint64_t>(what.code));
    out.flag("ok", what.error.empty());
    if (!what.error.empty()) out.field("error", what.error);
    if (!what.cause.empty()) out.field("cause", what.cause);
    to_(out.done());
  }

  void refused(const session_facts& who, refusal kind, std::string_view what, std::string_view reply) override {
    auto out = about("refused", who);
    out.field("kind", words(kind));
    out.field("what", what);
    out.field("reply", reply);
    to_(out.done());
  }

  void changed(const session_facts& who, std::string_view verb, std::string_view path) override {
    auto out = about("changed", who);
    out.field("verb", verb);
    out.path(path);
    to_(out.done());
  }

  void closed(const session_facts& who, std::string_view why) override {
    auto out = about("closed", who);
    out.field("why", why);
    to_(out.done());
  }

 private:
  object about(std::string_view event, const session_facts& who) const {
    object out(now_(), event);
    out.who(who);
    return out;
  }

  const line_sink to_;
  const wall_clock now_;
};

}  // namespace

std::unique_ptr<journal> json_log(line_sink to, wall_clock now) {
  return std::make_unique<json_journal>(std::move(to), std::move(now));
}

}  // namespace ferry::server
