#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "proto/characters.hpp"
#include "server/logs/logs.hpp"

namespace ferry::server {
namespace {

// "Sun Aug  1 12:34:56 2026", local: the names are English whatever the locale.
std::string local_time(file_time when) {
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::time_t seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
  std::tm at{};
  localtime_r(&seconds, &at);
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}", days[at.tm_wday], months[at.tm_mon], at.tm_mday, at.tm_hour,
                     at.tm_min, at.tm_sec, at.tm_year + 1900);
}

// Fields end at a space, so a name has none.
std::string one_word(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto next = proto::take_character(text);
    bool stays = next.valid && next.code != ' ' && proto::shows_as_itself(next.code);
    out += stays ? next.bytes : "_";
  }
  return out.empty() ? "?" : out;
}

class xferlog_journal : public journal {
 public:
  xferlog_journal(line_sink to, wall_clock now) : to_(std::move(to)), now_(std::move(now)) {}

  void note(std::string_view) override {}
  void connected(const session_facts&) override {}
  void logged_in(const session_facts&) override {}
  void refused(const session_facts&, refusal, std::string_view, std::string_view) override {}
  void changed(const session_facts&, std::string_view, std::string_view) override {}
  void closed(const session_facts&, std::string_view) override {}

  void transferred(const session_facts& who, const transfer_facts& what) override {
    bool out = what.verb == "RETR";
    if (!out && what.verb != "STOR" && what.verb != "APPE" && what.verb != "STOU") return;
    auto seconds = std::chrono::round<std::chrono::seconds>(what.took).count();
    // time, seconds, host, bytes, name, a|b, action, o|i, a|r, user, service, ident used, ident's user, c|i
    to_(fmt::format("{} {} {} {} {} {} _ {} {} {} ftp 0 * {}", local_time(now_()),
                    std::max(seconds, decltype(seconds){1}), who.peer.address().to_string(), what.bytes,
                    one_word(what.path), what.ascii ? 'a' : 'b', out ? 'o' : 'i', who.anonymous ? 'a' : 'r',
                    one_word(who.anonymous ? who.password_given : who.user), what.error.empty() ? 'c' : 'i'));
  }

 private:
  const line_sink to_;
  const wall_clock now_;
};

}  // namespace

std::unique_ptr<journal> xferlog(line_sink to, wall_clock now) {
  return std::make_unique<xferlog_journal>(std::move(to), std::move(now));
}

}  // namespace ferry::server
