// One way to a data connection, tried by itself on a control connection of its own, with short limits: what a diagnosis
// is made of. What is moved is a listing, or the start of a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/session.hpp"

namespace ferry::client {

// A PASV is tried twice: with the address of the control connection's peer, and with the one in its 227.
enum class probed_way : std::uint8_t { epsv, pasv, pasv_as_replied, eprt, port };
inline constexpr std::size_t probed_ways = 5;
std::string_view name_of(probed_way way);
rung rung_of(probed_way way);
bool passive(probed_way way);

enum class ending : std::uint8_t {
  works,
  refused,      // the server's answer to EPSV, PASV, EPRT or PORT is no
  unanswered,   // there was none within the limit
  broken,       // the control connection broke instead
  garbled,      // it names no port
  timeout,      // the packets of the data connection vanish
  rejected,     // they are answered with a reset
  prohibited,   // they are answered by ICMP: a policy
  unreachable,  // this machine knows no way to the address
  data_tls,     // TLS on the data connection
  silent,       // it was made, and brought nothing
  not_tried     // it did not come to that
};
inline constexpr std::size_t endings = 12;
std::string_view name_of(ending how);
ending ending_of_dial(const error& why);  // of a data connection that was not made

struct probe_plan {
  probed_way way = probed_way::epsv;
  bool tls = false;
  net::address to;  // of the server
};

struct probe_finding {
  probe_plan plan;
  ending ended = ending::not_tried;
  std::string asked;               // "PORT 192,168,77,2,195,80"
  std::string reply;               // the server's last word on it, verbatim: "500 Illegal PORT command."
  std::string cause;               // in words, when it does not work
  std::errc code{};                // of the system, where there was one
  duration took{};                 // from the command to the first of the data, or to the failure
  std::string named;               // the address in the 227
  bool resumed = false;            // under TLS: the control connection's session
  std::optional<error> refusal{};  // of the listing or the file itself
};

// What a control connection tells of itself.
struct control_finding {
  net::address to;
  bool tls = false;
  std::optional<error> failed;  // it could not be opened
  net::endpoint local, peer;
  std::string greeting;
  std::string system;                        // the answer to SYST
  std::string status;                        // to STAT
  features offers;                           // also of one that could not log in, where the server tells before
  std::string seen_as;                       // the client's address, as the server sees it; empty when it does not say
  std::vector<std::string> broken_promises;  // lines of FEAT, and the answer to what they promise
};

// The address in words that a reply names besides those of `known`; empty when there is none.
std::string address_in(std::string_view text, const std::vector<std::string>& known);

// Settings for probes of `how`: nothing is tried twice, and nothing for long.
settings probe_settings(settings how);

class probe {
 public:
  // `what` is listed when it ends in '/' or is empty, else got, up to limit::probe_bytes.
  probe(const surroundings& around, site where, settings how, std::string what, probe_plan plan, unsigned number);
  ~probe();
  probe(const probe&) = delete;
  probe& operator=(const probe&) = delete;

  net::task<result<void>> open();                                                  // the control connection
  net::task<control_finding> examine();                                            // opens it, and looks at it
  net::task<probe_finding> run();                                                  // the way
  net::task<bool> survives(std::chrono::milliseconds silence, std::string& word);  // of the control connection
  net::task<> close();
  void cancel();
  session& on() { return *session_; }

 private:
  class ear;
  struct one_address;

  probe_plan plan_;
  std::string what_;
  std::unique_ptr<ear> ear_;
  std::unique_ptr<one_address> address_;
  std::unique_ptr<routes> none_;
  std::unique_ptr<session> session_;
};

}  // namespace ferry::client
