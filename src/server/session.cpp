#include "server/session.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/limits.hpp"
#include "proto/host_name.hpp"
#include "proto/reply_code.hpp"
#include "server/gate.hpp"

namespace ferry::server {

using proto::reply;
namespace code = proto::reply_code;
using event = proto::line_reader::event;

namespace {

// A command line as a log may show it. Where a password stands is known of known commands only: of others the verb
// must do, and of a line that is none, nothing.
std::string without_secrets(const std::string& line, const std::optional<request>& said) {
  if (!said) return "a line that is no command";
  return said->command && !said->command->secret ? line : said->verb;
}

}  // namespace

session::session(net::loop& loop, net::network& network, std::unique_ptr<net::stream> control,
                 const surroundings& shared, std::uint64_t id, const listener_settings& at)
    : around(shared),
      on(loop),
      through(network),
      idle(shared.how.limit.idle),
      control_(std::move(control)),
      at_(at),
      decoder_(ferry::limit::control_line) {
  facts.id = id;
  facts.peer = control_->peer();
  login_until_ = on.now() + limit().login;
}

net::task<> session::run() {
  around.journal.connected(facts);
  if (implicit()) co_await protect(false);
  reply greeting{code::service_ready, around.how.banner};
  if (!closing_) co_await answer(nullptr, std::move(greeting));
  while (!closing_) {
    auto said = co_await listen();
    if (said) {
      co_await obey(std::move(*said));
      if (after_reply_ != change::none) co_await change_protection();
      continue;
    }
    closing_ = true;
    std::string_view text;
    switch (said.error()) {
      case silence::closed: ended_by_ = "the peer left"; break;
      case silence::idle:
        ended_by_ = now.logged_in() ? "idle for too long" : "no login in time";
        text = now.logged_in() ? "Idle for too long; goodbye." : "No login in time; goodbye.";
        break;
      case silence::stopped: ended_by_ = "the server stops"; text = "The server is stopping; please come back later.";
    }
    reply farewell{code::service_unavailable, std::string(text)};
    if (!text.empty()) co_await answer(nullptr, std::move(farewell));
  }
  around.journal.closed(facts, ended_by_);
  co_await part();
}

// To close with input unread would break the connection, and the last reply might be lost with it.
net::task<> session::part() {
  withdraw();
  files_.reset();
  if (broken_) co_return;
  control_->close_write();
  const auto until = on.now() + ferry::limit::parting;
  for (unsigned reads = 0; !gone_ && !abandoned_ && reads < ferry::limit::parting_reads; ++reads) {
    if (read_some()) {
      decoder_.discard();
      co_await take_turns();
    } else if (!gone_) {
      const auto status = co_await control_->ready(net::interest::read, until);
      if (status == net::wait_status::timed_out) co_return;
    }
  }
}

net::task<> session::change_protection() {
  const auto what = std::exchange(after_reply_, change::none);
  if (closing_) co_return;
  if (what == change::clear) co_return co_await clear();
  co_await protect(what == change::protect_data_too);
}

void session::stop() {
  stopping_ = true;
  if (pausing_) pausing_->set();
  control_->cancel(net::interest::read);
}

void session::abandon() {
  abandoned_ = true;
  stop();
  stop_transfer();
  control_->cancel(net::interest::write);
}

net::task<> session::pause(duration how_long) {
  if (stopping_) co_return;
  net::event over(on);
  pausing_ = &over;
  co_await over.wait_until(on.now() + how_long);
  pausing_ = nullptr;
}

net::task<result<net::turnstile::place>> session::turn(const transfer_run& run) {
  auto place = co_await around.turns.enter(on, peer().address(), on.now() + limit().stalled);
  if (run.moved.aborted()) co_return fail("data.aborted", "the command was stopped");
  if (!place) co_return fail("storage.busy", "too many others do what takes long", "try again");
  co_return std::move(*place);
}

time_point session::waits_until() const { return now.logged_in() ? on.now() + idle : login_until_; }

net::task<std::expected<session::heard, session::silence>> session::listen() {
  const auto deadline = waits_until();
  duration look = ferry::limit::stranger_look;
  for (;;) {
    if (stopping_) co_return std::unexpected(silence::stopped);  // what was heard, but not begun, will not be
    if (broken_) co_return std::unexpected(silence::closed);
    auto said = next_heard();
    if (said.what != event::none) {
      co_await take_turns();
      co_return said;
    }
    if (gone_) co_return std::unexpected(silence::closed);
    if (!out_.empty()) {
      co_await flush();  // answers to Telnet options
      continue;
    }
    if (read_some() || gone_) {
      co_await take_turns();
      if (on.now() >= deadline) co_return std::unexpected(silence::idle);
      continue;
    }
    turn_ = 0;
    // Nobody may fill the port that a client is to come to before it asks for the transfer.
    const bool watches = offer_ && offer_->is_passive() && !made_;
    const auto until = watches ? std::min(deadline, on.now() + look) : deadline;
    if (co_await control_->ready(net::interest::read, until) != net::wait_status::timed_out) continue;
    if (on.now() >= deadline) co_return std::unexpected(silence::idle);
    if (offer_) offer_->receive();
    look *= 2;  // as the client's system does with its attempts to connect
  }
}

// A peer that sends without a pause, and takes its replies as fast, would keep the loop to itself.
net::task<> session::take_turns() {
  if (++turn_ < ferry::limit::turn_lines) co_return;
  turn_ = 0;
  co_await on.yield();
}

// False when there is nothing to read now.
bool session::read_some() {
  // Shared by all sessions of a thread: an idle one has no buffer.
  thread_local std::array<char, ferry::limit::control_read> scratch;
  auto io = control_->try_read(scratch);
  switch (io.what) {
    case net::io_result::state::moved:
      decoder_.push({scratch.data(), io.count});
      // A peer that takes no answers gets no more of them, for nothing else bounds what Telnet options make wait here.
      if (auto refusals = decoder_.take_refusals(); out_.size() < ferry::limit::control_read) out_ += refusals;
      return true;
    case net::io_result::state::would_block: return false;
    case net::io_result::state::failed: broken_ = true; [[fallthrough]];
    case net::io_result::state::end: gone_ = true;
  }
  return false;
}

struct session::parsed {
  const row* command = nullptr;
  argument with;
  std::optional<reply> refusal;
};

session::parsed session::read(const heard& from) {
  const auto refused = [](int why, std::string_view text) { return parsed{.refusal = reply{why, std::string(text)}}; };
  if (from.what == event::too_long) {
    return refused(code::command_unrecognised, "The line is too long; it was ignored.");
  }
  if (from.what == event::bad_byte) {
    return refused(code::command_unrecognised, "The line holds a control character; it was ignored.");
  }
  const auto* by = charset();
  const auto line = by ? by->to_utf8(from.line) : from.line;
  if (!line) return refused(code::bad_argument, "That is no text in " + by->name() + ", which names are in here.");
  auto said = recognise(*line);
  if (!said) return refused(code::command_unrecognised, "That is no FTP command.");
  const row* command = said->command;
  if (!command && said->verb.substr(0, said->verb.find(' ')) == "SITE") {
    return refused(code::argument_not_implemented, "No such SITE command; see SITE HELP.");
  }
  if (!command) return refused(code::command_unrecognised, "Unknown command; see HELP.");
  // Names have escapes; a password was never told to the client, and is what it is.
  if (by && !command->secret) said->argument = proto::charset::unescape(said->argument);
  auto with = read_argument(*command, std::move(said->argument), now.cwd);
  if (!with) return {.command = command, .refusal = std::move(with.error())};
  auto no = gate(*command, *with, now, around.how.tls);
  return {.command = command, .with = std::move(*with), .refusal = std::move(no)};
}

net::task<> session::obey(heard said) {
  if (!now.logged_in() && said.line.starts_with("PROXY ")) {
    // The client behind a load balancer would get its replies out of step, and limits would count the wrong peer.
    ended_by_ = "a PROXY header came from an address that is not among the proxies";
    reply farewell{code::service_unavailable, "No PROXY header is taken from your address."};
    refuse(said.line, farewell);
    co_return co_await answer(nullptr, std::move(farewell));
  }
  auto what = read(said);
  if (tires(what)) {
    ended_by_ = "too many commands without a login";
    reply farewell{code::service_unavailable, "Too many commands without a login; goodbye."};
    co_return co_await answer(nullptr, std::move(farewell));
  }
  if (what.refusal) {
    refuse(said.line, *what.refusal);
    forget_names(nullptr);
    if (what.command && (what.command->moves_data || what.command->lengthy)) forget_position();
    co_await answer(nullptr, std::move(*what.refusal));
    if (what.command) co_await skip_refused(*what.command, false);
    co_return;
  }
  const row& command = *what.command;
  if (command.moves_data || command.lengthy)
    co_return co_await obey_while_moving(command, std::move(what.with), std::move(said.line));
  auto done = co_await command.run(*this, std::move(what.with));
  forget_names(&command);
  if (done.negative()) refuse(said.line, done);
  co_await answer(&command, std::move(done));
}

// Who does not log in may ask for little, and least of all when it speaks another protocol: each refusal is a line of
// the log.
bool session::tires(const parsed& what) {
  if (now.logged_in()) return false;
  const bool unknown = what.refusal && what.refusal->code == code::command_unrecognised;
  without_login_ += unknown ? ferry::limit::unknown_before_login : 1;
  return without_login_ > ferry::limit::commands_before_login;
}

// REST and RANG are for the next transfer, whatever becomes of it.
void session::forget_position() {
  now.restart = 0;
  now.range.reset();
}

// RNFR and SITE CPFR are for the command that comes next.
void session::forget_names(const row* after) {
  if (!after || after->verb != "RNFR") now.rename_from.reset();
  if (!after || after->verb != "SITE CPFR") now.copy_from.reset();
}

net::task<> session::obey_while_moving(const row& command, argument with, std::string line) {
  reply outcome;
  journaled_ = false;
  auto handle = [](session& self, const row& of, argument given, reply& out) -> net::task<> {
    out = co_await of.run(self, std::move(given));
  };
  auto handling = handle(*this, command, std::move(with), outcome);
  in_order_ = command.lengthy;
  // What nobody would hear of is ended when the peer leaves; a download still has its data connection.
  auto aborted = co_await beside(std::move(handling), command.uploads() || command.lengthy);
  in_order_ = false;
  if (command.moves_data) forget_position();
  forget_names(&command);
  if (outcome.negative() && !journaled_) refuse(line, outcome);
  co_await answer(&command, std::move(outcome));
  if (aborted) {
    close_data();
    owed_.reset();
    co_await answer(find_row("ABOR"), std::move(*aborted));
  } else {
    co_await skip_refused(command, journaled_);
  }
}

// The race of what moves data, or takes long, against the control connection. Returns the answer to ABOR, if that
// stopped it.
net::task<std::optional<reply>> session::beside(net::task<> work, bool for_peer) {
  net::event over(on);
  moving_ = true;
  stop_wanted_ = false;
  on.spawn([](session& self, net::task<> what, net::event& ended) -> net::task<> {
    co_await std::move(what);
    ended.set();
    self.control_->cancel(net::interest::read);
  }(*this, std::move(work), over));

  auto aborted = co_await hear_while_moving(over);
  const bool left = !over.happened() && (broken_ || (for_peer && (gone_ || control_->peer_closed())));
  if (aborted || left) stop_transfer();
  co_await over.wait();
  moving_ = false;
  co_return aborted;
}

// Until the transfer is over or should be. What may be answered meanwhile is; the rest is held. Returns the answer to
// ABOR.
net::task<std::optional<reply>> session::hear_while_moving(net::event& over) {
  while (!over.happened()) {
    if (held_bytes_ >= ferry::limit::held_bytes) {
      if (control_->peer_closed()) co_return std::nullopt;
      co_await over.wait_until(on.now() + ferry::limit::held_look);
      continue;
    }
    heard said;
    said.what = decoder_.next(said.line);
    if (said.what == event::none) {
      if (gone_) co_return std::nullopt;
      if (read_some()) {
        if (!out_.empty()) co_await flush();  // answers to Telnet options
        co_await take_turns();
      } else if (!gone_) {
        co_await control_->ready(net::interest::read, time_point::max());
      }
      continue;
    }
    auto what = read(said);
    if (!out_of_turn(what)) {
      hold(std::move(said));
      continue;
    }
    auto done = co_await what.command->run(*this, std::move(what.with));
    if (what.command->transfer == during::stops) co_return done;
    co_await answer(what.command, std::move(done));
    co_await take_turns();
  }
  co_return std::nullopt;
}

// ABOR is for what is under way, whatever was sent in between. Another command overtakes those that are held only where
// the client asks for it with a Telnet Synch (RFC 959 §4.1): replies stay in the order in which they are expected. So
// it is with a lengthy command, of which no 150 tells that it has begun.
bool session::out_of_turn(const parsed& what) const {
  if (what.refusal) return false;
  switch (what.command->transfer) {
    case during::waits: return false;
    case during::stops: return true;
    case during::answered: return !what.with.names_a_path() && ((held_.empty() && !in_order_) || decoder_.urgent());
  }
  return false;
}

void session::hold(heard said) {
  held_bytes_ += sizeof(heard) + said.line.size();
  held_.push_back(std::move(said));
}

session::heard session::next_heard() {
  heard out;
  if (held_.empty()) {
    out.what = decoder_.next(out.line);
  } else {
    out = std::move(held_.front());
    held_.pop_front();
    held_bytes_ -= sizeof(heard) + out.line.size();
  }
  return out;
}

net::task<> session::answer(const row* command, reply what) {
  // A reply that the table does not list is a defect of the handler or of the table.
  assert(!command || legal(*command, what.code));
  (void)command;
  if (what.code == code::service_unavailable) closing_ = true;
  put(std::move(what));
  co_await flush();
}

const proto::charset* session::other_charset() const {
  if (now.home && now.home->charset) return now.home->charset.get();
  if (at_.charset) return at_.charset.get();
  return around.how.charset.get();
}

void session::put(reply what) {
  if (const auto* by = charset()) {
    for (auto& line : what.lines) line = by->to_client(line);
  }
  proto::append_to(out_, what);
}

net::task<> session::say(reply what) {
  put(std::move(what));
  co_await flush();
}

// One coroutine writes at a time; what another adds meanwhile goes with it.
net::task<> session::flush() {
  if (out_.size() > ferry::limit::replies_waiting) give_up();
  if (flushing_) co_return;
  flushing_ = true;
  while (!out_.empty() && !broken_) {
    auto io = control_->try_write(out_);
    if (io.what == net::io_result::state::moved) {
      out_.erase(0, io.count);
      continue;
    }
    auto taken = net::wait_status::timed_out;
    if (io.what == net::io_result::state::would_block && !abandoned_) {
      taken = co_await control_->ready(net::interest::write, on.now() + limit().reply_write);
    }
    if (taken == net::wait_status::timed_out) give_up();
  }
  out_ = {};
  flushing_ = false;
}

void session::give_up() {
  broken_ = gone_ = closing_ = true;
  stop_transfer();
  control_->cancel(net::interest::read);
}

void session::refuse(const std::string& line, const reply& with) {
  const auto said = recognise(line);
  around.journal.refused(facts, said && said->verb == "PASS" ? refusal::login : refusal::command,
                         without_secrets(line, said), std::to_string(with.code) + " " + with.text());
}

const virtual_host* session::find_host(std::string_view name) const {
  const auto wanted = proto::read_host_name(name);
  if (!wanted) return nullptr;
  const auto named = [&](const virtual_host& each) {
    return std::ranges::find(each.names, *wanted) != each.names.end();
  };
  const auto found = std::ranges::find_if(around.hosts, named);
  return found == around.hosts.end() ? nullptr : &*found;
}

result<void> session::mount(std::shared_ptr<const accounts::account> account) {
  auto files = around.open(on, *account);
  if (!files) return std::unexpected(files.error());
  files_ = std::move(*files);
  now.account = std::move(account);
  now.cwd = {};
  return {};
}

result<void> session::log_in(std::shared_ptr<const accounts::account> account) {
  if (auto mounted = mount(account); !mounted) return mounted;
  now.home = std::move(account);
  now.claimed.reset();
  facts.anonymous = now.account->anonymous;
  facts.password_given = now.password_given;
  around.journal.logged_in(facts);
  return {};
}

void session::log_out() {
  // Only who was logged in is given new time to do so.
  if (now.logged_in()) {
    login_until_ = on.now() + limit().login;
    without_login_ = 0;
  }
  const bool utf8 = now.utf8;
  now = {.host = now.host, .login_failures = now.login_failures, .tls = now.tls};
  now.utf8 = utf8;
  idle = limit().idle;
  facts.user.clear();
  facts.anonymous = facts.by_certificate = false;
  facts.password_given.clear();
  close_data();
  agreed_ = false;
  withdraw();
  files_.reset();
}

}  // namespace ferry::server
