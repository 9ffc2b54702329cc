#include "client/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "net/event.hpp"
#include "proto/reply_code.hpp"
#include "proto/text.hpp"

namespace ferry::client {

using proto::reply;
namespace code = proto::reply_code;

namespace {

bool too_many(const reply& what) {
  if (what.code == code::service_unavailable) return true;
  const auto text = proto::to_upper(what.text());
  return what.code == code::not_logged_in &&
         (text.contains("TOO MANY") || text.contains("MAXIMUM") || text.contains("LIMIT"));
}

std::unexpected<error> refused(std::string_view id, const reply& what, std::string advice) {
  if (too_many(what)) {
    return fail("greeting.busy", refusal(what).cause, "use fewer connections, or come back later");
  }
  return fail(id, refusal(what).cause, std::move(advice));
}

bool secret(std::string_view verb) { return verb == "PASS" || verb == "ACCT"; }

std::string letter_of(representation type) { return type == representation::ascii ? "A" : "I"; }

// What was sent, as people may see it.
std::string shown(std::string_view line) {
  auto space = line.find(' ');
  if (space != line.npos && secret(line.substr(0, space))) return fmt::format("{} ****", line.substr(0, space));
  return std::string(line);
}

}  // namespace

session::session(const surroundings& around, site where, settings how, unsigned number)
    : around_(around), where_(std::move(where)), how_(std::move(how)), number_(number) {}

session::~session() = default;

net::task<result<void>> session::open() {
  drop();
  if (cancelled_) co_return stopped();
  auto ok = co_await dial();
  if (ok && tls_policy() == tls_settings::policy::implicit_tls) ok = co_await shake_hands();
  if (ok) ok = co_await greet();
  if (ok) ok = co_await authenticate();
  if (ok) ok = co_await log_in();
  if (ok) ok = co_await settle();
  if (ok) ok = co_await protect_data();
  if (ok) ok = co_await clear_commands();
  if (!ok) drop(&ok.error());
  co_return ok;
}

net::task<result<void>> session::recover() {
  if (control_ && !control_->stream().peer_closed()) co_return result<void>{};
  co_return co_await open();
}

net::task<result<void>> session::dial() {
  const auto now = on().now();
  boost::system::error_code is_name;
  std::vector<net::address> addresses{net::asio::ip::make_address(where_.host, is_name)};
  if (is_name) {
    auto found = co_await around_.names.resolve(where_.host, now + how_.wait.resolve);
    if (!found) co_return std::unexpected(found.error());
    addresses = std::move(*found);
  }
  if (cancelled_) co_return stopped();
  dialler race(on(), around_.through, how_.keepalive);
  dialling_ = &race;
  auto tell = [this](const net::endpoint& to) { watch().connecting(number_, to); };
  auto made = co_await race.first_of(in_turn(addresses, where_.port), on().now() + how_.wait.connect, tell);
  dialling_ = nullptr;
  if (cancelled_) co_return stopped();
  if (!made) co_return std::unexpected(made.error());
  control_ = std::make_unique<control>(on(), std::move(*made));
  watch().connected(number_, local(), peer());
  co_return result<void>{};
}

net::task<result<void>> session::greet() {
  auto greeting = control_->expect("the connection");
  for (std::size_t waits = 0; !greeting->final; ++waits) {
    if (waits == limit::greetings) {
      co_return fail("greeting.timeout", "the server says over and over that it is not ready yet", "come back later");
    }
    auto heard = co_await hear(how_.wait.greeting, greeting->line);
    if (heard) continue;
    if (heard.error().id == "reply.timeout") heard.error().id = "greeting.timeout";
    co_return lost(std::move(heard.error()));
  }
  if (greeting->final->code != code::service_ready) {
    co_return refused("greeting.refused", *greeting->final, "see whether this is an FTP server");
  }
  greeting_ = greeting->final->text();
  quirks_ = quirks_of(greeting_);
  pipelines_ = how_.pipelining == settings::pipelines::on ||
               (how_.pipelining == settings::pipelines::automatic && quirks_.pipelines);
  co_return result<void>{};
}

// A certificate may be all that the server wants to see: with one, an empty password is none.
static bool knows_password(const site& where, const settings& how) {
  return !where.password.empty() || how.tls.trust.own.empty();
}

// The reply to USER, PASS or ACCT that decides.
net::task<result<reply>> session::identify() {
  auto said = co_await command("USER", where_.user);
  if (said && said->code == code::need_password) {
    if (!knows_password(where_, how_)) {
      co_return fail("login.password", "the certificate alone is not enough: the server asks for a password");
    }
    said = co_await command("PASS", where_.password);
  }
  if (said && said->code == code::need_account && !where_.account.empty()) {
    said = co_await command("ACCT", where_.account);
    account_taken_ = said && said->completion();
  }
  co_return said;
}

net::task<result<void>> session::log_in() {
  will_ask("USER", where_.user);
  if (knows_password(where_, how_)) will_ask("PASS", where_.password);
  will_ask("FEAT", {});
  will_ask("TYPE", letter_of(how_.type));
  if (tls_) {
    will_ask("PBSZ", "0");
    will_ask("PROT", "P");
  }
  co_await ask_now();
  auto said = co_await identify();
  if (!said) co_return std::unexpected(said.error());
  if (said->completion()) co_return result<void>{};
  if (said->code == code::need_account) {
    co_return fail("login.account", "this server wants an account besides the password: " + refusal(*said).cause);
  }
  co_return refused("login.refused", *said,
                    where_.user == "anonymous" ? "the server may want to know who it is: ftp://USER@HOST/"
                                               : "see whether the user's name and the password are right");
}

// TYPE is what every transfer needs; it costs no wait of its own where commands may follow each other.
net::task<result<void>> session::settle() {
  auto listed = co_await command("FEAT");
  if (!listed) co_return std::unexpected(listed.error());
  features_ = parse_features(*listed);
  if (pipelines_) {
    auto typed = co_await set_type(how_.type);
    if (!typed && !control_) co_return typed;
  }
  if (how_.utf8 && !quirks_.utf8 && features_.has("UTF8")) {
    auto told = co_await command("OPTS", "UTF8 ON");
    if (!told) co_return std::unexpected(told.error());
  }
  co_return result<void>{};
}

net::task<> session::close() {
  if (!control_) co_return;
  auto leaving = co_await ask("QUIT");
  if (leaving) co_await answer(*leaving, how_.wait.close);
  drop();
}

void session::drop(const error* why) {
  if (!control_) return;
  control_.reset();
  tls_ = nullptr;
  private_data_ = begins_there_ = false;
  account_taken_.reset();
  type_.reset();
  mode_ = transfer::transfer_mode::stream;
  takes_files_ = false;
  drop_kept();
  planned_.clear();
  if (spare_ && !spare_->port->final) prepares_ = false;
  drop_spare();
  watch().closed(number_, why);
}

void session::cancel() {
  cancelled_ = true;
  moved.abort();
  if (control_) control_->interrupt();
  if (dialling_) dialling_->cancel();
  if (dialling_data_) dialling_data_->cancel();
  if (spare_) spare_->ticket.cancel();
  if (waiting_) waiting_->cancel();
  if (pausing_) pausing_->set();
}

net::task<> session::pause(std::chrono::milliseconds how_long) {
  if (cancelled_) co_return;
  net::event over(on());
  net::alarm wake(on(), on().now() + how_long, [](void* e) { static_cast<net::event*>(e)->set(); }, &over);
  pausing_ = &over;
  co_await over.wait();
  pausing_ = nullptr;
}

std::unexpected<error> session::lost(error why) {
  drop(&why);
  return std::unexpected(std::move(why));
}

std::unexpected<error> session::stopped() const { return fail("session.cancelled", "it was stopped"); }

net::task<result<std::vector<asked>>> session::ask_all(std::vector<std::string> lines) {
  if (!control_) co_return fail("control.closed", "there is no control connection");
  for (const auto& each : lines) watch().command(number_, shown(each));
  auto sent = co_await control_->ask(std::move(lines), how_.wait.reply);
  if (!sent) co_return lost(std::move(sent.error()));
  co_return sent;
}

net::task<result<asked>> session::ask(std::string line) {
  std::vector<std::string> one;
  one.push_back(std::move(line));
  auto sent = co_await ask_all(std::move(one));
  if (!sent) co_return std::unexpected(sent.error());
  co_return std::move(sent->front());
}

// What was sent ahead and is now called for. What was sent before it is not wanted any more.
net::task<asked> session::claim(std::string line) {
  while (!ahead_.empty()) {
    auto first = std::move(ahead_.front());
    ahead_.pop_front();
    if (first->line == line) co_return first;
    if (first->verb() == "RETR") co_await pass_over(std::move(first));
  }
  co_return nullptr;
}

net::task<result<void>> session::hear(std::chrono::milliseconds limit, std::string waiting_for) {
  if (!control_) co_return fail("control.closed", "there is no control connection");
  auto heard = co_await control_->hear(limit, std::move(waiting_for));
  if (!heard && heard.error().id == "control.interrupted") {
    co_return cancelled_ ? lost(stopped().error()) : stopped();
  }
  if (!heard) co_return std::unexpected(heard.error());
  watch().reply(number_, heard->what);
  if (spare_ && heard->to == spare_->port && spare_->port->final) dial_spare();
  co_return result<void>{};
}

net::task<result<reply>> session::answer(asked to, std::chrono::milliseconds limit) {
  while (!to->final) {
    if (to->lost) co_return fail("control.closed", "the control connection is another by now");
    auto heard = co_await hear(limit, std::string(to->verb()));
    if (!heard) co_return lost(std::move(heard.error()));
  }
  co_return *to->final;
}

net::task<result<reply>> session::command(std::string verb, std::string argument) {
  return command(std::move(verb), std::move(argument), how_.wait.reply);
}

net::task<result<reply>> session::command(std::string verb, std::string argument, std::chrono::milliseconds limit) {
  if (cancelled_) co_return stopped();
  auto line = line_of(verb, argument);
  if (!line) co_return std::unexpected(line.error());
  auto under_way = co_await claim(*line);
  if (!under_way) {
    auto sent = co_await ask(std::move(*line));
    if (!sent) co_return std::unexpected(sent.error());
    under_way = std::move(*sent);
  }
  auto said = co_await answer(std::move(under_way), limit);
  bool account = false;
  if (said && said->code == code::need_account_to_store) account = co_await give_account();
  if (account) {
    auto sent = co_await ask(*line_of(verb, argument));
    if (!sent) co_return std::unexpected(sent.error());
    said = co_await answer(std::move(*sent), limit);
  }
  if (said && said->code == code::service_unavailable) {
    auto why = refusal(*said);
    drop(&why);
  }
  if (verb == "TYPE" || verb == "REIN" || verb == "USER") type_.reset();
  co_return said;
}

net::task<bool> session::give_account() {
  if (account_taken_) co_return *account_taken_;
  const auto line = line_of("ACCT", where_.account);
  if (!line || !control_ || where_.account.empty()) co_return false;
  account_taken_ = false;
  auto sent = co_await ask(*line);
  if (!sent) co_return false;
  auto said = co_await answer(std::move(*sent), how_.wait.reply);
  account_taken_ = said && said->completion();
  co_return *account_taken_;
}

net::task<result<reply>> session::demand(std::string verb, std::string argument) {
  auto said = co_await command(std::move(verb), std::move(argument));
  if (said && !said->completion() && !said->intermediate()) co_return std::unexpected(refusal(*said));
  co_return said;
}

void session::will_ask(std::string_view verb, std::string_view argument) {
  if (auto line = line_of(verb, argument); line && pipelines_ && control_) planned_.push_back(std::move(*line));
}

net::task<> session::ask_now() {
  if (planned_.empty() || cancelled_) co_return;
  auto lines = std::exchange(planned_, {});
  auto sent = co_await ask_all(std::move(lines));
  if (sent) std::ranges::move(*sent, std::back_inserter(ahead_));
}

net::task<result<void>> session::set_type(representation type) {
  if (type_ == type) co_return result<void>{};
  auto said = co_await demand("TYPE", letter_of(type));
  if (!said) co_return std::unexpected(said.error());
  type_ = type;
  co_return result<void>{};
}

bool session::lacks(std::string_view verb) const { return std::ranges::find(lacks_, verb) != lacks_.end(); }

void session::learn_lack(std::string_view verb) {
  if (!lacks(verb)) lacks_.emplace_back(verb);
}

}  // namespace ferry::client
