#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "proto/characters.hpp"
#include "server/logs/logs.hpp"

namespace ferry::server {
namespace {

using out = fmt::memory_buffer;

void put(out& to, std::string_view text) { to.append(text.data(), text.data() + text.size()); }

void put_time(out& to, file_time when) {
  auto whole = std::chrono::floor<std::chrono::seconds>(when);
  auto rest = std::chrono::floor<std::chrono::milliseconds>(when - whole);
  fmt::format_to(std::back_inserter(to), "{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole.time_since_epoch().count()),
                 rest.count());
}

// Text that the server itself wrote.
void put_line(out& to, std::string_view text) {
  while (!text.empty()) {
    auto next = proto::take_character(text);
    put(to, next.valid && proto::shows_as_itself(next.code) ? next.bytes : "?");
  }
}

// Text that came from outside: as it is when it is plain, else in quotes and escaped.
void put_name(out& to, std::string_view name) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@=,~%";
  if (!name.empty() && name.find_first_not_of(plain) == std::string_view::npos) return put(to, name);
  put(to, "\"");
  while (!name.empty()) {
    auto next = proto::take_character(name);
    if (!next.valid || next.code < 0x20 || next.code == 0x7f) {
      fmt::format_to(std::back_inserter(to), "\\x{:02x}", static_cast<unsigned char>(next.bytes[0]));
    } else if (!proto::shows_as_itself(next.code)) {
      fmt::format_to(std::back_inserter(to), "\\u{{{:x}}}", static_cast<std::uint32_t>(next.code));
    } else {
      if (next.bytes == "\"" || next.bytes == "\\") put(to, "\\");
      put(to, next.bytes);
    }
  }
  put(to, "\"");
}

void put_count(out& to, std::uint64_t count) {
  auto digits = fmt::to_string(count);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) to.push_back(',');
    to.push_back(digits[i]);
  }
}

void put_rate(out& to, double bytes_per_second) {
  constexpr const char* units[] = {"B/s", "KiB/s", "MiB/s", "GiB/s"};
  std::size_t unit = 0;
  for (; bytes_per_second >= 1024 && unit + 1 < std::size(units); ++unit) bytes_per_second /= 1024;
  fmt::format_to(std::back_inserter(to), "{:.1f} {}", bytes_per_second, units[unit]);
}

class text_journal : public journal {
 public:
  text_journal(line_sink to, wall_clock now) : to_(std::move(to)), now_(std::move(now)) {}

  void note(std::string_view text) override {
    out line;
    put_time(line, now_());
    put(line, " ");
    put_line(line, text);
    send(line);
  }

  void connected(const session_facts&) override {}
  void closed(const session_facts&, std::string_view) override {}

  void logged_in(const session_facts& who) override {
    auto line = begin(who);
    put(line, who.anonymous ? " logged in as anonymous" : " logged in");
    if (who.by_certificate) put(line, " by certificate");
    if (!who.tls.empty()) {
      put(line, " over ");
      put_line(line, who.tls);
    }
    send(line);
  }

  void transferred(const session_facts& who, const transfer_facts& what) override {
    auto line = begin(who, what.verb, what.path);
    put(line, " ");
    put_count(line, what.bytes);
    double seconds = std::chrono::duration<double>(what.took).count();
    fmt::format_to(std::back_inserter(line), " bytes in {:.3f} s", seconds);
    if (seconds > 0 && what.bytes > 0) {
      put(line, " (");
      put_rate(line, static_cast<double>(what.bytes) / seconds);
      put(line, ")");
    }
    if (what.offset > 0) {
      put(line, " from ");
      put_count(line, what.offset);
    }
    if (!what.data_peer.empty()) {
      put(line, " with ");
      put(line, what.data_peer);
    }
    fmt::format_to(std::back_inserter(line), ": {}", what.code);
    if (!what.error.empty()) {
      put(line, " ");
      put_line(line, what.error);
    }
    if (!what.cause.empty()) {
      put(line, ": ");
      put_line(line, what.cause);
    }
    send(line);
  }

  void refused(const session_facts& who, refusal kind, std::string_view what, std::string_view reply) override {
    auto line = begin(who);
    put(line, kind == refusal::connection ? " connection refused: "
              : kind == refusal::login    ? " login refused: "
                                          : " refused: ");
    put_name(line, what);
    put(line, ": ");
    put_line(line, reply);
    send(line);
  }

  void changed(const session_facts& who, std::string_view verb, std::string_view path) override {
    send(begin(who, verb, path));
  }

 private:
  out begin(const session_facts& who) const {
    out line;
    put_time(line, now_());
    fmt::format_to(std::back_inserter(line), " #{} ", who.id);
    put(line, net::show(who.peer));
    put(line, " ");
    if (who.user.empty()) {
      put(line, "-");
    } else {
      put_name(line, who.user);
    }
    return line;
  }

  out begin(const session_facts& who, std::string_view verb, std::string_view path) const {
    auto line = begin(who);
    put(line, " ");
    put_line(line, verb);
    put(line, " ");
    put_name(line, path);
    return line;
  }

  void send(const out& line) const { to_(std::string_view(line.data(), line.size())); }

  const line_sink to_;
  const wall_clock now_;
};

}  // namespace

file_time wall_now() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

std::unique_ptr<journal> text_log(line_sink to, wall_clock now) {
  return std::make_unique<text_journal>(std::move(to), std::move(now));
}

}  // namespace ferry::server
