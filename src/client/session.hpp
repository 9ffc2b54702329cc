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

#include <deque>
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
#include "net/event.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"
#include "proto/reply.hpp"
#include "transfer/data_offer.hpp"
#include "transfer/parameters.hpp"
#include "transfer/protect.hpp"

namespace ferry::client {

// What the sessions of one client share. Everything in it outlives them.
struct surroundings {
  net::loop& on;
  net::network& through;
  resolver& names;
  observer& watch;
  ferry::client::routes& routes;
};

// A data connection, open, for a command that was sent.
struct data_channel {
  std::unique_ptr<net::stream> channel;
  data_facts facts;
  asked transfer;
  time_point opened{};
  transfer::transfer_mode mode = transfer::transfer_mode::stream;
  std::string ahead;     // what has been read of it, and not of a file so far
  bool in_step = false;  // transfer::pump::in_step: it may serve the next transfer
};

struct transfer_start {
  std::uint64_t at = 0;               // REST: such a transfer goes in stream mode, for markers are the server's own
  bool without_leave = false;         // the 150 is not waited for, where the server takes several commands at once
  bool in_stream = false;             // in stream mode, whatever the settings say
  std::optional<std::uint64_t> size;  // bytes that are to move, where that is known
};

class session {
 public:
  session(const surroundings& around, site where, settings how, unsigned number = 1);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // Dials, reads the greeting, logs in, asks FEAT. Errors besides: resolve.failed, resolve.timeout, connect.*,
  // greeting.timeout, greeting.refused, greeting.busy (421: too many connections), login.refused, login.account,
  // tls.refused, tls.data and those of control::protect
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

  // Sends one command and gives its final reply, whatever it says. 421 ends the connection; after 532 the account is
  // given and the command sent again.
  net::task<result<proto::reply>> command(std::string verb, std::string argument = {});
  net::task<result<proto::reply>> command(std::string verb, std::string argument, std::chrono::milliseconds limit);
  // The same; a reply other than 2xx and 3xx is an error.
  net::task<result<proto::reply>> demand(std::string verb, std::string argument = {});

  // ACCT, once in a login, after a 532. Whether the server took it; false without an account.
  net::task<bool> give_account();

  net::task<result<void>> set_type(representation type);

  // Starts `verb` on the data connection that is open, in modes B and C, or on one made by the ladder, in the mode that
  // the settings and the server have come to. Errors besides: data.blocked (no way led to a data connection; the cause
  // tells of each), remote.*
  net::task<result<data_channel>> open_data(std::string verb, std::string argument, transfer_start from = {});
  // After the last byte: ends the data connection and waits for the final reply. Errors besides: reply.final (it did
  // not come, even after a NOOP: what arrived must be verified), remote.*
  net::task<result<proto::reply>> finish_data(data_channel& data, std::uint64_t bytes);
  // The same in two steps: the data connection may serve the next transfer before the reply to this one is asked for.
  void leave_data(data_channel& data, std::uint64_t bytes);
  net::task<result<proto::reply>> conclude(asked transfer);
  // Gives the transfer up, and all that was sent behind it: ABOR, and the replies to all.
  net::task<> abort_data(data_channel& data, std::uint64_t bytes);

  // Whether files may be asked for, and be sent, one behind the other over one data connection (mode B), without
  // waiting for replies: begin_pipeline() has agreed on it.
  bool may_pipeline(file_facts::direction way) const;
  net::task<result<void>> begin_pipeline();
  // What the server sends or stores in this mode is something else: stream mode from here on.
  void distrust(transfer::transfer_mode mode);
  transfer::transfer_mode mode() const { return mode_; }

  // A transfer whose data connection is made there, between this server and another (RFC 959 §5.2; fxp.hpp).
  // Errors besides: data.way.* (this way is none), remote.*
  net::task<result<net::endpoint>> listen_there(bool begins_tls);  // PASV or EPSV; CPSV: it begins TLS there
  net::task<result<void>> dial_there(net::endpoint to);            // PORT or EPRT
  net::task<result<void>> begin_tls_there(bool on);                // SSCN
  net::task<result<asked>> start_there(std::string verb, std::string argument, std::uint64_t at = 0);
  // The next reply. Errors besides, after which the connection is as good as before: reply.timeout, session.woken
  net::task<result<void>> hear_there(std::chrono::milliseconds limit, std::string waiting_for);
  void wake();                              // ends hear_there()
  net::task<> abort_there(asked transfer);  // ABOR, and the replies to both; without them the connection is dropped
  bool protects_data() const { return private_data_; }

  // What saves round trips where the server takes several commands at once, and elsewhere does nothing: commands that
  // command() will be called with, in this order, leave behind the next transfer command or with ask_now().
  void will_ask(std::string_view verb, std::string_view argument);
  net::task<> ask_now();
  std::size_t under_way() const { return ahead_.size() + planned_.size(); }  // of them
  net::task<> prepare_data();  // a data connection is wanted soon: it is made beside what is asked meanwhile

