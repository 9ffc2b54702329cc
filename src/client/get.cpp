#include "client/get.hpp"

#include <fmt/format.h>

#include "client/digest.hpp"
#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/movement.hpp"
#include "client/part.hpp"
#include "client/retry.hpp"

namespace ferry::client {
namespace {

using way_to_write = enum storage::create_options::how;

// Takes the digest of what passes.
class digest_stage final : public transfer::stage {
 public:
  explicit digest_stage(digester& into) : into_(into) {}
  result<void> transform(std::span<const char> in, std::string& out) override {
    into_.add(in);
    out.append(in.data(), in.size());
    return {};
  }

 private:
  digester& into_;
};

std::unexpected<error> wrong_size(std::uint64_t got, std::uint64_t wanted) {
  auto cause = fmt::format("{} bytes arrived of a file that has {}", got, wanted);
  if (got < wanted) return fail("data.short", std::move(cause), "try again, resuming where it stopped");
  return fail("verify.size", std::move(cause), "the file may have changed meanwhile: try again");
}

// One file on its way here, over all its tries.
class download_run final : public pending_get {
 public:
  download_run(session& s, std::string remote, storage::storage& into, storage::path to, get_options options)
      : s_(s), remote_(std::move(remote)), into_(into), to_(std::move(to)), options_(std::move(options)) {
    facts.remote = remote_;
    facts.local = to_.text();
    if (options_.known) what_ = *options_.known;
    facts.size = what_.size;
  }

  void ask_ahead() override {
    algorithm_ = wanted_digest();
    s_.will_ask("RETR", remote_);
    ask_behind();
    asked_ = true;
  }
  std::size_t asks() const override { return 3 * (remote_.size() + limit::longest_verb); }

  net::task<result<file_facts>> carry_out() override {
    const auto began = s_.on().now();
    s_.watch().file_started(s_.number(), facts, s_.moved);
    retry more(s_);
    auto done = co_await s_.recover();
    if (s_.cancelled()) done = fail("session.cancelled", "it was stopped");
    for (;;) {
      facts.tries = more.tries();
      if (done) done = co_await attempt();
      if (done) break;
      asked_ = false;
      const bool account = co_await more.with_account(done.error());
      if (account) {
        done = result<void>{};
        continue;
      }
      const bool again = co_await more.again(done.error());
      if (!again) break;
      done = result<void>{};
    }
    facts.took = s_.on().now() - began;
    s_.watch().file_ended(s_.number(), facts, done ? nullptr : &done.error());
    if (!done) co_return std::unexpected(done.error());
    co_return std::move(facts);
  }

 private:
  net::task<result<void>> attempt() {
    if (auto ok = co_await s_.set_type(s_.how().type); !ok) co_return ok;
    if (!options_.known || facts.tries > 1) {
      co_await s_.prepare_data();
      if (auto ok = co_await look(); !ok) co_return ok;
    }
    algorithm_ = wanted_digest();
    if (s_.how().verify == verification::digest && !algorithm_) {
      co_return fail("verify.unsupported", "the server gives no digests", "ask for size only, or for no verification");
    }
    if (options_.continue_target) co_return co_await go_on();
    const bool large = image() && what_.size >= limit::resumable_from && part::possible(to_);
    if (large) co_return co_await by_part();
    co_return co_await at_once();
  }

  bool image() const { return s_.how().type == representation::image; }

  net::task<result<void>> look() {
    auto found = co_await stat(s_, remote_);
    if (!found) {
      // A server that tells nothing of files may still send them.
      if (found.error().id == "remote.unsupported" || found.error().id == "remote.refused") co_return result<void>{};
      co_return std::unexpected(found.error());
    }
    if (found->kind == proto::entry_kind::directory) {
      co_return fail("remote.is_directory", fmt::format("{} is a folder", remote_));
    }
    what_ = std::move(*found);
    if (!image()) what_.size.reset();  // line ends make it another
    facts.size = what_.size;
    co_return result<void>{};
  }

  std::optional<std::string> wanted_digest() const {
    const auto how = s_.how().verify;
    if (!image() || (how != verification::automatic && how != verification::digest)) return std::nullopt;
    return digest_offered(s_);
  }

  net::task<result<movement>> fetch(storage::sink& into, std::uint64_t offset, transfer::stages through) {
    facts.offset = offset;
    if (offset > 0 && offset == what_.size) co_return movement{.confirmed = true};
    const transfer_start begin{.at = offset, .size = what_.size};
    auto came = co_await receive(s_, "RETR", remote_, begin, into, std::move(through));
    facts.bytes += came ? came->bytes : s_.moved.bytes;
    facts.content += came ? came->content : s_.moved.content;
    co_return came;
  }

