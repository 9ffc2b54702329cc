#include "client/put.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/digest.hpp"
#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/movement.hpp"
#include "client/retry.hpp"
#include "client/verbs.hpp"
#include "proto/text.hpp"

namespace ferry::client {
namespace {

// LF -> CRLF, for bytes of this machine on their way out.
transfer::stages stages_for(const session& s) {
  transfer::stages out;
  if (s.how().type == representation::ascii) out.push_back(std::make_unique<transfer::ascii_out>());
  return out;
}

class upload_run final : public pending_put {
 public:
  upload_run(session& s, storage::storage& from, storage::path file, std::string remote, put_options options)
      : s_(s), from_(from), file_(std::move(file)), remote_(std::move(remote)), options_(options) {
    facts.way = file_facts::direction::upload;
    facts.remote = remote_;
    facts.local = file_.text();
  }

  net::task<> open() override {
    auto opened = co_await from_.open(file_);
    began_ = s_.on().now();
    if (!opened) {
      passed_ = std::unexpected(opened.error());
      co_return;
    }
    opened_ = std::move(*opened);
    facts.size = opened_->about().size;
    modified_ = opened_->about().modified;
  }

  bool may_go_ahead() const override {
    const bool plain = !options_.append && !options_.continue_target && !(must_digest() && !wanted_digest());
    return opened_ && plain && *facts.size <= limit::in_blocks && s_.may_pipeline(facts.way);
  }

  net::task<> send_ahead() override {
    start();
    auto sent = co_await client::send_ahead(s_, remote_, *opened_, stages_for(s_));
    if (!sent)
      passed_ = std::unexpected(sent.error());
    else
      under_way_ = std::move(*sent);
  }

  net::task<> hear() override {
    if (!under_way_) co_return;
    auto what = *std::exchange(under_way_, std::nullopt);
    shown_.bytes = what.bytes;
    shown_.content = what.content;
    facts.bytes += what.bytes;
    facts.content += what.content;
    auto went = co_await conclude(s_, std::move(what));
    passed_ = result<void>{};
    if (!went) passed_ = std::unexpected(went.error());
    if (went) ask_what_settles();
  }

  net::task<> settle() override {
    if (!passed_ || !*passed_ || settled_) co_return;
    settled_ = true;
    auto ok = co_await check(*opened_, true);
    // What differs must not look like the file here by its time.
    time_left_ = ok && wanted_digest() && ask_time();
    if (ok && !time_left_) ok = co_await keep_time();
    if (!ok) passed_ = ok;
  }

  bool went_ahead() const override { return under_way_.has_value(); }
  std::uint64_t size() const override { return facts.size.value_or(0); }

  bool lost() const override {
    if (!passed_ || *passed_) return false;
    static constexpr std::array losses =
        std::to_array<std::string_view>({"remote.data", "remote.closing", "control.closed", "control.reset",
                                         "reply.final", "reply.timeout", "data.reset"});
    return std::ranges::find(losses, passed_->error().id) != losses.end();
  }
  void begin_anew() override {
    passed_.reset();
    under_way_.reset();
    settled_ = time_left_ = false;
  }

  net::task<result<file_facts>> carry_out() override {
    start();
    retry more(s_);
    auto done = co_await s_.recover();
    if (s_.cancelled()) done = fail("session.cancelled", "it was stopped");
    for (;;) {
      facts.tries = more.tries();
      if (done) done = co_await attempt();
      begin_anew();
      if (done) break;
      const bool account = co_await more.with_account(done.error());
      if (account) {
        done = result<void>{};
        continue;
      }
      if (options_.append) break;
      const bool again = co_await more.again(done.error());
      if (!again) break;
      done = result<void>{};
    }
    facts.took = s_.on().now() - began_;
    s_.watch().file_ended(s_.number(), facts, done ? nullptr : &done.error());
    if (!done) co_return std::unexpected(done.error());
    co_return std::move(facts);
  }