  // For what moves data: the handle by which cancel() stops it.
  transfer::progress moved;
  bool more_follows = false;  // another transfer comes soon: worth preparing for
  bool many = false;          // several come: worth a data connection that is kept

  // How far ahead of UTC the times in this server's LIST are, once that is known.
  std::optional<std::chrono::minutes> listing_zone;

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
  tls_settings::policy tls_policy() const;
  net::task<result<void>> shake_hands();
  net::task<result<void>> authenticate();
  net::task<result<void>> protect_data();
  net::task<result<void>> clear_commands();
  net::task<result<void>> log_in();
  net::task<result<proto::reply>> identify();
  net::task<result<void>> settle();

  // The wire, whatever the state. After an error of ask() and answer() the connection is gone.
  net::task<result<asked>> ask(std::string line);
  net::task<result<std::vector<asked>>> ask_all(std::vector<std::string> lines);
  net::task<asked> claim(std::string line);
  net::task<> pass_over(asked transfer);
  net::task<result<void>> hear(std::chrono::milliseconds limit, std::string waiting_for);
  net::task<result<proto::reply>> answer(asked to, std::chrono::milliseconds limit);
  std::unexpected<error> lost(error why);
  std::unexpected<error> stopped() const;

  transfer::transfer_mode mode_for(const transfer_start& from) const;
  net::task<result<void>> agree_on(transfer::transfer_mode wanted);
  net::task<result<data_channel>> go_on(std::string verb, std::string argument, transfer_start from);
  bool unasked(const transfer_start& from) const;
  void started(data_channel& data, std::string verb);
  void yield_file(data_channel& data);
  void drop_kept();

  std::string host_and_protection() const;
  std::vector<rung> ladder() const;
  net::task<result<data_channel>> climb(rung way, std::string verb, std::string argument, transfer_start from);
  net::task<result<std::unique_ptr<net::stream>>> connect_passive(rung way);
  result<net::endpoint> port_in(rung way, const proto::reply& answer) const;
  std::chrono::milliseconds dial_limit() const;
  net::task<result<std::unique_ptr<net::stream>>> dial_data(net::endpoint to);
  net::task<result<asked>> begin(rung way, std::string verb, std::string argument, transfer_start from);
  void start_tls(data_channel& data);
  net::task<result<void>> secure(data_channel& data);
  net::task<result<void>> begun(asked transfer, const std::unique_ptr<net::stream>& channel,
                                std::chrono::milliseconds to_reach = {});
  net::task<result<transfer::data_offer>> announce(rung way);
  net::task<result<void>> await_active(data_channel& data, transfer::data_offer offer);
  net::task<> poke(exchange& transfer);
  net::task<> abort(asked transfer, transfer::transfer_mode mode);
  net::task<result<void>> leave_own_data();
  net::task<> ask_spare(rung way);
  void dial_spare();
  void drop_spare();

  const surroundings around_;
  const site where_;
  const settings how_;
  const unsigned number_;

  std::unique_ptr<control> control_;
  net::tls_stream* tls_ = nullptr;  // control_'s, whose session data connections resume
  bool private_data_ = false;       // PROT P
  bool begins_there_ = false;       // SSCN ON
  std::string greeting_;
  features features_;
  quirks quirks_;
  std::vector<std::string> lacks_;
  std::optional<bool> account_taken_;  // ACCT was sent
  std::optional<representation> type_;
  transfer::transfer_mode mode_ = transfer::transfer_mode::stream;
  bool mode_proven_ = false;  // a transfer in mode B was confirmed
  bool takes_files_ = false;  // OPTS MODE B PIPELINE: each upload takes one file from the data connection
  std::optional<rung> rung_;  // that works
  bool others_left_ = true;   // of the ladder
  bool pipelines_ = false;
  bool prepares_ = true;  // data connections; until one that was asked for in advance broke the connection
  // The data connection, in modes B and C, between two transfers.
  struct kept {
    std::unique_ptr<net::stream> channel;
    rung way = rung::epsv;
    std::string ahead;
  };
  std::optional<kept> kept_;
  std::deque<asked> ahead_;           // sent, and not yet called for
  std::vector<std::string> planned_;  // will_ask()

  // A data connection for a transfer to come.
  struct spare {
    explicit spare(net::loop& on) : over(on) {}
    rung way = rung::epsv;
    asked port;
    net::dial_ticket ticket;
    net::event over;
    result<std::unique_ptr<net::stream>> made = nullptr;
  };
  std::shared_ptr<spare> spare_;

  // What cancel() ends.
  bool cancelled_ = false;
  dialler* dialling_ = nullptr;
  net::dial_ticket* dialling_data_ = nullptr;
  transfer::data_offer* waiting_ = nullptr;
  net::event* pausing_ = nullptr;
};

}  // namespace ferry::client