  // All of it, in one go, under no name until it is right.
  net::task<result<void>> at_once() {
    const storage::create_options anew{.how = way_to_write::replace, .late = true};
    auto file = co_await into_.create(to_, anew);
    if (!file) co_return std::unexpected(file.error());
    transfer::stages through;
    auto digester = algorithm_ ? make_digester(*algorithm_) : nullptr;
    if (digester) through.push_back(std::make_unique<digest_stage>(*digester));
    if (!image()) through.push_back(std::make_unique<transfer::ascii_in>());
    if (!asked_) ask_behind();
    auto came = co_await fetch(**file, 0, std::move(through));
    if (!came) co_return std::unexpected(came.error());
    if (auto ok = co_await check_size(came->content, came->confirmed); !ok) co_return ok;
    if (digester) {
      if (auto ok = co_await check_digest(digester->finish()); !ok) co_return ok;
    }
    if (auto time = co_await time_to_keep()) (*file)->set_modified(*time);
    co_return co_await (*file)->commit();
  }

  // What will be asked of the file when it has come.
  void ask_behind() {
    if (algorithm_) s_.will_ask(digest_verb(s_, *algorithm_), remote_);
    if (time_is_rough()) s_.will_ask("MDTM", remote_);
  }

  net::task<result<void>> by_part() {
    part store(into_, to_, origin(s_, remote_), what_);
    std::uint64_t offset = 0;
    if (s_.how().resume && !s_.lacks("REST")) {
      auto there = co_await store.held();
      if (!there) co_return std::unexpected(there.error());
      if (!there->empty() && there->front().first == 0) offset = there->front().end;
    }
    auto file = co_await store.in_order(offset);
    if (!file) co_return std::unexpected(file.error());
    auto ok = co_await fill(**file, offset);
    if (ok && algorithm_) {
      auto stored = co_await store.read();
      ok = co_await check_against(std::move(stored));
      if (!ok && ok.error().id == "verify.digest") co_await store.discard();
    }
    if (ok) ok = co_await store.publish();
    if (ok) ok = co_await keep_time();
    co_return ok;
  }

  // -c: the target is the beginning. What proves not to be is left as it was.
  net::task<result<void>> go_on() {
    auto there = co_await into_.stat(to_);
    const std::uint64_t offset = there ? there->size : 0;
    if (!there) {
      const storage::create_options anew{.how = way_to_write::replace};
      auto made = co_await into_.create(to_, anew);
      if (!made) co_return std::unexpected(made.error());
      if (auto ok = co_await (*made)->commit(); !ok) co_return ok;
    }
    if (!given_) given_ = offset;
    if (what_.size && offset > *what_.size) {
      if (offset > *given_) co_await cut_back();
      co_return longer(to_.text(), offset, *what_.size);
    }
    const storage::create_options further{.how = way_to_write::at, .offset = offset};
    auto file = co_await into_.create(to_, further);
    if (!file) co_return std::unexpected(file.error());
    auto ok = co_await fill(**file, offset);
    if (ok && algorithm_) {
      auto stored = co_await into_.open(to_);
      ok = co_await check_against(std::move(stored));
    }
    if (ok) co_return co_await keep_time();
    if (ok.error().id.starts_with("verify.")) co_await cut_back();
    if (ok.error().id == "verify.digest" && *given_ > 0) ok = not_the_beginning(to_.text(), ok.error());
    co_return ok;
  }

  net::task<> cut_back() {
    const storage::create_options shorter{.how = way_to_write::at, .offset = *given_};
    auto file = co_await into_.create(to_, shorter);
    if (file) co_await (*file)->commit();
  }

  net::task<result<void>> fill(storage::sink& file, std::uint64_t offset) {
    transfer::stages none;
    auto came = co_await fetch(file, offset, std::move(none));
    if (!came) {
      // Without REST there is no going on: the next try begins anew.
      if (offset > 0 && came.error().id == "remote.unsupported") s_.learn_lack("REST");
      co_return std::unexpected(came.error());
    }
    if (auto ok = co_await file.commit(); !ok) co_return ok;
    co_return co_await check_size(offset + came->content, came->confirmed);
  }

  net::task<result<void>> check_size(std::uint64_t got, bool confirmed) {
    if (!confirmed && !what_.size) {
      if (auto ok = co_await s_.recover(); !ok) co_return ok;
      if (auto ok = co_await look(); !ok) co_return ok;
    }
    if (!what_.size || !image()) {
      if (confirmed) co_return result<void>{};
      co_return fail("data.short", "the server neither confirmed the transfer nor tells the size of the file");
    }
    if (s_.how().verify == verification::off && confirmed) co_return result<void>{};
    if (got != *what_.size) {
      s_.distrust(s_.mode());
      co_return wrong_size(got, *what_.size);
    }
    facts.verified = proof::size;
    co_return result<void>{};
  }

