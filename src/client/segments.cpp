// One file over several sessions: each fetches a stretch of it from REST on, and stops the server at its end.
#include <algorithm>

#include "client/crew.hpp"
#include "client/digest.hpp"
#include "client/limits.hpp"
#include "client/movement.hpp"
#include "client/part.hpp"
#include "client/retry.hpp"

namespace ferry::client {
namespace {

struct stretch {
  std::uint64_t at = 0;   // of the next byte
  std::uint64_t end = 0;  // behind the last
  std::optional<error> failed;
};

// Takes what belongs to the stretch, and then no more.
class stretch_sink final : public storage::sink {
 public:
  stretch_sink(storage::sink& into, stretch& what, transfer::progress& all) : into_(into), what_(what), all_(all) {}

  net::task<result<void>> write(std::span<const char> from) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(from.size(), what_.end - what_.at));
    if (wanted > 0) {
      if (auto ok = co_await into_.write(from.first(wanted)); !ok) co_return ok;
    }
    what_.at += wanted;
    all_.bytes += wanted;
    if (wanted < from.size()) co_return fail("segment.end", "the rest belongs to another");
    co_return result<void>{};
  }
  net::task<result<void>> commit() override { co_return co_await into_.commit(); }

 private:
  storage::sink& into_;
  stretch& what_;
  transfer::progress& all_;
};

net::task<result<void>> fetch(session& s, const std::string& remote, part& store, stretch& what,
                              transfer::progress& all) {
  if (auto ok = co_await s.set_type(representation::image); !ok) co_return ok;
  auto file = co_await store.segment(what.at);
  if (!file) co_return std::unexpected(file.error());
  stretch_sink into(**file, what, all);
  auto came = co_await receive(s, "RETR", remote, what.at, into);
  if (what.at == what.end) co_return co_await (*file)->commit();
  if (!came) co_return std::unexpected(came.error());
  co_return fail("data.short", "the server ended a segment before its time", "try again");
}

net::task<result<void>> fetch_patiently(session& s, const std::string& remote, part& store, stretch& what,
                                        transfer::progress& all) {
  retry more(s);
  for (;;) {
    auto done = co_await fetch(s, remote, store, what, all);
    if (done) co_return done;
    const bool again = co_await more.again(done.error());
    if (!again) co_return done;
  }
}

std::vector<stretch> cut(std::uint64_t size, unsigned connections) {
  const auto count =
      std::clamp<std::uint64_t>(size / limit::smallest_segment, 1, std::min(connections, limit::segments));
  std::vector<stretch> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back({.at = size / count * i, .end = size / count * (i + 1)});
  out.back().end = size;
  return out;
}

}  // namespace

net::task<result<file_facts>> get_in_segments(crew& c, std::string remote, storage::storage& into, storage::path to,
                                              get_options options) {
  auto& first = c.first();
  if (auto in = co_await first.recover(); !in) co_return std::unexpected(in.error());
  if (!options.known) {
    auto what = co_await stat(first, remote);
    if (!what) co_return std::unexpected(what.error());
    options.known = std::move(*what);
  }
  const entry what = *options.known;
  auto pieces = cut(what.size.value_or(0), c.how().connections);
  const bool can = c.how().type == representation::image && first.offers().may("REST") && part::possible(to);
  if (pieces.size() < 2 || !can || options.continue_target) {
    co_return co_await get(first, std::move(remote), into, std::move(to), std::move(options));
  }

  file_facts facts{.remote = remote, .local = std::string(to.text()), .size = what.size, .tries = 1};
  const auto began = c.on().now();
  transfer::progress all;
  first.watch().file_started(first.number(), facts, all);
  // A plain download must not take this, which has holes, for a beginning.
  part store(into, to, "segments of " + remote, what);
  auto done = co_await store.begin();
  if (done) {
    for (auto& piece : pieces) {
      c.add([&](session& s) -> net::task<result<void>> {
        auto came = co_await fetch_patiently(s, remote, store, piece, all);
        piece.failed.reset();
        if (!came) piece.failed = came.error();
        co_return came;
      });
    }
    done = co_await c.run();
    for (auto& piece : pieces) {
      if (done && piece.failed) done = std::unexpected(*piece.failed);
    }
  }
  auto algorithm = digest_offered(first);
  if (c.how().verify == verification::size || c.how().verify == verification::off) algorithm.reset();
  if (done && algorithm) {
    done = co_await first.recover();
    auto file = co_await store.read();
    if (done && !file) done = std::unexpected(file.error());
    if (done) {
      auto here = co_await digest_of(c.on(), **file, *algorithm, *what.size);
      auto there = co_await digest_of(first, remote, *algorithm, *what.size);
      if (!here)
        done = std::unexpected(here.error());
      else if (there && *there != *here)
        done = fail("verify.digest", "the digests of the two ends differ", "try again");
      else if (there)
        facts.verified = proof::digest, facts.algorithm = *algorithm;
    }
  }
  if (done && facts.verified == proof::none) facts.verified = proof::size;
  if (done) done = co_await store.publish();
  if (done && c.how().keep_times && what.modified) done = co_await into.set_modified(to, *what.modified);
  if (!done) co_await store.discard();
  facts.bytes = all.bytes;
  facts.took = c.on().now() - began;
  first.watch().file_ended(first.number(), facts, done ? nullptr : &done.error());
  if (!done) co_return std::unexpected(done.error());
  co_return facts;
}

}  // namespace ferry::client
