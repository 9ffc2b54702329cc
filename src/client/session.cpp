#include "client/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "net/event.hpp"
#include "proto/command.hpp"
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

// What was sent, as people may see it.
std::string shown(std::string_view line) {
  auto space = line.find(' ');
  if (space != line.npos && secret(line.substr(0, space))) return fmt::format("{} ****", line.substr(0, space));
  return std::string(line);
}

result<std::string> line_of(std::string_view verb, std::string_view argument) {
  auto line = proto::format_command(verb, argument);
  if (line && !verb.contains('\r') && !verb.contains('\n') && !argument.contains('\r')) return std::move(*line);
  return fail("command.control", fmt::format("the argument of {} holds a line's end or a NUL", verb),
              "FTP cannot name it: rename it by other means");
}

}  // namespace

session::session(const surroundings& around, site where, settings how, unsigned number)
    : around_(around), where_(std::move(where)), how_(std::move(how)), number_(number) {}

session::~session() = default;

net::task<result<void>> session::open() {
  drop();
  if (cancelled_) co_return stopped();
  if (where_.how != scheme::ftp) {
    co_return fail("tls.unavailable", fmt::format("{} needs TLS, which is not built in", name_of(where_.how)));
  }
  auto ok = co_await dial();
  if (ok) ok = co_await greet();
  if (ok) ok = co_await log_in();
  if (ok) ok = co_await settle();
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
  dialler race(on(), around_.through);
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
  for (std::size_t waits = 0; waits < limit::greetings; ++waits) {
    auto said = co_await receive(how_.wait.greeting, "the connection");
    if (!said) {
      if (said.error().id == "reply.timeout") said.error().id = "greeting.timeout";
      co_return std::unexpected(said.error());
    }
    if (said->code == code::ready_in_minutes) continue;
    if (said->code != code::service_ready) {
      co_return refused("greeting.refused", *said, "see whether this is an FTP server");
    }
    greeting_ = said->text();
    quirks_ = quirks_of(greeting_);
    pipelines_ = how_.pipelining == settings::pipelines::on ||
                 (how_.pipelining == settings::pipelines::automatic && quirks_.pipelines);
    co_return result<void>{};
  }
  co_return fail("greeting.timeout", "the server says over and over that it is not ready yet", "come back later");
}

// The reply to USER, PASS or ACCT that decides.
net::task<result<reply>> session::identify() {
  auto said = co_await command("USER", where_.user);
  if (said && said->code == code::need_password) said = co_await command("PASS", where_.password);
  if (said && said->code == code::need_account && !where_.account.empty()) {
    said = co_await command("ACCT", where_.account);
  }
  co_return said;
}

net::task<result<void>> session::log_in() {
  auto said = co_await identify();
  if (!said) co_return std::unexpected(said.error());
  if (said->completion()) co_return result<void>{};
  if (said->code == code::need_account) {
    co_return fail("login.account", refusal(*said).cause, "this server wants an account besides the password");
  }
  co_return refused("login.refused", *said, "see whether the user's name and the password are right");
}

// TYPE is what every transfer needs; it costs no wait of its own where commands may follow each other.
net::task<result<void>> session::settle() {
  const std::string type = how_.type == representation::ascii ? "TYPE A" : "TYPE I";
  result<reply> listed;
  if (pipelines_) {
    if (auto sent = co_await send("FEAT\r\n" + type + "\r\n"); !sent) co_return sent;
    listed = co_await receive_final(how_.wait.reply, "FEAT");
    if (!listed) co_return std::unexpected(listed.error());
    auto typed = co_await receive_final(how_.wait.reply, type);
    if (!typed) co_return std::unexpected(typed.error());
    if (typed->completion()) type_ = how_.type;
  } else {
    listed = co_await command("FEAT");
    if (!listed) co_return std::unexpected(listed.error());
  }
  features_ = parse_features(*listed);
  if (how_.utf8 && !quirks_.utf8 && features_.has("UTF8")) {
    auto told = co_await command("OPTS", "UTF8 ON");
    if (!told) co_return std::unexpected(told.error());
  }
  co_return result<void>{};
}

net::task<> session::close() {
  if (!control_) co_return;
  if (prepared_) co_return drop();
  auto sent = co_await send("QUIT\r\n");
  if (sent) co_await receive(how_.wait.close, "QUIT");
  drop();
}

void session::drop(const error* why) {
  if (!control_) return;
  control_.reset();
  type_.reset();
  prepared_.reset();
  next_port_.reset();
  watch().closed(number_, why);
}

