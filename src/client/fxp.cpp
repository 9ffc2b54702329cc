#include "client/fxp.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/digest.hpp"
#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/movement.hpp"
#include "client/retry.hpp"
#include "client/verbs.hpp"
#include "net/event.hpp"
#include "proto/reply_code.hpp"

namespace ferry::client {
namespace {

using handshake = fxp_way::handshake;
namespace code = proto::reply_code;

// Two things at the same time, each with a server of its own.
template <class A, class B>
net::task<std::pair<A, B>> both(net::loop& on, net::task<A> first, net::task<B> second) {
  net::event over(on);
  std::optional<B> other;
  on.spawn([](net::task<B> work, std::optional<B>& out, net::event& done) -> net::task<> {
    out.emplace(co_await std::move(work));
    done.set();
  }(std::move(second), other, over));
  A one = co_await std::move(first);
  co_await over.wait();
  co_return std::pair<A, B>(std::move(one), std::move(*other));
}

net::task<result<void>> both_well(net::loop& on, net::task<result<void>> first, net::task<result<void>> second) {
  auto done = co_await both(on, std::move(first), std::move(second));
  if (!done.first) co_return std::move(done.first);
  co_return std::move(done.second);
}

// The way failed, not the transfer: another may lead there.
bool of_the_way(const error& why) { return why.id.starts_with("data.way."); }

// What a server must be told to take part: to connect to a foreign address, to take a connection from one.
struct remedy {
  std::string_view software;  // in its greeting
  std::string_view dialler, listener;
};
constexpr remedy remedies[] = {
    {"ferryd", "[[fxp]] networks = [\"{}\"]", "[[fxp]] networks = [\"{}\"]"},
    {"ProFTPD", "AllowForeignAddress on", "AllowForeignAddress on"},
    {"vsFTPd", "port_promiscuous=YES", "pasv_promiscuous=YES"},
    {"Pure-FTPd", "AllowUserFXP yes (-w)", "AllowUserFXP yes (-w)"},
};

std::string to_be_told(const session& s, bool listens, const session& other) {
  const auto& host = s.where().host;
  for (const auto& each : remedies) {
    if (!s.greeting().contains(each.software)) continue;
    const auto line =
        fmt::format(fmt::runtime(listens ? each.listener : each.dialler), other.peer().address().to_string());
    return fmt::format("the administrator of {} can allow it: {}", host, line);
  }
  return fmt::format("the administrator of {} must allow data connections with {}", host, other.where().host);
}

// One of the two transfers that move a file: RETR here, STOR there.
struct half {
  session& s;
  const session& other;
  bool listens;
  asked transfer{};
  std::optional<error> failed{};
  std::optional<time_point> ended{};  // when its final reply came, or it was given up
  bool waits = false;                 // in hear_there()

  bool begun() const { return transfer->first || transfer->final; }
  bool done() const { return transfer->final && transfer->final->completion(); }
};

// Both halves until each has its final reply, at the same time. When one fails the other is stopped.
class duet {
 public:
  duet(half& source, half& target, bool way_is_known) : source_(source), target_(target), way_is_known_(way_is_known) {}

  net::task<> play() {
    began_ = source_.s.on().now();
    net::event over(source_.s.on());
    source_.s.on().spawn([](duet& self, net::event& done) -> net::task<> {
      co_await self.follow(self.target_, self.source_);
      done.set();
    }(*this, over));
    co_await follow(source_, target_);
    co_await over.wait();
  }

 private:
  net::task<> follow(half& mine, half& other) {
    while (!mine.transfer->final && !other.failed && !mine.failed) {
      const auto until = deadline(mine, other);
      const auto now = mine.s.on().now();
      if (until <= now) {
        mine.failed = late(mine);
        break;
      }
      mine.waits = true;
      const auto limit = std::chrono::ceil<std::chrono::milliseconds>(until - now);
      auto heard = co_await mine.s.hear_there(limit, std::string(mine.transfer->verb()));
      mine.waits = false;
      const bool again = heard || heard.error().id == "session.woken" || heard.error().id == "reply.timeout";
      if (!again) mine.failed = std::move(heard.error());
    }
    if (mine.transfer->final && !mine.done()) mine.failed = reason(mine);
    mine.ended = mine.s.on().now();
    if (other.waits) other.s.wake();
    // What is left of it would answer into the next transfer.
    if (!mine.transfer->final) co_await mine.s.abort_there(mine.transfer);
  }