  net::task<result<void>> check_digest(digest here) {
    if (auto ok = co_await s_.recover(); !ok) co_return ok;
    auto there = co_await digest_of(s_, remote_, *algorithm_, what_.size.value_or(0));
    if (!there) {
      const bool must = s_.how().verify == verification::digest || !there.error().id.starts_with("remote.");
      if (must && there.error().id != "digest.unsupported") co_return std::unexpected(there.error());
      if (s_.how().verify == verification::digest) co_return std::unexpected(there.error());
      co_return result<void>{};
    }
    if (*there != here) co_return std::unexpected(differing(here, *there));
    facts.verified = proof::digest;
    facts.algorithm = here.algorithm;
    co_return result<void>{};
  }

  net::task<result<void>> check_against(result<std::unique_ptr<storage::source>> file) {
    if (!file) co_return std::unexpected(file.error());
    auto here = co_await digest_of(s_.on(), **file, *algorithm_, (*file)->about().size);
    if (!here) co_return std::unexpected(here.error());
    co_return co_await check_digest(std::move(*here));
  }

  // A listing by LIST tells it to the minute or the day.
  bool time_is_rough() const {
    if (!s_.how().keep_times || !s_.offers().may("MDTM") || s_.lacks("MDTM")) return false;
    return !what_.modified || what_.precision != proto::time_precision::second;
  }

  net::task<std::optional<file_time>> time_to_keep() {
    if (time_is_rough() && s_.usable()) {
      auto exact = co_await modified_of(s_, remote_);
      if (exact) what_.modified = *exact;
    }
    if (s_.how().keep_times) co_return what_.modified;
    co_return std::nullopt;
  }

  net::task<result<void>> keep_time() {
    auto time = co_await time_to_keep();
    if (!time) co_return result<void>{};
    co_return co_await into_.set_modified(to_, *time);
  }

  session& s_;
  const std::string remote_;
  storage::storage& into_;
  const storage::path to_;
  const get_options options_;
  file_facts facts;
  entry what_;
  std::optional<std::string> algorithm_;
  std::optional<std::uint64_t> given_;  // -c: the length of the target when it began
  bool asked_ = false;                  // ahead
};

}  // namespace

net::task<result<file_facts>> get(session& s, std::string remote, storage::storage& into, storage::path to,
                                  get_options options) {
  download_run run(s, std::move(remote), into, std::move(to), std::move(options));
  co_return co_await run.carry_out();
}

std::unique_ptr<pending_get> prepare_get(session& s, const std::string& remote, storage::storage& into,
                                         const storage::path& to, const get_options& options) {
  const bool small = options.known && options.known->size && *options.known->size <= limit::in_blocks;
  if (!small || options.continue_target || !s.may_pipeline(file_facts::direction::download)) return nullptr;
  return std::make_unique<download_run>(s, remote, into, to, options);
}

net::task<result<file_facts>> get(session& s, std::string remote, storage::sink& into, std::uint64_t offset) {
  file_facts facts{.remote = remote, .offset = offset};
  const auto began = s.on().now();
  const bool image = s.how().type == representation::image;
  std::uint64_t held = 0;  // of the file
  s.watch().file_started(s.number(), facts, s.moved);
  retry more(s);
  auto done = co_await s.recover();
  for (;;) {
    facts.tries = more.tries();
    if (done) done = co_await s.set_type(s.how().type);
    if (done && image && !facts.size && s.how().verify != verification::off) {
      auto what = co_await stat(s, remote);
      if (what) facts.size = what->size;
      if (!what && what.error().id == "remote.not_found") done = std::unexpected(what.error());
    }
    if (done) {
      transfer::stages through;
      if (!image) through.push_back(std::make_unique<transfer::ascii_in>());
      const transfer_start begin{.at = offset + held, .size = facts.size};
      auto came = co_await receive(s, "RETR", remote, begin, into, std::move(through));
      facts.bytes += came ? came->bytes : s.moved.bytes;
      facts.content += came ? came->content : s.moved.content;
      held += came ? came->content : s.moved.content;
      if (!came)
        done = std::unexpected(came.error());
      else if (facts.size && offset + held != *facts.size)
        done = wrong_size(offset + held, *facts.size);
      else if (!came->confirmed && !facts.size)
        done = fail("data.lost", "the server did not confirm the transfer");
    }
    if (done) break;
    // What came cannot be taken back.
    if (done.error().id == "verify.size" || (!image && facts.bytes > 0)) break;
    if (!co_await more.again(done.error())) break;
    done = result<void>{};
  }
  if (done && facts.size) facts.verified = proof::size;
  facts.took = s.on().now() - began;
  s.watch().file_ended(s.number(), facts, done ? nullptr : &done.error());
  if (!done) co_return std::unexpected(done.error());
  co_return facts;
}

}  // namespace ferry::client
