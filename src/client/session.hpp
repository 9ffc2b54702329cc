// One control connection from dialling to QUIT, and the data connections that belong to it (RFC 959 §5, the
// user-PI). One coroutine uses a session at a time; cancel() alone may come from another of the same loop.
//
// Errors of all that talks to the server:
//   control.closed, control.reset, reply.timeout, reply.garbage, reply.line_too_long, reply.too_long
//                        the connection is of no more use; recover() makes a new one
//   session.cancelled    cancel() was called
//   command.control      an argument holds LF or NUL: a name must not become a command
//   remote.*             the server refused (errors.hpp); the cause is its reply, verbatim
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/control.hpp"
#include "client/dialler.hpp"
#include "client/features.hpp"
#include "client/observer.hpp"
#include "client/resolver.hpp"
#include "client/routes.hpp"
#include "client/settings.hpp"
#include "client/url.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"
#include "proto/reply.hpp"
#include "transfer/data_offer.hpp"

namespace ferry::client {

// What the sessions of one client share. Everything in it outlives them.
struct surroundings {
  net::loop& on;
  net::network& through;
  resolver& names;
  observer& watch;
  ferry::client::routes& routes;
};

// A data connection, open, for a command that the server has begun or refused.
struct data_channel {
  std::unique_ptr<net::stream> channel;
  data_facts facts;
  proto::reply first;  // 125, 150, or the final reply when it came before the data; code 0: not yet here
  time_point opened{};
};

class session {
 public:
  session(const surroundings& around, site where, settings how, unsigned number = 1);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // Dials, reads the greeting, logs in, asks FEAT. Errors besides: resolve.failed, resolve.timeout, connect.*,
  // greeting.timeout, greeting.refused, greeting.busy (421: too many connections), login.refused, login.account,
  // tls.unavailable
  net::task<result<void>> open();
  // Nothing when the connection is usable; else open(), anew.
  net::task<result<void>> recover();
  bool usable() const { return control_ != nullptr; }
  net::task<> close();  // QUIT
  void drop(const error* why = nullptr);

  // Ends what is under way, with ABOR where data moves; what is begun afterwards fails until resume() is called.
  void cancel();
  bool cancelled() const { return cancelled_; }
  void resume() { cancelled_ = false; }

  // Sends one command and gives its final reply, whatever it says. 421 ends the connection.
  net::task<result<proto::reply>> command(std::string verb, std::string argument = {});
  net::task<result<proto::reply>> command(std::string verb, std::string argument, std::chrono::milliseconds limit);
  // The same; a reply other than 2xx and 3xx is an error.
  net::task<result<proto::reply>> demand(std::string verb, std::string argument = {});

  // Several that do not depend on each other: in one go where the server takes that. Their final replies, in order.
  net::task<result<std::vector<proto::reply>>> commands(std::vector<std::pair<std::string, std::string>> all);

  net::task<result<void>> set_type(representation type);

  // Makes a data connection by the ladder and starts `verb` on it, from `restart` on. Errors besides: data.blocked
  // (no way led to a data connection; the cause tells of each), remote.*
  net::task<result<data_channel>> open_data(std::string verb, std::string argument, std::uint64_t restart = 0);
  // After the last byte: ends the data connection and waits for the final reply. Errors besides: reply.final (it did
  // not come, even after a NOOP: what arrived must be verified), remote.*
  net::task<result<proto::reply>> finish_data(data_channel& data, std::uint64_t bytes);
  // Gives the transfer up: ABOR, and the replies to both.
  net::task<> abort_data(data_channel& data, std::uint64_t bytes);
  // Asks for the next data connection behind the command that is under way, where the server takes that.
  net::task<> prepare_data();

  // For what moves data: the handle by which cancel() stops it.
  transfer::progress moved;
  bool more_follows = false;  // another transfer comes soon: worth preparing for

  net::task<> pause(std::chrono::milliseconds how_long);  // or until cancel()

  net::loop& on() const { return around_.on; }
  observer& watch() const { return around_.watch; }
  const surroundings& around() const { return around_; }
  const settings& how() const { return how_; }
  const site& where() const { return where_; }
  const features& offers() const { return features_; }
  const quirks& ways() const { return quirks_; }
  const std::string& greeting() const { return greeting_; }
  unsigned number() const { return number_; }
  net::endpoint peer() const { return control_ ? control_->stream().peer() : net::endpoint(); }
  net::endpoint local() const { return control_ ? control_->stream().local() : net::endpoint(); }

  // What this server answered 500, 502 or 504 to once, and is not asked again.
  bool lacks(std::string_view verb) const;
  void learn_lack(std::string_view verb);

 private:
  net::task<result<void>> dial();
  net::task<result<void>> greet();
  net::task<result<void>> log_in();
  net::task<result<proto::reply>> identify();
  net::task<result<void>> settle();

  // The wire, whatever the state: a line out, a reply in. After an error the connection is gone.
  net::task<result<void>> send(std::string lines);
  net::task<result<proto::reply>> receive(std::chrono::milliseconds limit, std::string waiting_for);
  net::task<result<proto::reply>> receive_final(std::chrono::milliseconds limit, std::string waiting_for);
  void heard(const proto::reply& what);
  std::unexpected<error> lost(error why);
  std::unexpected<error> stopped() const;

  std::vector<rung> ladder() const;
  net::task<result<data_channel>> climb(rung way, std::string verb, std::string argument, std::uint64_t restart);
  net::task<result<std::unique_ptr<net::stream>>> connect_passive(rung way);
  net::task<result<net::endpoint>> ask_port(rung way);
  result<net::endpoint> port_in(rung way, const proto::reply& answer) const;
  net::task<result<std::unique_ptr<net::stream>>> dial_data(net::endpoint to);
  net::task<result<void>> begin(std::string verb, std::string argument, std::uint64_t restart);
  net::task<result<proto::reply>> first_reply(net::stream* channel, std::string verb);
  net::task<result<transfer::data_offer>> announce(rung way);
  net::task<result<void>> await_active(data_channel& data, transfer::data_offer offer, std::string verb);
  net::task<> poke(std::optional<proto::reply>& final);
  net::task<result<void>> take_prepared();
  bool took_prepared(const proto::reply& what);

  const surroundings around_;
  const site where_;
  const settings how_;
  const unsigned number_;

  std::unique_ptr<control> control_;
  std::string greeting_;
  features features_;
  quirks quirks_;
  std::vector<std::string> lacks_;
  std::optional<representation> type_;
  std::optional<rung> rung_;  // that works
  bool pipelines_ = false;
  std::optional<rung> prepared_;            // was asked for behind a transfer and is not answered yet
  std::optional<net::endpoint> next_port_;  // its answer

  // What cancel() ends.
  bool cancelled_ = false;
  dialler* dialling_ = nullptr;
  net::dial_ticket* dialling_data_ = nullptr;
  transfer::data_offer* waiting_ = nullptr;
  net::event* pausing_ = nullptr;
};

}  // namespace ferry::client