  // It begins soon, or there is no connection. Then the servers alone know how long it takes, until one has ended.
  time_point deadline(const half& mine, const half& other) const {
    const auto& wait = mine.s.how().wait;
    if (other.ended) return *other.ended + wait.stalled + wait.final_reply;
    return mine.begun() ? began_ + wait.copied : began_ + wait.reply;
  }

  error late(const half& mine) const {
    const auto& host = mine.s.where().host;
    if (!mine.begun()) return {"data.way.timeout", fmt::format("{}: no data connection was made in time", host), {}};
    return {"reply.final", fmt::format("{} did not say that {} is over", host, mine.transfer->verb()), {}};
  }

  // What a refusal says: that there is no data connection this way, or something of the file.
  error reason(const half& mine) const {
    const auto& said = *mine.transfer->final;
    auto out = refusal(said);
    const bool unconnected = said.code == code::cannot_open_data || said.code == code::protocol_not_supported ||
                             said.code == code::address_not_supported;
    const bool broke = said.code == code::connection_closed && !way_is_known_;
    if (unconnected || broke) {
      out.id = "data.way.refused";
      out.advice = to_be_told(mine.s, mine.listens, mine.other);
    }
    out.cause = fmt::format("{}: {}", mine.s.where().host, out.cause);
    return out;
  }

  half& source_;
  half& target_;
  const bool way_is_known_;  // whatever breaks then is no fault of the way
  time_point began_{};
};

// What one server sends, for the other. It is at its end when that server has said so: the end of the connection alone
// would make a whole file of a part.
class passing final : public transfer::producer {
 public:
  // `left`: the bytes that are to come, where that is known.
  passing(session& s, data_channel& in, std::optional<std::uint64_t> left) : s_(s), in_(in), left_(left) {}

  bool heard() const { return heard_; }  // the final reply, or why there is none

  net::task<result<bool>> next(std::string& chunk) override {
    chunk.resize(ferry::limit::transfer_buffer);
    for (;;) {
      if (s_.cancelled()) co_return fail("session.cancelled", "it was stopped");
      auto io = in_.channel->try_read(chunk);
      chunk.resize(io.what == net::io_result::state::moved ? io.count : chunk.size());
      if (io.what == net::io_result::state::moved) {
        s_.moved.bytes += io.count;
        s_.moved.content += io.count;
        co_return true;
      }
      if (io.what == net::io_result::state::end) {
        chunk.clear();
        auto ok = co_await conclude();
        if (!ok) co_return std::unexpected(ok.error());
        co_return false;
      }
      if (io.what == net::io_result::state::failed) {
        // Not data.reset: the target's server has no word on it.
        co_return fail("data.lost", "the data connection was broken: " + std::make_error_code(io.code).message(), {},
                       io.code);
      }
      auto ok = co_await s_.moved.wait(*in_.channel, io.wants, s_.on().now() + s_.how().wait.stalled);
      if (!ok) co_return std::unexpected(ok.error());
    }
  }

 private:
  net::task<result<void>> conclude() {
    const auto came = s_.moved.bytes;
    heard_ = true;
    auto said = co_await s_.finish_data(in_, came);
    // Where all has come, what was lost is the reply alone.
    if (!said && !(said.error().id == "reply.final" && left_ == came)) co_return std::unexpected(said.error());
    if (left_ && *left_ != came) {
      co_return fail(came < *left_ ? "data.short" : "verify.size",
                     fmt::format("the source sent {} bytes where {} were to come", came, *left_), "try again");
    }
    co_return result<void>{};
  }

  session& s_;
  data_channel& in_;
  const std::optional<std::uint64_t> left_;
  bool heard_ = false;
};

// One file on its way from server to server, over all its tries.
class copy_run {
 public:
  copy_run(session& from, std::string source, session& to, std::string target, fxp_route& route, copy_options options)
      : from_(from),
        to_(to),
        source_(std::move(source)),
        target_(std::move(target)),
        route_(route),
        options_(std::move(options)) {
    facts.way = file_facts::direction::copy;
    facts.remote = source_;
    facts.local = target_;
    if (options_.known) what_ = *options_.known;
    facts.size = what_.size;
  }