void session::cancel() {
  cancelled_ = true;
  moved.abort();
  if (control_) control_->interrupt();
  if (dialling_) dialling_->cancel();
  if (dialling_data_) dialling_data_->cancel();
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

net::task<result<void>> session::send(std::string lines) {
  if (!control_) co_return fail("control.closed", "there is no control connection");
  for (std::size_t at = 0; at < lines.size();) {
    auto end = lines.find("\r\n", at);
    watch().command(number_, shown(std::string_view(lines).substr(at, end - at)));
    at = end + 2;
  }
  auto sent = co_await control_->write(std::move(lines), how_.wait.reply);
  if (!sent) co_return lost(std::move(sent.error()));
  co_return sent;
}

net::task<result<reply>> session::receive(std::chrono::milliseconds limit, std::string waiting_for) {
  const auto deadline = on().now() + limit;
  for (;;) {
    if (!control_) co_return fail("control.closed", "there is no control connection");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(deadline - on().now(), duration{}));
    auto said = co_await control_->read(left, waiting_for);
    if (!said && said.error().id == "control.interrupted") co_return cancelled_ ? lost(stopped().error()) : stopped();
    if (!said) co_return lost(std::move(said.error()));
    heard(*said);
    if (took_prepared(*said)) continue;
    co_return said;
  }
}

net::task<result<reply>> session::receive_final(std::chrono::milliseconds limit, std::string waiting_for) {
  for (std::size_t count = 0; count < limit::stray_replies; ++count) {
    auto said = co_await receive(limit, waiting_for);
    if (!said || !said->preliminary()) co_return said;
  }
  co_return lost({"reply.garbage", "the server sends preliminary replies without end", {}});
}

void session::heard(const reply& what) { watch().reply(number_, what); }

net::task<result<reply>> session::command(std::string verb, std::string argument) {
  return command(std::move(verb), std::move(argument), how_.wait.reply);
}

net::task<result<reply>> session::command(std::string verb, std::string argument, std::chrono::milliseconds limit) {
  if (cancelled_) co_return stopped();
  auto line = line_of(verb, argument);
  if (!line) co_return std::unexpected(line.error());
  if (auto ok = co_await take_prepared(); !ok) co_return std::unexpected(ok.error());
  if (auto sent = co_await send(std::move(*line)); !sent) co_return std::unexpected(sent.error());
  auto said = co_await receive_final(limit, verb);
  if (said && said->code == code::service_unavailable) {
    auto why = refusal(*said);
    drop(&why);
  }
  if (verb == "TYPE" || verb == "REIN" || verb == "USER") type_.reset();
  co_return said;
}

net::task<result<reply>> session::demand(std::string verb, std::string argument) {
  auto said = co_await command(std::move(verb), std::move(argument));
  if (said && !said->completion() && !said->intermediate()) co_return std::unexpected(refusal(*said));
  co_return said;
}

net::task<result<std::vector<reply>>> session::commands(std::vector<std::pair<std::string, std::string>> all) {
  std::vector<reply> out;
  if (!pipelines_) {
    for (auto& [verb, argument] : all) {
      auto said = co_await command(std::move(verb), std::move(argument));
      if (!said) co_return std::unexpected(said.error());
      out.push_back(std::move(*said));
    }
    co_return out;
  }
  if (cancelled_) co_return stopped();
  std::string lines;
  for (const auto& [verb, argument] : all) {
    auto line = line_of(verb, argument);
    if (!line) co_return std::unexpected(line.error());
    lines += *line;
  }
  if (auto ok = co_await take_prepared(); !ok) co_return std::unexpected(ok.error());
  if (auto sent = co_await send(std::move(lines)); !sent) co_return std::unexpected(sent.error());
  for (const auto& one : all) {
    auto said = co_await receive_final(how_.wait.reply, one.first);
    if (!said) co_return std::unexpected(said.error());
    out.push_back(std::move(*said));
  }
  co_return out;
}

net::task<result<void>> session::set_type(representation type) {
  if (type_ == type) co_return result<void>{};
  auto said = co_await demand("TYPE", type == representation::ascii ? "A" : "I");
  if (!said) co_return std::unexpected(said.error());
  type_ = type;
  co_return result<void>{};
}

bool session::lacks(std::string_view verb) const { return std::ranges::find(lacks_, verb) != lacks_.end(); }

void session::learn_lack(std::string_view verb) {
  if (!lacks(verb)) lacks_.emplace_back(verb);
}

}  // namespace ferry::client
