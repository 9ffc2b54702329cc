// What a journal is told, as lines: for people, for programs, and in wu-ftpd's xferlog form.
//
// No line ever holds a password, nor a control character, a broken character or a direction mark that a name brought.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "server/journal.hpp"

namespace ferry::server {

// Takes one line without its newline. Thread-safe, and returns soon: see log_writer.
using line_sink = std::function<void(std::string_view line)>;
using wall_clock = std::function<file_time()>;

file_time wall_now();

// Logins, transfers, refusals and changes; who merely comes and goes is left out.
//   2026-08-01T12:34:56.789Z #7 192.0.2.9:40112 alice RETR "/a b" 1,234 bytes in 0.02 s (60.3 KiB/s): 226
std::unique_ptr<journal> text_log(line_sink to, wall_clock now = wall_now);

// Everything, one JSON object a line. `time`, `event` and, where there is a session, `session`, `peer`, `port`, `user`,
// `anonymous` lead; docs/configuration.md lists the fields of each event. A path that is not UTF-8 has its broken bytes
// as U+FFFD and its true bytes as `path_hex`.
std::unique_ptr<journal> json_log(line_sink to, wall_clock now = wall_now);

// File transfers, complete and not, as xferlog(5) has them; local time.
std::unique_ptr<journal> xferlog(line_sink to, wall_clock now = wall_now);

// Tells each of them, in order.
std::unique_ptr<journal> fan_out(std::vector<std::unique_ptr<journal>> to);

}  // namespace ferry::server
