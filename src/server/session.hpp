// One control connection from greeting to goodbye: reads commands, runs them in order, and answers (RFC 959 §5.4).
#pragma once

#include <list>
#include <optional>
#include <string>

#include "net/event.hpp"
#include "net/loop.hpp"
#include "net/shared_ports.hpp"
#include "net/stream.hpp"
#include "net/turnstile.hpp"
#include "proto/line_reader.hpp"
#include "proto/reply.hpp"
#include "server/command_table.hpp"
#include "server/journal.hpp"
#include "server/server.hpp"
#include "server/settings.hpp"
#include "server/state.hpp"
#include "server/tls_source.hpp"
#include "transfer/data_offer.hpp"
#include "transfer/decoding.hpp"
#include "transfer/progress.hpp"

namespace ferry::server {

// What sessions of one server share. Everything in it outlives them; those that are not
// constant are thread-safe.
struct surroundings {
  const settings& how;
  const open_storage& open;
  accounts::directory& accounts;
  ferry::server::journal& journal;
  const tls_source& tls;
  net::turnstile& turns;  // of lengthy commands: who does a piece of one at this moment
  const std::vector<virtual_host>& hosts;
  const known_names& names;            // of settings.passive
  net::shared_ports* ports = nullptr;  // of settings.passive; null: each offer listens at one of its own
};

// A transfer while it is under way, in the frame of its handler.
struct transfer_run {
  transfer_facts facts;
  transfer::progress moved;
  transfer::decoding how;  // of an upload
  std::unique_ptr<net::stream> channel;
  std::string ahead;                // what has been read of the channel and is not of this file
  bool in_step = false;             // transfer::pump::in_step
  std::string_view unit = "bytes";  // what `moved` counts
};

class session {
 public:
  // `at`: where it came in; outlives it, as the surroundings do.
  session(net::loop& on, net::network& through, std::unique_ptr<net::stream> control, const surroundings& around,
          std::uint64_t id, const listener_settings& at);
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  net::task<> run();  // the whole session
  void stop();        // 421 once nothing moves any more
  void abandon();     // and now: the transfer is stopped too

  // For the handlers.
  state now;
  session_facts facts;
  const surroundings& around;
  net::loop& on;
  net::network& through;
  std::chrono::seconds idle;

  const limits& limit() const { return around.how.limit; }
  net::endpoint peer() const { return control_->peer(); }
  net::endpoint local() const { return control_->local(); }
  net::endpoint dialled() const { return control_->dialled(); }
  storage::storage& files() { return *files_; }
  accounts::directory& accounts() { return now.host ? *now.host->accounts : around.accounts; }
  void close_after_reply() { closing_ = true; }
  void protect_after_reply(bool data_too) { after_reply_ = data_too ? change::protect_data_too : change::protect; }
  accounts::certificate certificate_shown() const;
  void clear_after_reply() { after_reply_ = change::clear; }
  bool implicit() const { return at_.implicit; }
  // Of names on both connections while the client has not asked for UTF-8; null: it is UTF-8 always.
  const proto::charset* other_charset() const;
  const proto::charset* charset() const { return now.utf8 ? nullptr : other_charset(); }
  // Of those names, in whatever form; null when there is none.
  const virtual_host* find_host(std::string_view name) const;
  // The host that the client named to TLS (SNI); empty where it did not.
  std::string tls_name() const { return now.tls.control ? tls_->asked_name() : std::string(); }
  net::task<> pause(duration how_long);  // less when the server stops

  // A login begins and ends here, for state and storage must agree. Errors: those of open_storage.
  result<void> log_in(std::shared_ptr<const accounts::account> account);
  // Goes to another root, with the rights that the user has there; `account` is that of the login or one of its mounts.
  result<void> mount(std::shared_ptr<const accounts::account> account);
  void log_out();  // back to before USER (REIN)

  // How the next data connection is made; one that is open is closed.
  void offer(std::optional<transfer::data_offer> made);
  // By what the client's next data connection is told from others of its address; none: by nothing.
  std::optional<net::tls_session_name> data_name() const;
  void protection_changed();  // of data connections
  bool offering() const { return offer_.has_value(); }
  bool offers(bool passive) const { return offer_ && offer_->is_passive() == passive; }
  // Makes it ahead of the transfer (ESTA, ESTP); `offers` one or the other. Errors: those of data_offer::open
  net::task<result<net::stream*>> establish();
  bool keeps_data() const { return kept_.has_value(); }  // a data connection is open, and serves the next transfer
  void close_data() { kept_.reset(); }
  // Whether a data connection is good only when it resumes the control connection's TLS session.
  bool must_resume() const { return now.tls.data && around.how.tls.data_sessions == transfer::resumption::require; }
  bool moving() const { return moving_; }  // a command that moves data, or is lengthy, is under way
  const transfer_run* running() const { return running_; }
  // While it lives, a lengthy command's progress is seen by STAT, and stopped by what stops a transfer.
  class undertaking {
   public:
    undertaking(session& of, transfer_run& run) : session_(of) { of.begin(run); }
    ~undertaking() { session_.running_ = nullptr; }
    undertaking(const undertaking&) = delete;

