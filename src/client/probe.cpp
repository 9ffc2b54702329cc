#include "client/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/movement.hpp"
#include "proto/host_port.hpp"
#include "proto/reply_code.hpp"

namespace ferry::client {

namespace code = proto::reply_code;

namespace {

// What arrives is counted, and enough is enough.
class counting_sink final : public storage::sink {
 public:
  explicit counting_sink(std::uint64_t most) : most_(most) {}
  net::task<result<void>> write(std::span<const char> from) override {
    count_ += from.size();
    if (count_ > most_) co_return fail("probe.enough", "enough has arrived");
    co_return result<void>{};
  }
  net::task<result<void>> commit() override { co_return result<void>{}; }

 private:
  std::uint64_t count_ = 0;
  const std::uint64_t most_;
};

bool is_address(const std::string& word) {
  boost::system::error_code wrong;
  net::asio::ip::make_address(word, wrong);
  return !wrong && word.size() > 2;
}

struct promise {
  std::string_view feature, argument, verb, parameter;
  int code;  // the answer that keeps it
};

// Of FEAT, what can be asked for without harm.
constexpr std::array promises = std::to_array<promise>({
    {"MLST", "", "MLST", "", 250},
    {"REST", "STREAM", "REST", "0", 350},
});

}  // namespace

std::string_view name_of(probed_way way) {
  static constexpr std::string_view names[] = {"EPSV", "PASV", "PASV as replied", "EPRT", "PORT"};
  return names[static_cast<std::size_t>(way)];
}

rung rung_of(probed_way way) {
  switch (way) {
    case probed_way::epsv: return rung::epsv;
    case probed_way::pasv:
    case probed_way::pasv_as_replied: return rung::pasv;
    case probed_way::eprt: return rung::eprt;
    case probed_way::port: break;
  }
  return rung::port;
}

bool passive(probed_way way) { return way != probed_way::eprt && way != probed_way::port; }

std::string_view name_of(ending how) {
  static constexpr std::string_view names[endings] = {"works",       "refused",  "unanswered", "broken",
                                                      "garbled",     "timeout",  "rejected",   "prohibited",
                                                      "unreachable", "data TLS", "silent",     "not tried"};
  return names[static_cast<std::size_t>(how)];
}

ending ending_of_dial(const error& why) {
  switch (why.code) {
    case std::errc::connection_refused: return ending::rejected;
    case std::errc::timed_out: return ending::timeout;
    case std::errc::network_unreachable: return ending::unreachable;
    case std::errc::host_unreachable:
    case std::errc::permission_denied: return ending::prohibited;
    default: break;
  }
  return why.id == "data.way.timeout" || why.id == "connect.timeout" ? ending::timeout : ending::rejected;
}

std::string address_in(std::string_view text, const std::vector<std::string>& known) {
  static constexpr std::string_view of_addresses = "0123456789abcdefABCDEF.:";
  while (!text.empty()) {
    auto begin = text.find_first_of(of_addresses);
    if (begin == text.npos) break;
    text.remove_prefix(begin);
    auto end = std::min(text.find_first_not_of(of_addresses), text.size());
    std::string word(text.substr(0, end));
    text.remove_prefix(end);
    while (word.ends_with('.') || (word.ends_with(':') && !word.ends_with("::"))) word.pop_back();
    if (is_address(word) && std::ranges::find(known, word) == known.end()) return word;
  }
  return {};
}

settings probe_settings(settings how) {
  using namespace std::chrono_literals;
  const auto at_most = [](auto& wait, auto limit) { wait = std::min<std::decay_t<decltype(wait)>>(wait, limit); };
  at_most(how.wait.connect, limit::probe_connect);
  at_most(how.wait.data_reply, limit::probe_reply);
  at_most(how.wait.data_open, limit::probe_data);
  at_most(how.wait.final_reply, limit::probe_reply);
  at_most(how.wait.stalled, std::chrono::ceil<std::chrono::seconds>(limit::probe_data));
  how.retry.tries = 1;
  how.pipelining = settings::pipelines::off;
  how.data.epsv = how.data.eprt = true;
  how.mode = data_mode::stream;
  return how;
}

// Hears what the session tells, and passes it on.
class probe::ear final : public observer {
 public:
  ear(net::loop& on, observer& next, rung way) : on_(on), next_(next), verb_(name_of(way)) {}

  void connecting(unsigned s, const net::endpoint& to) override { next_.connecting(s, to); }
  void connected(unsigned s, const net::endpoint& local, const net::endpoint& peer) override {
    next_.connected(s, local, peer);
  }
  void secured(unsigned s, std::string_view how) override { next_.secured(s, how); }
  void closed(unsigned s, const error* why) override {
    if (why && !lost) lost = *why;
    next_.closed(s, why);
  }
  void command(unsigned s, std::string_view line) override {
    if (line.substr(0, line.find(' ')) == verb_) {
      began = on_.now();
      finding.asked = line;
      asked_ = true;
    }
    next_.command(s, line);
  }
  void reply(unsigned s, const proto::reply& what) override {
    if (asked_) finding.reply = fmt::format("{} {}", what.code, what.text());
    if (asked_ && what.code == code::passive && finding.named.empty()) {
      if (auto at = proto::parse_227(what.text())) finding.named = net::asio::ip::address_v4(at->address).to_string();
    }
    next_.reply(s, what);
  }
  void data_tried(unsigned s, rung way) override { next_.data_tried(s, way); }
  void data_failed(unsigned s, rung way, const error& why) override {
    failed = why;
    finding.took = on_.now() - began;
    asked_ = false;
    next_.data_failed(s, way, why);
  }
  void data_opened(unsigned s, const data_facts& what) override {
    finding.took = on_.now() - began;
    finding.resumed = what.resumed;
    opened = true;
    next_.data_opened(s, what);
  }
  void data_closed(unsigned s, const data_facts& what) override { next_.data_closed(s, what); }
  void note(unsigned s, std::string_view sentence) override { next_.note(s, sentence); }

