#include "ferry/context.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "client/errors.hpp"
#include "client/listing.hpp"
#include "client/retry.hpp"
#include "ferry/bookmarks.hpp"
#include "ferry/connection_settings.hpp"
#include "ferry/credentials.hpp"
#include "ferry/ladder.hpp"
#include "ferry/parse.hpp"
#include "proto/glob.hpp"

namespace ferry::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t worker_threads = 4;
constexpr auto frame = 100ms;  // between two drawings of the progress
constexpr unsigned frames_an_event = 10;

// Addresses of one kind only (-4, -6).
class one_family : public client::resolver {
 public:
  one_family(net::loop& on, bool v6) : all_(on), v6_(v6) {}
  net::task<result<std::vector<net::address>>> resolve(std::string host, time_point deadline) override {
    auto found = co_await all_.resolve(host, deadline);
    if (!found) co_return found;
    std::erase_if(*found, [this](const net::address& each) { return each.is_v6() != v6_; });
    if (found->empty())
      co_return fail("resolve.failed", fmt::format("{} has no IPv{} address", host, v6_ ? 6 : 4),
                     fmt::format("leave out -{}", v6_ ? 6 : 4));
    co_return found;
  }

 private:
  client::system_resolver all_;
  bool v6_;
};

std::string without_final_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// A URL that promises TLS is not talked out of it.
result<void> keeps_promise(const client::url& where, const client::tls_settings& how) {
  if (where.how == client::scheme::ftp || how.how != client::tls_settings::policy::off) return {};
  return fail("usage.tls", fmt::format("{}:// means TLS, and --tls or FERRY_TLS says off", client::name_of(where.how)),
              "write ftp:// if the password and the files may go over the network in the clear");
}

result<void> has_family(const client::url& where, const options& given) {
  const auto address = address_of(where.host);
  if (!address || (!given.ipv4 && !given.ipv6) || address->is_v6() == given.ipv6) return {};
  return fail("usage.family", fmt::format("{} is no IPv{} address", where.host, given.ipv6 ? 6 : 4),
              fmt::format("leave out -{}", given.ipv6 ? 6 : 4));
}

std::string name_of(const client::site& to) {
  return fmt::format("{}://{}@{}:{}", client::name_of(to.how), to.user, to.host, to.port);
}

}  // namespace

context::context(const command_row& which, options options_given)
    : command(which),
      given(std::move(options_given)),
      out(given),
      moved(out, given.progress && !given.json && !given.verbose),
      dialogue_(out),
      events_(out, given.verbose),
      workers_(worker_threads) {
  watch_.add(moved);
  if (given.verbose) watch_.add(dialogue_);
  if (given.json) watch_.add(events_);
  if (!given.trace.empty() || !given.page.empty()) watch_.add(recorder_);
  if (given.ipv4 || given.ipv6) {
    names_ = std::make_unique<one_family>(loop_, given.ipv6);
  } else {
    names_ = std::make_unique<client::system_resolver>(loop_);
  }
  std::signal(SIGPIPE, SIG_IGN);
  routes_.load(client::routes::default_file());
}

context::~context() = default;

void context::run(std::function<net::task<>()> work) {
  loop_.context().restart();
  signals_.emplace(loop_.get_executor(), SIGINT, SIGTERM);
  signals_->async_wait([this](auto failed, int which) {
    if (!failed) on_signal(which);
  });
  ticker_.emplace(loop_.get_executor());
  tick();
  loop_.spawn([](context& self, std::function<net::task<>()>& what) -> net::task<> {
    co_await what();
    self.loop_.stop();
  }(*this, work));
  loop_.run();
  ticker_.reset();
  signals_.reset();
  moved.clear();
}

void context::on_signal(int which) {
  out.stopped_by(which == SIGINT ? exit_code::interrupted : exit_code::terminated);
  moved.clear();
  if (which == SIGINT) out.say("stopping; Ctrl-C again leaves at once", tone::warning);
  signals_->async_wait([](auto failed, int again) {
    if (!failed) ::_exit(again == SIGINT ? exit_code::interrupted : exit_code::terminated);
  });
  for (auto& [name, each] : crews_) each->cancel();
  if (stop_) stop_();
}