   private:
    session& session_;
  };

  // Of a lengthy command, a piece of whose work may now be done: only so many are at once over all sessions, so that
  // they leave processors and workers to others. Errors: data.aborted, storage.busy
  net::task<result<net::turnstile::place>> turn(const transfer_run& run);

  // Preliminary replies; the final one is what a handler returns.
  net::task<> say(proto::reply what);

  // Opens the data connection that was agreed on, announced by 150 with `text`, or goes on with the one that is open
  // (125); `run` is then the transfer under way.
  net::task<result<void>> open_data(transfer_run& run, std::string text);
  // Ends the data connection, or keeps it for the next transfer, tells the journal, and gives the reply for the
  // outcome.
  proto::reply finish(transfer_run& run, const result<void>& outcome, std::string success);
  // False when the peer has left: an upload that ends then was cut short, whatever its data connection says. From any
  // thread, as long as the handler runs.
  bool peer_waits() const { return !control_->peer_closed(); }

 private:
  struct parsed;
  struct kept_channel {
    kept_channel(session& of, std::unique_ptr<net::stream> open, std::string read);
    std::unique_ptr<net::stream> channel;
    std::string ahead;  // read of it, and not of a file so far
    net::alarm closes;
  };
  struct heard {
    proto::line_reader::event what = proto::line_reader::event::none;
    std::string line;
  };
  enum class silence { closed, idle, stopped };
  enum class change : std::uint8_t { none, protect, protect_data_too, clear };  // of the control connection

  net::task<std::expected<heard, silence>> listen();
  bool read_some();
  net::task<> take_turns();
  parsed read(const heard& said);
  net::task<> obey(heard said);
  net::task<> obey_while_moving(const row& command, argument with, std::string line);
  net::task<std::optional<proto::reply>> beside(net::task<> work, bool upload);
  net::task<std::optional<proto::reply>> hear_while_moving(net::event& over);
  bool out_of_turn(const parsed& what) const;
  void hold(heard said);
  void forget_position();
  void forget_names(const row* after);
  heard next_heard();
  bool tires(const parsed& what);
  net::task<> answer(const row* command, proto::reply what);
  void put(proto::reply what);
  net::task<> flush();
  void give_up();
  net::task<> part();
  void refuse(const std::string& line, const proto::reply& with);
  net::task<> change_protection();
  net::task<> protect(bool data_too);
  net::task<> clear();
  void give_up_tls(std::string_view why);
  time_point waits_until() const;
  static data_way way_of(const transfer_run& run);
  result<void> admit(transfer_run& run, const net::address& with) const;
  net::task<result<void>> secure(transfer_run& run, bool begins, time_point deadline);
  void withdraw();
  void stop_transfer();
  bool take_kept(transfer_run& run);
  void keep(transfer_run& run);
  net::task<result<void>> connect(transfer_run& run, std::optional<proto::reply> opening);
  net::task<> skip_refused(const row& command, bool begun);
  net::task<> skip_owed();
  void begin(transfer_run& run);

  std::unique_ptr<net::stream> control_;
  net::tls_stream* tls_ = nullptr;      // whose session data connections resume: the control connection's
  std::unique_ptr<net::stream> spent_;  // it, when the control connection has been cleared
  const listener_settings& at_;
  change after_reply_ = change::none;
  std::unique_ptr<storage::storage> files_;
  std::optional<transfer::data_offer> offer_;
  std::unique_ptr<net::stream> made_;   // of the offer, ahead of the transfer
  bool agreed_ = false;                 // on a data connection, some time in this login
  std::optional<kept_channel> kept_;    // between two transfers
  std::unique_ptr<transfer_run> owed_;  // an upload that was refused, and whose file is still to come
  transfer_run* running_ = nullptr;
  proto::control_decoder decoder_;
  std::list<heard> held_;       // heard while data moved, and waiting their turn; takes no memory while empty
  std::size_t held_bytes_ = 0;  // what they take
  net::event* pausing_ = nullptr;
  std::string out_;
  time_point login_until_;
  unsigned without_login_ = 0;             // commands, since the greeting or a logout
  std::string_view ended_by_ = "goodbye";  // for the journal
  std::size_t turn_ = 0;                   // lines heard and reads done since the loop's others last had theirs
  bool flushing_ = false;
  bool closing_ = false;    // after the reply
  bool stopping_ = false;   // the server is
  bool abandoned_ = false;  // and waits no longer
  bool gone_ = false;       // the peer sends no more
  bool broken_ = false;     // and hears no more
  // Of the command that moves data or is lengthy:
  bool moving_ = false;       // it is under way
  bool in_order_ = false;     // nothing is answered before it
  bool stop_wanted_ = false;  // it is to end
  bool journaled_ = false;    // as a transfer
};

}  // namespace ferry::server