  file_facts facts;

  net::task<result<void>> attempt() {
    from_.moved = {};
    if (auto ok = co_await ready(); !ok) co_return ok;
    if (!options_.known || facts.tries > 1) {
      if (auto ok = co_await look(); !ok) co_return ok;
    }
    algorithm_ = wanted_digest();
    if (how().verify == verification::digest && !algorithm_) {
      co_return fail("verify.unsupported", "there is no digest that both servers give",
                     "ask for size only, or for no verification");
    }
    auto offset = co_await where_to_begin();
    if (!offset) co_return std::unexpected(offset.error());
    facts.offset = *offset;
    bool confirmed = true;
    if (*offset == 0 || *offset != what_.size) {
      auto moved = co_await transmit(*offset);
      if (!moved) co_return std::unexpected(moved.error());
      confirmed = *moved;
      from_.moved.bytes = what_.size.value_or(*offset) - *offset;
      from_.moved.content = from_.moved.bytes;
      facts.bytes += from_.moved.bytes;
      facts.content += from_.moved.content;
    }
    co_return co_await settle(confirmed);
  }

  // Both servers, connected and of one mind about the type.
  net::task<result<void>> ready() {
    auto source = from_.recover();
    auto target = to_.recover();
    auto ok = co_await both_well(from_.on(), std::move(source), std::move(target));
    if (!ok) co_return ok;
    source = from_.set_type(how().type);
    target = to_.set_type(how().type);
    co_return co_await both_well(from_.on(), std::move(source), std::move(target));
  }

 private:
  const settings& how() const { return from_.how(); }
  bool image() const { return how().type == representation::image; }

  net::task<result<void>> look() {
    const auto before = what_;
    auto found = co_await stat(from_, source_);
    if (!found) {
      // A server that tells nothing of files may still send them.
      if (found.error().id == "remote.unsupported" || found.error().id == "remote.refused") co_return result<void>{};
      co_return std::unexpected(found.error());
    }
    if (found->kind == proto::entry_kind::directory) {
      co_return fail("remote.is_directory", fmt::format("{} is a folder", source_));
    }
    what_ = std::move(*found);
    if (!image()) what_.size.reset();  // line ends make it another
    facts.size = what_.size;
    unchanged_ = before.size == what_.size && before.modified == what_.modified;
    co_return result<void>{};
  }

  std::optional<std::string> wanted_digest() const {
    const bool wanted = how().verify == verification::automatic || how().verify == verification::digest;
    if (!image() || !wanted) return std::nullopt;
    return digest_offered(from_, to_);
  }

  // What the target has is the beginning of the file when the user says so, or when a STOR of an earlier try has
  // written it. An older file of the same name is never taken for it.
  net::task<result<std::uint64_t>> where_to_begin() {
    if (!image()) co_return 0;
    if (!options_.continue_target && what_.size.value_or(0) < limit::resumable_from) co_return 0;
    auto there = co_await size_of(to_, target_);
    if (!there) co_return std::unexpected(there.error());
    if (!asked_before_) {
      before_ = *there;
      asked_before_ = true;
    }
    const auto held = there->value_or(0);
    if (options_.continue_target && !spoilt_) {
      if (what_.size && held > *what_.size) {
        co_return longer(target_, held, *what_.size);
      }
      if (!stored_) co_return held;
    }
    const bool ours = options_.continue_target || (stored_ && *there != before_);
    const bool goes_on = how().resume && ours && unchanged_ && !spoilt_ && what_.size && held < *what_.size;
    co_return goes_on ? held : 0;
  }

  // True when the target's server has confirmed it.
  net::task<result<bool>> transmit(std::uint64_t offset) {
    if (!route_.apart) {
      auto done = co_await meet(offset);
      if (done || !route_.apart) co_return done;
      if (options_.fallback) {
        from_.watch().note(from_.number(), "the data passes through this machine: " + route_.apart->cause);
      }
    }
    if (!options_.fallback) co_return std::unexpected(*route_.apart);
    co_return co_await pass_through(offset);
  }