 private:
  void start() {
    if (std::exchange(started_, true)) return;
    if (began_ == time_point{}) began_ = s_.on().now();
    const bool ahead = may_go_ahead();
    s_.watch().file_started(s_.number(), facts, ahead ? shown_ : s_.moved);
  }

  net::task<result<void>> attempt() {
    if (under_way_) co_await hear();
    co_await settle();
    if (passed_ && *passed_) sent_ = *facts.size;
    if (passed_ && *passed_ && time_left_) co_return co_await keep_time();
    if (passed_ && !*passed_ && passed_->error().id == "reply.final") unanswered_ = true;
    if (passed_ && !unanswered_) co_return *passed_;

    result<std::unique_ptr<storage::source>> opened = std::move(opened_);
    if (!*opened) opened = co_await from_.open(file_);
    if (!opened) co_return std::unexpected(opened.error());
    auto& file = **opened;
    if (facts.tries > 1 && (file.about().size != facts.size || file.about().modified != modified_)) forget();
    facts.size = file.about().size;
    modified_ = file.about().modified;
    if (auto ok = co_await s_.set_type(s_.how().type); !ok) co_return ok;
    if (must_digest() && !wanted_digest()) {
      co_return fail("verify.unsupported", "the server gives no digests", "ask for size only, or for no verification");
    }

    if (!unanswered_) {
      auto went = co_await bring(file);
      if (!went) co_return went;
    }
    const bool confirmed = !unanswered_;
    if (options_.append) {
      if (confirmed) co_return result<void>{};
      co_return fail("data.lost", "the server did not confirm what was appended");
    }
    auto ok = co_await check(file, confirmed);
    // The next try looks at what the server has before it sends anything, where this one could not.
    if (s_.usable()) unanswered_ = false;
    if (ok) ok = co_await keep_time();
    co_return ok;
  }

  net::task<result<void>> bring(storage::source& file) {
    auto offset = co_await where_to_begin();
    if (!offset) co_return std::unexpected(offset.error());
    if (options_.continue_target && facts.tries == 1 && *offset > 0) {
      if (auto ok = co_await check_beginning(file, *offset); !ok) co_return ok;
    }
    facts.offset = *offset;
    if (*offset > 0 && *offset >= *facts.size) co_return result<void>{};
    auto went = co_await transmit(file, *offset);
    facts.bytes += went ? went->bytes : s_.moved.bytes;
    facts.content += went ? went->content : s_.moved.content;
    sent_ = went ? *facts.size : *offset + s_.moved.content;
    if (!went) co_return std::unexpected(went.error());
    unanswered_ = !went->confirmed;
    co_return result<void>{};
  }

  // The file here is another by now.
  void forget() {
    sent_ = 0;
    unanswered_ = other_there_ = false;
    seen_.reset();
  }

  bool must_digest() const { return s_.how().verify == verification::digest; }
  bool image() const { return s_.how().type == representation::image; }
  bool large() const { return image() && *facts.size >= limit::resumable_from; }

  net::task<result<std::optional<std::uint64_t>>> size_there() {
    if (!image()) co_return std::nullopt;
    auto there = co_await size_of(s_, remote_);
    if (there && *there != facts.size) other_there_ = true;
    co_return there;
  }

  // What the server has is the beginning of this file when the user says so, or when it was not there before the
  // first try and is no longer than what was sent. An older file of the same name is never taken for it.
  net::task<result<std::uint64_t>> where_to_begin() {
    if (options_.append || !image()) co_return 0;
    if (!options_.continue_target && !large()) co_return 0;
    auto there = co_await size_there();
    if (!there) co_return std::unexpected(there.error());
    const auto size = there->value_or(0);
    if (options_.continue_target && facts.tries == 1) {
      if (size > *facts.size) {
        co_return longer(remote_, size, *facts.size);
      }
      co_return size;
    }
    if (facts.tries == 1) before_ = *there;
    const bool ours = options_.continue_target || (sent_ > 0 && *there != before_);
    const bool goes_on = s_.how().resume && ours && size <= sent_;
    co_return goes_on ? size : 0;
  }