void context::tick() {
  ticker_->expires_after(frame);
  ticker_->async_wait([this](auto failed) {
    if (failed) return;
    if (!out.stopped()) moved.draw();
    if (given.json && ++frames_ % frames_an_event == 0) moved.tell();
    tick();
  });
}

result<client::site> context::login_for(const client::url& where) {
  auto known = logins_.find(name_of(where.where()));
  if (known != logins_.end() && !where.password) return known->second.to;
  auto who = log_in_as(where, given, out);
  if (!who) return std::unexpected(who.error());
  if (who->nameless) {
    const auto whose = fmt::format("{}@{}:{}", who->to.user, who->to.host, who->to.port);
    const auto [owner, fresh] = owners_.try_emplace(who->to.password, whose);
    if (owner->second != whose) {
      return fail("usage.password", fmt::format("one password is given, for {} and for {}", owner->second, whose),
                  "put the password of each into ~/.netrc");
    }
  }
  logins_.insert_or_assign(name_of(where.where()), *who);
  return who->to;
}

result<void> context::keep_passwords_apart(const std::vector<std::string>& operands) {
  for (const auto& each : operands) {
    auto text = full_url(each);
    auto where = text ? client::parse_url(*text) : std::unexpected(text.error());
    if (!where || where->password) continue;
    auto to = login_for(*where);
    if (!to && (to.error().id == "usage.password" || to.error().id == "password.interrupted"))
      return std::unexpected(to.error());
  }
  return {};
}

result<aimed> context::aim(const std::string& operand) {
  auto text = full_url(operand);
  if (!text) return std::unexpected(text.error());
  auto where = client::parse_url(*text);
  if (!where) return std::unexpected(where.error());
  auto how = settings_of(given);
  if (!how) return std::unexpected(how.error());
  if (auto kept = keeps_promise(*where, how->tls); !kept) return std::unexpected(kept.error());
  if (auto possible = has_family(*where, given); !possible) return std::unexpected(possible.error());
  auto to = login_for(*where);
  if (!to) return std::unexpected(to.error());
  how->connections = given.jobs ? static_cast<unsigned>(given.jobs) : usual_jobs;
  if (where->type == client::url::data_type::ascii) how->type = client::representation::ascii;
  return aimed{{loop_, network_, *names_, watch_, routes_}, std::move(*to), std::move(*how), std::move(*where)};
}

net::task<result<remote>> context::reach(std::string operand, role as) {
  auto at = aim(operand);
  if (!at) co_return std::unexpected(at.error());
  const auto& [around, to, how, where] = *at;
  // In the shell the options may differ from command to command.
  auto key = fmt::format("{} {} {} {} {}", name_of(to), static_cast<int>(how.type), how.connections,
                         static_cast<int>(as), fmt::join(words_for(given), " "));
  auto& crew = crews_[key];
  if (!crew) {
    crew = std::make_unique<client::crew>(around, to, how, numbered_ + 1);
    numbered_ += how.connections;
  }
  auto& session = crew->first();
  auto ready = co_await session.recover();
  if (!ready && ready.error().id == "greeting.busy") {
    client::retry more(session);
    const bool in = co_await more.again(ready.error());
    if (in) ready = result<void>{};
  }
  if (!ready && ready.error().id == "login.password") {
    auto& whose = logins_[name_of(where.where())].to;
    if (auto asked = ask_password(whose); !asked) co_return std::unexpected(asked.error());
    crews_.erase(key);
    co_return co_await reach(std::move(operand), as);
  }
  if (!ready) co_return std::unexpected(ready.error());
  co_return remote{crew.get(), &session, where, without_final_slash(where.path)};
}