  // By the first way that leads from one to the other. When none does, route_.apart says why.
  net::task<result<bool>> meet(std::uint64_t offset) {
    auto ways = fxp_ways(from_, to_);
    if (!ways) {
      route_.apart = ways.error();
      co_return std::unexpected(ways.error());
    }
    if (auto at = std::ranges::find(*ways, route_.worked); at != ways->end()) std::rotate(ways->begin(), at, at + 1);
    std::string causes, advice;
    for (const auto& way : *ways) {
      if (auto ok = co_await ready(); !ok) co_return std::unexpected(ok.error());
      const auto& listener = way.source_listens ? from_ : to_;
      const auto rung = listener.peer().address().is_v4() ? client::rung::pasv : client::rung::epsv;
      from_.watch().data_tried(listener.number(), rung);
      auto done = co_await go(way, offset);
      if (done) route_.worked = way;
      if (done || !of_the_way(done.error())) co_return done;
      from_.watch().data_failed(listener.number(), rung, done.error());
      causes +=
          fmt::format("{}{} listening: {}", causes.empty() ? "" : "; ", listener.where().host, done.error().cause);
      const auto& told = done.error().advice;
      if (!told.empty() && !advice.contains(told)) advice += told + "; ";
    }
    route_.apart = {"copy.blocked", "the two servers made no data connection: " + causes,
                    advice + "--fallback passes the data through this machine"};
    co_return std::unexpected(*route_.apart);
  }

  net::task<result<bool>> go(fxp_way way, std::uint64_t offset) {
    auto& listener = way.source_listens ? from_ : to_;
    auto& dialler = way.source_listens ? to_ : from_;
    if (auto ok = co_await listener.begin_tls_there(way.begins == handshake::listener); !ok) {
      co_return std::unexpected(ok.error());
    }
    if (auto ok = co_await dialler.begin_tls_there(way.begins == handshake::dialler); !ok) {
      co_return std::unexpected(ok.error());
    }
    auto began = from_.on().now();
    auto at = co_await listener.listen_there(way.begins == handshake::cpsv);
    if (!at) co_return std::unexpected(at.error());
    auto answered = from_.on().now() - began;
    began = from_.on().now();
    if (auto ok = co_await dialler.dial_there(*at); !ok) {
      auto why = ok.error();
      if (why.id == "data.way.refused") {
        why.cause = fmt::format("{}: {}", dialler.where().host, why.cause);
        why.advice = to_be_told(dialler, false, listener);
      }
      co_return std::unexpected(std::move(why));
    }

    if (!way.source_listens) answered = from_.on().now() - began;

    half source{from_, to_, way.source_listens}, target{to_, from_, !way.source_listens};
    auto asked_source = co_await from_.start_there("RETR", source_, offset);
    if (!asked_source) co_return std::unexpected(asked_source.error());
    source.transfer = std::move(*asked_source);
    if (auto ok = co_await may_be_had(source, answered); !ok) co_return std::unexpected(ok.error());
    auto asked_target = co_await to_.start_there("STOR", target_, offset);
    if (!asked_target) {
      co_await from_.abort_there(source.transfer);
      co_return std::unexpected(asked_target.error());
    }
    target.transfer = std::move(*asked_target);
    duet all(source, target, route_.worked == way);
    co_await all.play();
    stored_ |= target.transfer->first.has_value();
    co_return verdict(source, target);
  }