  // -c: before anything is put behind it. A server that has no digest for it is taken at the user's word.
  net::task<result<void>> check_beginning(storage::source& file, std::uint64_t length) {
    const auto algorithm = wanted_digest();
    if (!algorithm) co_return result<void>{};
    auto there = co_await digest_of(s_, remote_, *algorithm, length);
    if (!there && s_.usable()) co_return result<void>{};
    if (!there) co_return std::unexpected(there.error());
    auto here = co_await digest_of(s_.on(), file, *algorithm, length);
    if (!here) co_return std::unexpected(here.error());
    if (*here == *there) co_return result<void>{};
    co_return not_the_beginning(remote_, differing(*here, *there));
  }

  net::task<result<movement>> transmit(storage::source& file, std::uint64_t offset) {
    if (options_.append) co_return co_await send(s_, "APPE", remote_, 0, file, 0, stages_for(s_));
    if (offset == 0) co_return co_await send(s_, "STOR", remote_, 0, file, 0, stages_for(s_));
    const auto rest = s_.offers().find("REST");
    if (!s_.offers().said || rest) co_return co_await send(s_, "STOR", remote_, offset, file, offset);
    co_return co_await send(s_, "APPE", remote_, 0, file, offset);
  }

  bool asks_size(bool confirmed) const {
    return image() && (s_.how().verify != verification::off || !confirmed) && s_.offers().may("SIZE");
  }

  // In one go; but what differs must not look like the file here by its time.
  void ask_what_settles(bool confirmed = true) {
    const auto algorithm = wanted_digest();
    if (asks_size(confirmed)) s_.will_ask("SIZE", remote_);
    if (algorithm) s_.will_ask(digest_verb(s_, *algorithm), remote_);
    if (!algorithm && confirmed) ask_time();
  }
  // False when there is nothing to ask.
  bool ask_time() {
    const auto how = s_.how().keep_times ? time_command(s_, remote_, modified_) : std::nullopt;
    if (how) s_.will_ask(how->first, how->second);
    return how.has_value();
  }

  net::task<result<void>> check(storage::source& file, bool confirmed) {
    if (auto ok = co_await s_.recover(); !ok) co_return ok;
    if (!confirmed) {
      if (auto ok = co_await s_.set_type(s_.how().type); !ok) co_return ok;
    }
    if (!passed_ || !*passed_) {
      ask_what_settles(confirmed);
      co_await s_.ask_now();
    }
    const auto algorithm = wanted_digest();
    facts.verified = proof::none;
    if (asks_size(confirmed)) {
      auto there = co_await size_there();
      if (!there) co_return std::unexpected(there.error());
      if (*there && **there != *facts.size) {
        s_.distrust(s_.mode());
        co_return fail(**there < *facts.size ? "data.short" : "verify.size",
                       fmt::format("the server has {} bytes of a file that has {}", **there, *facts.size), "try again");
      }
      if (*there) facts.verified = proof::size;
    }
    if (algorithm) {
      if (auto ok = co_await check_digest(file, *algorithm, confirmed); !ok) co_return ok;
    }
    if (confirmed || facts.verified == proof::digest) co_return result<void>{};
    if (facts.verified == proof::none) {
      co_return fail("data.lost", "the server neither confirmed the upload nor tells the size of the file",
                     "try again");
    }
    co_return co_await check_origin();
  }

  // What has the size of this file, and no digest, may be an older one: an upload that the server gave up leaves what
  // had the name before. It is this file where something else was seen there, where only the rest was sent, or where
  // it was written since the try before found that size.
  net::task<result<void>> check_origin() {
    if (other_there_ || facts.offset > 0) co_return result<void>{};
    auto when = co_await modified_of(s_, remote_);
    if (!when && !when.error().id.starts_with("remote.")) co_return std::unexpected(when.error());
    const bool written = when && seen_ && *when > *seen_;
    if (when) seen_ = *when;
    if (written) co_return result<void>{};
    co_return fail("data.lost", "the server did not confirm the upload, and may have an older file of the same size",
                   "try again");
  }

