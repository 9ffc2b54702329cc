#include "ferryd/logs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "server/logs/logs.hpp"

namespace ferry::ferryd {

result<std::unique_ptr<logs>> logs::open(const log_settings& how) {
  result<fd> xferlog;
  if (!how.xferlog.empty()) xferlog = server::open_log(how.xferlog);
  if (!xferlog) return std::unexpected(xferlog.error());
  return std::unique_ptr<logs>(new logs(how, std::move(*xferlog)));
}

logs::logs(const log_settings& how, fd xferlog) : how_(how), lines_(fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0))) {
  auto to = [](server::log_writer& writer) { return [&writer](std::string_view line) { writer.line(line); }; };
  std::vector<std::unique_ptr<server::journal>> all;
  all.push_back(how.format == log_format::json ? server::json_log(to(lines_)) : server::text_log(to(lines_)));
  if (xferlog) {
    transfers_.emplace(std::move(xferlog));
    all.push_back(server::xferlog(to(*transfers_)));
  }
  journal_ = server::fan_out(std::move(all));
}

result<void> logs::start() {
  auto begun = lines_.start();
  if (begun && transfers_) begun = transfers_->start();
  return begun;
}

void logs::reopen() {
  if (!transfers_) return;
  auto fresh = server::open_log(how_.xferlog);
  if (fresh) {
    transfers_->move_to(std::move(*fresh));
    journal_->note("the xferlog was opened anew");
  } else {
    journal_->note("WARNING: the xferlog goes on as it was: " + fresh.error().cause);
  }
}

void logs::flush() {
  lines_.flush();
  if (transfers_) transfers_->flush();
}

}  // namespace ferry::ferryd