  // A file that cannot be had must not cost the target the one that it has: STOR waits for a word of the source, which
  // some servers do not say before the other has connected. A refusal comes about as soon as the answer to PASV or PORT
  // did: at a server that is known to be so it is not waited for much longer.
  net::task<result<void>> may_be_had(half& source, duration answered) {
    auto patience = std::chrono::ceil<std::chrono::milliseconds>(answered * limit::refusal_later);
    patience = std::clamp<std::chrono::milliseconds>(patience, limit::refusal_wait, limit::early_data);
    if (!route_.silent_source) patience = limit::early_data;
    auto heard = co_await from_.hear_there(patience, "RETR");
    if (!heard && heard.error().id == "reply.timeout") route_.silent_source = true;
    if (!heard && heard.error().id != "reply.timeout") {
      co_await from_.abort_there(source.transfer);
      co_return std::unexpected(heard.error());
    }
    const auto& said = source.transfer->final;
    if (!said || said->completion()) co_return result<void>{};
    auto why = refusal(*said);
    if (said->code == code::cannot_open_data || said->code == code::protocol_not_supported) {
      why.id = "data.way.refused";
      why.advice = to_be_told(source.s, source.listens, source.other);
    }
    why.cause = fmt::format("{}: {}", from_.where().host, why.cause);
    co_return std::unexpected(std::move(why));
  }

  static result<bool> verdict(const half& source, const half& target) {
    if (target.done() && source.done()) return true;
    if (source.failed && target.failed) {
      // One of them failed by itself, and perhaps the other did so, too.
      const auto& first = *source.ended <= *target.ended ? *source.failed : *target.failed;
      const auto& second = &first == &*source.failed ? *target.failed : *source.failed;
      auto out = of_the_way(second) ? second : first;
      out.cause = fmt::format("{}; {}", first.cause, second.cause);
      return std::unexpected(std::move(out));
    }
    const auto& failed = source.failed ? source : target;
    const auto& other = source.failed ? target : source;
    // The other has said that it has done its part: what was lost may be the reply alone.
    const bool word_lost = failed.failed->id == "reply.final" || failed.failed->id.starts_with("control.");
    if (other.done() && word_lost) return false;
    return std::unexpected(*failed.failed);
  }

  net::task<result<bool>> pass_through(std::uint64_t offset) {
    if (auto ok = co_await ready(); !ok) co_return std::unexpected(ok.error());
    const transfer_start begin{.at = offset, .in_stream = true};
    auto in = co_await from_.open_data("RETR", source_, begin);
    if (!in) co_return std::unexpected(in.error());
    std::optional<std::uint64_t> left;
    if (image() && what_.size && how().verify != verification::off) left = *what_.size - offset;
    passing bytes(from_, *in, left);
    transfer::stages as_it_is;
    to_.moved = {};
    auto sent = co_await send(to_, "STOR", target_, bytes, std::move(as_it_is), offset);
    stored_ |= to_.moved.bytes > 0;
    if (!sent && !bytes.heard()) co_await from_.abort_data(*in, from_.moved.bytes);
    if (!sent) co_return std::unexpected(sent.error());
    co_return sent->confirmed;
  }

  // The file is there: is it this one?
  net::task<result<void>> settle(bool confirmed) {
    if (auto ok = co_await ready(); !ok) co_return ok;
    if (image() && (how().verify != verification::off || !confirmed)) {
      auto there = co_await size_of(to_, target_);
      if (!there) co_return std::unexpected(there.error());
      if (*there && what_.size && **there != *what_.size) {
        co_return fail(**there < *what_.size ? "data.short" : "verify.size",
                       fmt::format("the target has {} bytes of a file that has {}", **there, *what_.size), "try again");
      }
      if (*there && what_.size) facts.verified = proof::size;
    }
    if (algorithm_) {
      if (auto ok = co_await compare_digests(); !ok) co_return ok;
    }
    // An older file of the same size would have it, too.
    const bool size_tells = facts.offset > 0 || (asked_before_ && before_ != what_.size);
    if (!confirmed && facts.verified != proof::digest && !(facts.verified == proof::size && size_tells)) {
      co_return fail("data.lost", "the servers did not confirm the copy", "try again");
    }
    if (how().keep_times) co_return co_await keep_time();
    co_return result<void>{};
  }

  net::task<result<void>> compare_digests() {
    const auto size = what_.size.value_or(0);
    auto source = digest_of(from_, source_, *algorithm_, size);
    auto target = digest_of(to_, target_, *algorithm_, size);
    auto two = co_await both(from_.on(), std::move(source), std::move(target));
    for (const auto* each : {&two.first, &two.second}) {
      if (*each) continue;
      const bool matters = how().verify == verification::digest || !from_.usable() || !to_.usable();
      if (matters) co_return std::unexpected(each->error());
      co_return result<void>{};
    }
    if (*two.first != *two.second) {
      spoilt_ = true;
      co_return fail("verify.digest",
                     fmt::format("the {} of the two differ: {} at the source, {} at the target", *algorithm_,
                                 two.first->value, two.second->value),
                     "the file was damaged on its way, or changed meanwhile: try again");
    }
    facts.verified = proof::digest;
    facts.algorithm = *algorithm_;
    co_return result<void>{};
  }

