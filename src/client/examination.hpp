// A server looked at from here: every way to a data connection, in the clear and under TLS, over IPv4 and IPv6, side by
// side and with short limits. What it all means: diagnosis.hpp.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "client/limits.hpp"
#include "client/measurement.hpp"

namespace ferry::client {

struct idle_finding {
  std::chrono::seconds silence{};
  std::optional<error> failed;  // the connection could not be opened: nothing is known of this silence
  bool survived = false;
  std::string word;  // the answer to the NOOP that ended it, or what came instead
};

// One family and protection.
struct line_finding {
  control_finding control;
  std::vector<probe_finding> ways;  // none when the control connection could not be opened
};

// What somebody who looked at the server from inside expects of it (ferryd doctor), to be proved from outside.
struct expectation {
  transfer::port_range ports;           // passive; 0: any
  std::optional<net::address> address;  // that 227 names
};

struct examination {
  std::optional<error> failed;  // the name of the host
  std::vector<line_finding> lines;
  std::vector<idle_finding> idle;
  std::vector<offer_finding> offers;
  std::vector<flow_finding> flows;  // one alone, then some beside one another
  std::optional<duration> round_trip;
  std::optional<result<clock_finding>> clocks;
  std::optional<expectation> expected;
};

struct examination_plan {
  std::string what;    // listed when it is a folder, else got
  bool clear = false;  // the password may go in the clear
  bool tls = true;
  std::chrono::seconds idle{0};        // the longest silence to try; 0: none
  bool throughput = false;             // of `what`, a file
  bool write = false;                  // a small file may be stored and deleted: it tells the server's clock
  std::optional<expectation> outside;  // the passive ports are looked at, as many as are offered
};

class examiner {
 public:
  // `around` and what it points to outlive it.
  examiner(const surroundings& around, site where, settings how, examination_plan plan);
  ~examiner();

  net::task<examination> run();
  void cancel();

  // Of each control connection, for drawings: "IPv4, TLS: PASV".
  const std::vector<std::string>& titles() const { return titles_; }

 private:
  using job = std::function<net::task<bool>()>;  // whether the server had room for it
  probe& make(probe_plan plan, std::string title);
  net::task<bool> look(std::size_t line);
  net::task<bool> try_way(std::size_t line, std::size_t way);
  net::task<bool> be_silent(std::size_t which, net::address to, bool tls);
  net::task<bool> take_offers(std::size_t line);
  net::task<bool> let_flow(std::size_t which);
  net::task<bool> compare(std::size_t line);
  std::optional<std::size_t> best_line() const;
  net::task<> measure();
  net::task<> side_by_side(std::vector<job> jobs);

  const surroundings around_;
  const site where_;
  const settings how_;
  const examination_plan plan_;
  examination out_;
  std::vector<std::unique_ptr<probe>> probes_;
  std::vector<std::string> titles_;
  std::size_t places_;  // control connections that the server bears
  unsigned patience_ = limit::probe_patience;
  bool cancelled_ = false;
};

}  // namespace ferry::client