  probe_finding finding;
  std::optional<error> lost;    // the control connection
  std::optional<error> failed;  // the way
  time_point began{};
  bool opened = false;

 private:
  net::loop& on_;
  observer& next_;
  const std::string verb_;
  bool asked_ = false;
};

struct probe::one_address final : resolver {
  explicit one_address(net::address only) : only_(std::move(only)) {}
  net::task<result<std::vector<net::address>>> resolve(std::string, time_point) override {
    co_return std::vector<net::address>{only_};
  }
  net::address only_;
};

probe::probe(const surroundings& around, site where, settings how, std::string what, probe_plan plan, unsigned number)
    : plan_(std::move(plan)),
      what_(std::move(what)),
      ear_(std::make_unique<ear>(around.on, around.watch, rung_of(plan_.way))),
      address_(std::make_unique<one_address>(plan_.to)),
      none_(std::make_unique<routes>()) {
  using policy = tls_settings::policy;
  const bool implicit = where.how == scheme::ftps || how.tls.how == policy::implicit_tls;
  how.tls.how = !plan_.tls ? policy::off : implicit ? policy::implicit_tls : policy::explicit_tls;
  if (!plan_.tls) where.how = scheme::ftp;
  how.data.only = rung_of(plan_.way);
  how.data.use_pasv_address = plan_.way == probed_way::pasv_as_replied;
  const surroundings mine{around.on, around.through, *address_, *ear_, *none_};
  session_ = std::make_unique<session>(mine, std::move(where), std::move(how), number);
}

probe::~probe() = default;

net::task<result<void>> probe::open() { return session_->open(); }
net::task<> probe::close() { return session_->close(); }
void probe::cancel() { session_->cancel(); }

net::task<control_finding> probe::examine() {
  control_finding out;
  out.to = plan_.to;
  out.tls = plan_.tls;
  auto opened = co_await session_->open();
  out.greeting = session_->greeting();
  out.offers = session_->offers();
  if (!opened) {
    out.failed = opened.error();
    co_return out;
  }
  out.local = session_->local();
  out.peer = session_->peer();
  if (auto said = co_await session_->command("SYST"); said && said->completion()) out.system = said->text();
  const std::vector<std::string> others{out.peer.address().to_string()};
  if (auto said = co_await session_->command("STAT"); said && said->completion()) {
    out.status = said->text();
    out.seen_as = address_in(out.status, others);
  }
  for (const auto& each : promises) {
    auto found = out.offers.find(each.feature);
    if (!found || !found->starts_with(each.argument) || !session_->usable()) continue;
    auto said = co_await session_->command(std::string(each.verb), std::string(each.parameter));
    if (!said || said->code == each.code || said->completion()) continue;
    out.broken_promises.push_back(fmt::format("{}: {}", each.feature, refusal(*said).cause));
  }
  co_return out;
}

net::task<probe_finding> probe::run() {
  auto& finding = ear_->finding;
  finding.plan = plan_;
  auto ready = co_await session_->set_type(representation::image);
  if (!ready) {
    finding.cause = ready.error().cause;
    co_return finding;
  }
  const bool folder = what_.empty() || what_.ends_with('/');
  counting_sink sink(limit::probe_bytes);
  ear_->lost.reset();
  const transfer_start plain;
  auto came = co_await receive(*session_, folder ? "LIST" : "RETR", what_, plain, sink);
  if (came && came->confirmed) {
    finding.ended = ending::works;
    co_return finding;
  }
  const error why = ear_->failed ? *ear_->failed
                    : came       ? error{"reply.final", "the end was not confirmed", {}}
                                 : came.error();
  finding.cause = why.cause;
  finding.code = why.code;
  const bool says_no = why.id.starts_with("remote.");
  if (!came && came.error().id == "probe.enough") {
    finding.ended = ending::works;
    finding.cause.clear();
  } else if (why.id == "data.way.unanswered") {
    finding.ended = ear_->lost && ear_->lost->id == "reply.timeout" ? ending::unanswered : ending::broken;
    finding.reply.clear();
  } else if (why.id == "data.way.garbled") {
    finding.ended = ending::garbled;
  } else if (why.id == "data.way.refused" && why.code == std::errc{}) {
    finding.ended = ending::refused;
  } else if (why.id.starts_with("data.way.")) {
    finding.ended = ending_of_dial(why);
  } else if (why.id == "remote.data" && !ear_->opened) {
    // The server says when it has given up: at once when it was told no, else at its limit.
    finding.ended = finding.took < limit::probe_at_once ? ending::rejected : ending::timeout;
  } else if (why.id.starts_with("data.tls.") || why.id.starts_with("tls.")) {
    finding.ended = ending::data_tls;
  } else if (ear_->opened && !says_no) {
    finding.ended = ending::silent;
  } else {
    // The listing or the file was refused: that says nothing of the way.
    if (says_no) finding.refusal = why;
    finding.ended = says_no && ear_->opened ? ending::works : ending::not_tried;
  }
  co_return finding;
}

net::task<bool> probe::survives(std::chrono::milliseconds silence, std::string& word) {
  co_await session_->pause(silence);
  auto said = co_await session_->command("NOOP", {}, limit::probe_reply);
  word = said ? fmt::format("{} {}", said->code, said->text()) : said.error().cause;
  co_return said && said->code != code::service_unavailable;
}

}  // namespace ferry::client