  // A time that is not told, or not taken, is no failure of the copy.
  net::task<result<void>> keep_time() {
    auto time = what_.modified;
    if (!time || what_.precision != proto::time_precision::second) {
      if (!from_.offers().may("MDTM") || from_.lacks("MDTM")) co_return result<void>{};
      auto exact = co_await modified_of(from_, source_);
      if (!exact) co_return result<void>{};
      time = *exact;
    }
    auto ok = co_await set_modified(to_, target_, *time);
    if (!ok && !ok.error().id.starts_with("remote.")) co_return ok;
    co_return result<void>{};
  }

  session& from_;
  session& to_;
  const std::string source_, target_;
  fxp_route& route_;
  const copy_options options_;
  entry what_;
  bool unchanged_ = true;                // since the try before
  bool spoilt_ = false;                  // what the target has is no beginning of it
  std::optional<std::uint64_t> before_;  // the size of what had the target's name when it was first asked
  bool asked_before_ = false;
  bool stored_ = false;  // a STOR of ours may have written to it
  std::optional<std::string> algorithm_;
};

}  // namespace

result<std::vector<fxp_way>> fxp_ways(const session& from, const session& to) {
  if (from.protects_data() != to.protects_data()) {
    const auto& open = from.protects_data() ? to : from;
    return fail("copy.unprotected",
                fmt::format("{} protects its data connections by TLS and {} does not",
                            (&open == &to ? from : to).where().host, open.where().host),
                "--fallback passes the data through this machine, --tls=off sends it in the clear");
  }
  std::vector<fxp_way> out;
  for (const bool source_listens : {false, true}) {
    const auto& listener = source_listens ? from : to;
    const auto& dialler = source_listens ? to : from;
    if (!from.protects_data()) out.push_back({source_listens, handshake::none});
    if (!from.protects_data()) continue;
    if (listener.offers().has("SSCN")) out.push_back({source_listens, handshake::listener});
    if (dialler.offers().has("SSCN")) out.push_back({source_listens, handshake::dialler});
    const bool v4 = listener.peer().address().is_v4();
    if (v4 && listener.offers().has("CPSV")) out.push_back({source_listens, handshake::cpsv});
  }
  // ProFTPD 1.3.8 dies of an upload whose handshake it has begun.
  const auto lives = [&](const fxp_way& way) {
    const auto& listener = way.source_listens ? from : to;
    const auto& dialler = way.source_listens ? to : from;
    return !(way.begins == handshake::dialler ? dialler : listener).greeting().contains("ProFTPD");
  };
  std::ranges::stable_partition(out, lives);
  if (!out.empty()) return out;
  return fail("copy.tls",
              "both servers protect their data connections, and neither has CPSV or SSCN to begin TLS with the other",
              "--fallback passes the data through this machine, --tls=off sends it in the clear");
}

net::task<result<file_facts>> copy(session& from, std::string source, session& to, std::string target, fxp_route& route,
                                   copy_options options) {
  copy_run run(from, std::move(source), to, std::move(target), route, std::move(options));
  const auto began = from.on().now();
  from.watch().file_started(from.number(), run.facts, from.moved);
  retry more(from), there(to);
  result<void> done;
  for (;;) {
    run.facts.tries = more.tries();
    done = co_await run.attempt();
    if (done || to.cancelled()) break;
    const bool account = co_await there.with_account(done.error());
    if (account) continue;
    const bool again = co_await more.again(done.error());
    if (!again) break;
  }
  run.facts.took = from.on().now() - began;
  from.watch().file_ended(from.number(), run.facts, done ? nullptr : &done.error());
  if (!done) co_return std::unexpected(done.error());
  co_return std::move(run.facts);
}

}  // namespace ferry::client
