// Watches a control connection of a test: each reply must be legal for the command that it answers, by the table, and
// come in its turn.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "proto/line_reader.hpp"
#include "server/command_table.hpp"
#include "support/wire.hpp"

namespace ferry::server::test_support {

class reply_lint : public support::wire_observer {
 public:
  reply_lint();

  void sent(std::string_view bytes) override;
  void received(const support::wire_reply& what) override;  // throws support::wire_error

  // The verbs that have been answered, on any connection of this program.
  static std::set<std::string_view>& answered();

 private:
  struct asked {
    std::string line;
    const row* command;   // null when the table does not know it
    bool urgent = false;  // it came behind a Telnet Synch
    bool begun = false;   // a preliminary reply came
  };
  static bool fits(const asked& what, int code);
  [[noreturn]] void object(const support::wire_reply& what) const;

  proto::control_decoder decoder_;
  std::deque<asked> unanswered_;
  bool greeted_ = false;
  bool moved_ = false;  // the last final reply was of a command that moves data
};

}  // namespace ferry::server::test_support
