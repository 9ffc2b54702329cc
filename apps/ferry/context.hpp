// What a command works with: its options, the console, and connections to the servers that it names.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "client/crew.hpp"
#include "client/routes.hpp"
#include "ferry/console.hpp"
#include "ferry/credentials.hpp"
#include "ferry/dialogue.hpp"
#include "ferry/events.hpp"
#include "ferry/progress.hpp"
#include "ferry/recorder.hpp"
#include "ferry/table.hpp"
#include "ferry/watchers.hpp"
#include "net/tcp.hpp"

namespace ferry::cli {

inline constexpr unsigned usual_jobs = 4;  // connections to a server side by side, at most, where -j does not say

// A path of a server, and a session to it.
struct remote {
  client::crew* crew = nullptr;
  client::session* on = nullptr;
  client::url where;
  std::string path;                      // as it is sent; without a '/' at the end
  std::optional<client::entry> known{};  // of a file that a pattern found
};

// Where an operand leads, before anything is connected.
struct aimed {
  client::surroundings around;
  client::site to;
  client::settings how;
  client::url where;
};

class context {
 public:
  context(const command_row& command, options options_given);
  ~context();
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  // Runs `work` and all it waits for. Ctrl-C cancels what is under way, a second one ends the process.
  void run(std::function<net::task<>()> work);

  // The operand's server. Errors: usage.*, url.*, and those of log_in_as
  result<aimed> aim(const std::string& operand);
  // What Ctrl-C ends, besides the sessions of reach(); an empty one is none.
  void stop_with(std::function<void()> how) { stop_ = std::move(how); }
  const recorder& recorded() const { return recorder_; }

  // The operand's server, logged in. Connections are kept: a server is reached once, or twice where it is both ends of
  // a copy.
  enum class role : std::uint8_t { usual, target };
  net::task<result<remote>> reach(std::string operand, role as = role::usual);

  // Who logs in there; asked for once. A password that names no server (--password-file, FERRY_PASSWORD) is that of the
  // first that it is wanted for, and told to no other. Errors: usage.password, and those of log_in_as
  result<client::site> login_for(const client::url& where);

  // The same of all these, URLs, before any is reached: of two that want one password neither is told it.
  // Errors: usage.password
  result<void> keep_passwords_apart(const std::vector<std::string>& operands);

  enum class patterns : std::uint8_t { as_names, expanded };
  enum class repeatable : std::uint8_t { no, yes };  // harmless to do again after a lost connection
  using work_on = std::function<net::task<result<void>>(remote)>;
  // Does `work` on each operand, or on each file that its last part, a pattern, fits. What fails is said.
  net::task<> for_each(std::vector<std::string> operands, work_on work, repeatable again = repeatable::no,
                       patterns how = patterns::as_names);
  // The same on the operands of the command line, run to its end.
  void on_operands(work_on work, repeatable again = repeatable::no, patterns how = patterns::as_names);

  // The paths that a pattern in the last part of the URL fits; without one, or where a file has that very name, the
  // path itself.
  net::task<result<std::vector<remote>>> matches(remote at);

  // After an interruption: servers are reached anew.
  void start_anew();

  // Says goodbye, writes the trace; the exit code of all that was said.
  int finish();

  const command_row& command;
  options given;
  console out;
  progress moved;
  net::loop& loop() { return loop_; }

 private:
  void on_signal(int which);
  void tick();
  net::task<> reach_and_do(std::string operand, work_on work, repeatable again, patterns how);
  net::task<result<void>> repeat(remote at, work_on work, repeatable again);

  dialogue dialogue_;
  events events_;
  recorder recorder_;
  std::function<void()> stop_;
  watchers watch_;

  net::asio::thread_pool workers_;
  net::loop loop_{workers_};
  net::tcp_network network_{loop_};
  std::unique_ptr<client::resolver> names_;
  client::routes routes_;
  std::map<std::string, login> logins_;        // by user and server, so that nobody is asked twice
  std::map<std::string, std::string> owners_;  // of passwords that name no server: user and server
  std::map<std::string, std::unique_ptr<client::crew>> crews_;
  unsigned numbered_ = 0;  // sessions that these may have
  using signals = net::asio::basic_signal_set<net::executor>;
  using timer = net::asio::basic_waitable_timer<clock, net::asio::wait_traits<clock>, net::executor>;
  std::optional<signals> signals_;
  std::optional<timer> ticker_;
  unsigned frames_ = 0;
};

}  // namespace ferry::cli
