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

// What one session is to fetch.
struct stretch {
  range wanted;
  std::uint64_t at = 0;  // of the next byte
  std::optional<error> failed;
};

// One file, its stretches, and the record of what is held of it.
struct segmented {
  session& first;
  const std::string remote;
  part store;
  const std::uint64_t size;
  std::vector<range> before;  // held when this run began
  std::vector<stretch> stretches{};
  transfer::progress all{};
  std::uint64_t recorded = 0;  // of all.bytes
  bool recording = false;

  std::vector<range> held() const {
    auto out = before;
    for (const auto& each : stretches) out.push_back({each.wanted.first, each.at});
    return gaps(gaps(std::move(out), size), size);
  }

  // What is said to be held was written before.
  net::task<result<void>> record() {
    if (recording) co_return result<void>{};
    recording = true;
    recorded = all.bytes;
    auto ok = co_await store.keep(held());
    recording = false;
    co_return ok;
  }
};

// Takes what belongs to the stretch, and then no more.
class stretch_sink final : public storage::sink {
 public:
  stretch_sink(storage::sink& into, segmented& file, stretch& what) : into_(into), file_(file), what_(what) {}

  net::task<result<void>> write(std::span<const char> from) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(from.size(), what_.wanted.end - what_.at));
    if (wanted > 0) {
      if (auto ok = co_await into_.write(from.first(wanted)); !ok) co_return ok;
    }
    what_.at += wanted;
    file_.all.bytes += wanted;
    file_.all.content += wanted;
    if (file_.all.bytes - file_.recorded >= limit::record_every) {
      if (auto ok = co_await file_.record(); !ok) co_return ok;
    }
    if (wanted < from.size()) co_return fail("segment.end", "the rest belongs to another");
    co_return result<void>{};
  }
  net::task<result<void>> commit() override { co_return co_await into_.commit(); }

 private:
  storage::sink& into_;
  segmented& file_;
  stretch& what_;
};

net::task<result<void>> fetch(session& s, segmented& file, stretch& what) {
  if (auto ok = co_await s.set_type(representation::image); !ok) co_return ok;
  auto place = co_await file.store.segment(what.at);
  if (!place) co_return std::unexpected(place.error());
  stretch_sink into(**place, file, what);
  s.more_follows = false;
  const transfer_start begin{.at = what.at};
  auto came = co_await receive(s, "RETR", file.remote, begin, into);
  if (what.at == what.wanted.end) co_return co_await (*place)->commit();
  if (!came) co_return std::unexpected(came.error());
  co_return fail("data.short", "the server ended a segment before its time", "try again");
}

net::task<result<void>> fetch_patiently(session& s, segmented& file, stretch& what) {
  retry more(s);
  for (;;) {
    auto done = co_await fetch(s, file, what);
    if (done) co_return done;
    const bool again = co_await more.again(done.error());
    if (!again) co_return done;
  }
}

// The largest in two, until each connection has one.
std::vector<stretch> cut(std::vector<range> missing, unsigned connections) {
  auto size = [](const range& one) { return one.end - one.first; };
  while (!missing.empty() && missing.size() < std::min(connections, limit::segments)) {
    auto& largest = *std::ranges::max_element(missing, {}, size);
    if (size(largest) < 2 * limit::smallest_segment) break;
    const auto middle = largest.first + size(largest) / 2;
    const range second{middle, std::exchange(largest.end, middle)};
    missing.push_back(second);
  }
  std::vector<stretch> out;
  for (const auto& each : missing) out.push_back({.wanted = each, .at = each.first, .failed{}});
  return out;
}

net::task<result<void>> fetch_all(crew& c, segmented& file) {
  for (auto& each : file.stretches) {
    c.add([&](session& s) -> net::task<result<void>> {
      auto came = co_await fetch_patiently(s, file, each);
      each.failed.reset();
      if (!came) each.failed = came.error();
      co_return came;
    });
  }
  auto done = co_await c.run();
  auto kept = co_await file.record();
  if (!done) co_return done;
  for (auto& each : file.stretches) {
    if (each.failed) co_return std::unexpected(*each.failed);
  }
  co_return kept;
}

net::task<result<void>> verify(crew& c, segmented& file, std::string algorithm, file_facts& facts) {
  if (auto ok = co_await file.first.recover(); !ok) co_return ok;
  auto bytes = co_await file.store.read();
  if (!bytes) co_return std::unexpected(bytes.error());
  auto here = co_await digest_of(c.on(), **bytes, algorithm, file.size);
  if (!here) co_return std::unexpected(here.error());
  auto there = co_await digest_of(file.first, file.remote, algorithm, file.size);
  if (!there && c.how().verify == verification::digest) co_return std::unexpected(there.error());
  if (!there) co_return result<void>{};
  if (*there != *here) co_return fail("verify.digest", "the digests of the two ends differ", "try again");
  facts.verified = proof::digest;
  facts.algorithm = algorithm;
  co_return result<void>{};
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
  const auto size = what.size.value_or(0);
  const bool can = c.how().type == representation::image && first.offers().may("REST") && part::possible(to);
  if (size < 2 * limit::smallest_segment || c.how().connections < 2 || !can || options.continue_target) {
    co_return co_await get(first, std::move(remote), into, std::move(to), std::move(options));
  }
  auto algorithm = digest_offered(first);
  if (c.how().verify == verification::size || c.how().verify == verification::off) algorithm.reset();
  if (c.how().verify == verification::digest && !algorithm) {
    co_return fail("verify.unsupported", "the server gives no digests", "ask for size only, or for no verification");
  }

  segmented file{first, remote, part(into, to, origin(first, remote), what), size, {}};
  file_facts facts{.remote = remote, .local = std::string(to.text()), .size = size, .tries = 1};
  result<void> done;
  if (c.how().resume) {
    auto held = co_await file.store.held();
    if (held) file.before = std::move(*held);
  }
  // Before anything is written: what a download in order left is otherwise taken to be whole up to its end.
  if (file.before.empty())
    done = co_await file.store.begin();
  else
    done = co_await file.store.keep(file.before);
  file.stretches = cut(gaps(file.before, size), c.how().connections);
  for (const auto& each : file.before) facts.offset += each.end - each.first;

  const auto began = c.on().now();
  first.watch().file_started(first.number(), facts, file.all);
  if (done) done = co_await fetch_all(c, file);
  if (done && algorithm) done = co_await verify(c, file, *algorithm, facts);
  if (done && facts.verified == proof::none) facts.verified = proof::size;
  if (done) done = co_await file.store.publish();
  if (done && c.how().keep_times && what.modified) done = co_await into.set_modified(to, *what.modified);
  if (!done && done.error().id.starts_with("verify.")) co_await file.store.discard();
  facts.bytes = file.all.bytes;
  facts.content = file.all.content;
  facts.took = c.on().now() - began;
  first.watch().file_ended(first.number(), facts, done ? nullptr : &done.error());
  if (!done) co_return std::unexpected(done.error());
  co_return facts;
}

}  // namespace ferry::client
