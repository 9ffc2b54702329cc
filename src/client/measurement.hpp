// What can be measured of a server over one session, for a diagnosis.
#pragma once

#include <chrono>
#include <string>

#include "client/probe.hpp"

namespace ferry::client {

// One port that the server offered for a data connection, and what became of a connection to it, which moved nothing.
struct offer_finding {
  net::endpoint at;
  ending ended = ending::not_tried;
  std::string cause;  // in words, when it does not work
  duration took{};
};
// Errors: those of session::listen_there, which make no offer
net::task<result<offer_finding>> try_offer(session& s);

// A file that comes and goes nowhere, whole or for limit::flow_time.
struct flow_finding {
  unsigned beside = 1;      // connections that did so at the same time, this one among them
  std::uint64_t bytes = 0;  // after the first
  duration took{};          // from the first
  std::optional<error> failed;

  double rate() const;  // bytes a second; 0 when it was over at once
};
net::task<flow_finding> measure_flow(session& s, std::string file);

// The shortest that the server took to answer NOOP. Errors: those of session::command
net::task<result<duration>> measure_round_trip(session& s);

// The server's clock beside this machine's, by the time of a file that was just stored.
struct clock_finding {
  std::chrono::milliseconds ahead{};      // the server's, of this one
  std::chrono::milliseconds uncertain{};  // either way
  std::string left;                       // the file's name, where it could not be deleted
};
// Stores a file of a few bytes in `folder` ("" or with '/' at its end), asks for its time, and deletes it.
// Errors: those of a STOR and of MDTM
net::task<result<clock_finding>> compare_clocks(session& s, std::string folder);

}  // namespace ferry::client
