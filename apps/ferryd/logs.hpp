// Where ferryd's log lines go: its standard error, and a file for the xferlog.
#pragma once

#include <memory>
#include <optional>

#include "ferryd/config.hpp"
#include "server/journal.hpp"
#include "server/logs/log_writer.hpp"

namespace ferry::ferryd {

class logs {
 public:
  // Errors: log.open
  static result<std::unique_ptr<logs>> open(const log_settings& how);

  server::journal& journal() { return *journal_; }

  result<void> start();  // lines wait until then. Errors: log.thread
  void reopen();         // the xferlog, which logrotate has renamed
  void flush();          // waits limit::log_farewell for each, at most

 private:
  logs(const log_settings& how, fd xferlog);

  const log_settings how_;
  server::log_writer lines_;
  std::optional<server::log_writer> transfers_;
  std::unique_ptr<server::journal> journal_;
};

}  // namespace ferry::ferryd