  // A time that the server does not take is no failure of the upload.
  net::task<result<void>> keep_time() {
    if (!s_.how().keep_times) co_return result<void>{};
    auto ok = co_await set_modified(s_, remote_, modified_);
    if (!ok && !ok.error().id.starts_with("remote.")) co_return ok;
    co_return result<void>{};
  }

  std::optional<std::string> wanted_digest() const {
    const auto how = s_.how().verify;
    if (!image() || (how != verification::automatic && how != verification::digest)) return std::nullopt;
    return digest_offered(s_);
  }

  // A server that gave the upload up may have nothing to tell the digest of: that is no refusal for good.
  net::task<result<void>> check_digest(storage::source& file, std::string algorithm, bool confirmed) {
    auto there = co_await digest_of(s_, remote_, algorithm, *facts.size);
    if (!there) {
      const bool matters = must_digest() || !s_.usable();
      if (!confirmed && there.error().id.starts_with("remote.")) there.error().id = "data.lost";
      if (matters) co_return std::unexpected(there.error());
      co_return result<void>{};
    }
    auto here = co_await digest_of(s_.on(), file, algorithm, *facts.size);
    if (!here) co_return std::unexpected(here.error());
    if (*here != *there) {
      sent_ = 0;
      co_return std::unexpected(differing(*here, *there));
    }
    facts.verified = proof::digest;
    facts.algorithm = algorithm;
    co_return result<void>{};
  }

  session& s_;
  storage::storage& from_;
  const storage::path file_;
  const std::string remote_;
  const put_options options_;
  file_time modified_{};
  file_facts facts;
  std::uint64_t sent_ = 0;               // of the file, by the last try
  std::optional<std::uint64_t> before_;  // the size of what had the name before the first
  bool unanswered_ = false;              // all was sent, and what became of it is not known
  bool other_there_ = false;             // something of another size, or nothing, was seen under the name
  std::optional<file_time> seen_;        // when what had the size of this file was written, by the server's clock
  time_point began_{};
  bool started_ = false;  // the observer was told

  // Of the first try, in steps:
  std::unique_ptr<storage::source> opened_;
  std::optional<sent_ahead> under_way_;
  std::optional<result<void>> passed_;  // what has been heard of it
  bool settled_ = false;
  bool time_left_ = false;
  transfer::progress shown_;
};

}  // namespace

net::task<result<file_facts>> put(session& s, storage::storage& from, storage::path file, std::string remote,
                                  put_options options) {
  upload_run run(s, from, std::move(file), std::move(remote), options);
  co_return co_await run.carry_out();
}

std::unique_ptr<pending_put> prepare_put(session& s, storage::storage& from, storage::path file, std::string remote,
                                         put_options options) {
  return std::make_unique<upload_run>(s, from, std::move(file), std::move(remote), options);
}

net::task<result<file_facts>> put(session& s, transfer::producer& from, std::string remote, put_options options) {
  file_facts facts{.way = file_facts::direction::upload, .remote = remote, .tries = 1};
  const auto began = s.on().now();
  s.watch().file_started(s.number(), facts, s.moved);
  auto done = co_await s.recover();
  if (done) done = co_await s.set_type(s.how().type);
  if (done) {
    const std::string verb = options.append ? "APPE" : "STOR";
    auto went = co_await send(s, verb, remote, from, stages_for(s));
    retry once(s);
    bool account = false;
    if (!went) account = co_await once.with_account(went.error());
    // Refused so, it took nothing of what was made.
    if (account) went = co_await send(s, verb, remote, from, stages_for(s));
    facts.bytes = s.moved.bytes;
    facts.content = s.moved.content;
    if (!went)
      done = std::unexpected(went.error());
    else if (!went->confirmed)
      done = fail("data.lost", "the server did not confirm the upload");
  }
  facts.took = s.on().now() - began;
  s.watch().file_ended(s.number(), facts, done ? nullptr : &done.error());
  if (!done) co_return std::unexpected(done.error());
  co_return facts;
}

}  // namespace ferry::client