net::task<result<std::vector<remote>>> context::matches(remote at) {
  std::vector<remote> found;
  auto name = client::last_part(at.path);
  const auto pattern = at.where.pattern;
  if (!proto::has_glob(pattern)) {
    found.push_back(std::move(at));
    co_return found;
  }
  auto folder = std::string(client::parent_of(at.path));
  auto listed = co_await client::list(*at.on, folder);
  if (!listed) co_return std::unexpected(listed.error());
  bool hidden = name.starts_with('.');
  const bool exact = std::ranges::find(listed->entries, name, &client::entry::name) != listed->entries.end();
  for (const auto& each : listed->entries) {
    const bool fits = exact ? each.name == name : proto::glob_match(pattern, each.name);
    if (each.name.starts_with('.') != hidden || !fits) continue;
    auto& one = found.emplace_back(at.crew, at.on, at.where, client::join(folder, each.name));
    if (each.kind == proto::entry_kind::file) one.known = each;
  }
  if (found.empty()) co_return fail("remote.not_found", fmt::format("nothing fits \"{}\"", name));
  std::ranges::sort(found, {}, &remote::path);
  co_return found;
}

net::task<result<void>> context::repeat(remote at, work_on work, repeatable again) {
  for (unsigned next = 2;; ++next) {
    auto done = co_await work(at);
    const auto& retry = at.on->how().retry;
    bool lost = !done && !at.on->usable() && client::may_pass(done.error());
    if (!lost || again == repeatable::no || next > retry.tries || out.stopped()) co_return done;
    auto pause = std::min(retry.first * (next - 1), retry.longest);
    watch_.retrying(at.on->number(), done.error(), next, pause);
    co_await loop_.sleep(pause);
    if (auto ready = co_await at.on->recover(); !ready) co_return std::unexpected(ready.error());
  }
}

net::task<> context::reach_and_do(std::string operand, work_on work, repeatable again, patterns how) {
  auto at = co_await reach(operand);
  if (!at) {
    out.complain(operand, at.error());
    co_return;
  }
  std::vector<remote> all;
  if (how == patterns::expanded) {
    auto found = co_await matches(*at);
    if (!found) {
      out.complain(operand, found.error());
      co_return;
    }
    all = std::move(*found);
  } else {
    all.push_back(*at);
  }
  for (auto& each : all) {
    if (out.stopped()) co_return;
    auto subject = each.path.empty() ? operand : each.path;
    auto done = co_await repeat(std::move(each), work, again);
    if (done) {
      out.succeeded();
    } else {
      out.complain(subject, done.error());
    }
  }
}

net::task<> context::for_each(std::vector<std::string> operands, work_on work, repeatable again, patterns how) {
  if (auto apart = keep_passwords_apart(operands); !apart) {
    out.complain("", apart.error());
    co_return;
  }
  for (const auto& each : operands) {
    if (!out.stopped()) co_await reach_and_do(each, work, again, how);
  }
}

void context::on_operands(work_on work, repeatable again, patterns how) {
  run([&] { return for_each(given.operands, work, again, how); });
}

void context::start_anew() {
  crews_.clear();
  numbered_ = 0;
  out.forget();
}

int context::finish() {
  if (!out.stopped()) {
    run([this]() -> net::task<> {
      for (auto& [name, each] : crews_) co_await each->close();
    });
  }
  if (out.stopped() && moved.elapsed() > duration{}) {
    out.say(moved.sent()
                ? "interrupted; the same command sends the file anew, with -c behind what the server has kept of it"
                : "interrupted; the same command again goes on where it stopped");
  }
  if (routes_.changed()) {
    if (auto saved = routes_.save(client::routes::default_file()); !saved) out.warn(saved.error().cause);
  }
  if (!given.trace.empty()) {
    if (auto written = write_ladder(recorder_, given.trace); !written) out.complain(given.trace, written.error());
  }
  if (given.json) {
    out.event(json_line()
                  .add("event", "end")
                  .add("exit_code", out.exit_code())
                  .add("files", static_cast<std::uint64_t>(moved.files()))
                  .add("bytes", moved.bytes())
                  .seconds("seconds", std::chrono::duration<double>(moved.elapsed()).count()));
  }
  return out.exit_code();
}

}  // namespace ferry::cli
