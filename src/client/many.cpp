// Many files of one crew. Where the server takes it (session::may_pipeline), a session asks for several, or sends
// several, before it hears of the first, over one data connection that stays open. What is under way is bounded, so
// that neither end waits for the other to read: limit::pipelined_files, pipelined_bytes, pipelined_names.
#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

#include "client/crew.hpp"
#include "client/limits.hpp"

namespace ferry::client {
namespace {

// Files of one direction, and what has become of them. Each session takes from the queue what it is ready for.
class many {
 public:
  many(crew& c, std::size_t count) : crew_(c), out_(count) {
    for (std::size_t i = 0; i < count; ++i) left_.push_back(i);
    for (auto& one : out_) one.failed = error{"session.cancelled", "it was not begun", {}};
  }
  virtual ~many() = default;

  net::task<std::vector<file_result>> run(file_facts::direction way, std::size_t large) {
    auto& first = crew_.first();
    first.many = out_.size() > 1;
    sessions_ = std::min<std::size_t>(crew_.how().connections, out_.size());
    // A session that does not wait for replies does the work of several.
    if (first.usable() && first.may_pipeline(way)) {
      const auto enough = large + (out_.size() - large + limit::pipelined_files - 1) / limit::pipelined_files;
      sessions_ = std::min(sessions_, enough);
    }
    for (std::size_t i = 0; i < sessions_; ++i) add_job();
    auto done = co_await crew_.run();
    for (auto& one : out_) {
      if (!done && one.failed && one.failed->id == "session.cancelled") one.failed = done.error();
    }
    co_return std::move(out_);
  }

 protected:
  // Until the queue is empty, or the server had no room for this session: the file that met with it is returned.
  virtual net::task<std::optional<std::size_t>> work(session& s) = 0;

  std::size_t take() {
    const auto index = left_.front();
    left_.pop_front();
    return index;
  }

  // Whether all is well, or wrong only with the file.
  bool record(std::size_t index, result<file_facts> done) {
    auto& into = out_[index];
    into.failed.reset();
    if (done) into.facts = std::move(*done);
    if (!done) into.failed = done.error();
    return done || !no_room(done.error());
  }

  // So many may be under way that something is left for the other sessions.
  bool room(std::size_t under_way) const {
    const auto share = std::max<std::size_t>(1, (left_.size() + under_way) / sessions_);
    return under_way < std::min(share, limit::pipelined_files);
  }

  static bool small(std::optional<std::uint64_t> size) { return size && *size <= limit::in_blocks; }

  static net::task<bool> prepare(session& s) {
    auto ready = co_await s.recover();
    if (ready) ready = co_await s.set_type(s.how().type);
    if (ready) ready = co_await s.begin_pipeline();
    co_return ready.has_value();
  }

  // So a session changes its mode once.
  template <class Small>
  void large_first(Small is_small) {
    std::ranges::stable_partition(left_, [&](std::size_t index) { return !is_small(index); });
  }

  crew& crew_;
  std::deque<std::size_t> left_;
  std::vector<file_result> out_;
  std::size_t sessions_ = 1;

 private:
  void add_job() {
    auto again = std::make_shared<std::optional<std::size_t>>();
    crew_.add([this, again](session& s) -> net::task<result<void>> {
      if (*again) left_.push_front(**again);
      s.many = out_.size() > 1;
      *again = co_await work(s);
      if (!*again) co_return result<void>{};
      if (!left_.empty()) add_job();
      co_return std::unexpected(*out_[**again].failed);
    });
  }
};

class downloads final : public many {
 public:
  downloads(crew& c, storage::storage& into, std::vector<download> files)
      : many(c, files.size()), into_(into), files_(std::move(files)), looked_(files_.size()) {
    large_first([&](std::size_t index) { return is_small(files_[index]); });
  }

  std::size_t large() const {
    return files_.size() - static_cast<std::size_t>(std::ranges::count_if(files_, is_small));
  }

 private:
  struct asked_for {
    std::size_t index;
    std::unique_ptr<pending_get> file;
  };
  using line = std::deque<asked_for>;

  net::task<std::optional<std::size_t>> work(session& s) override {
    line under_way;
    while (!s.cancelled()) {
      // By halves: the server then finds several commands at a time, and never none.
      if (under_way.size() <= limit::pipelined_files / 2) co_await ask(s, under_way);
      if (under_way.empty() && left_.empty()) break;
      std::size_t index;
      result<file_facts> done;
      if (under_way.empty()) {
        index = take();
        s.more_follows = !left_.empty();
        done = co_await get(s, files_[index].remote, into_, files_[index].to, files_[index].how);
      } else {
        index = under_way.front().index;
        auto file = std::move(under_way.front().file);
        under_way.pop_front();
        done = co_await file->carry_out();
        // After another try what was asked for ahead has been forgotten.
        if (s.under_way() == 0) {
          for (auto& each : under_way) each.file->ask_ahead();
        }
      }
      if (record(index, std::move(done))) continue;
      for (; !under_way.empty(); under_way.pop_back()) left_.push_front(under_way.back().index);
      co_return index;
    }
    co_return std::nullopt;
  }

  static bool is_small(const download& one) { return one.how.known && small(one.how.known->size); }

  net::task<> ask(session& s, line& under_way) {
    if (left_.empty() || !s.may_pipeline(file_facts::direction::download)) co_return;
    if (under_way.empty()) co_await look(s);
    if (left_.empty() || !is_small(files_[left_.front()])) co_return;
    const bool ready = co_await prepare(s);
    if (!ready) co_return;
    std::size_t names = 0;
    for (const auto& each : under_way) names += each.file->asks();
    while (!left_.empty() && room(under_way.size()) && names < limit::pipelined_names) {
      auto& one = files_[left_.front()];
      auto file = prepare_get(s, one.remote, into_, one.to, one.how);
      if (!file) break;
      file->ask_ahead();
      names += file->asks();
      under_way.push_back({take(), std::move(file)});
    }
  }

  // What is not known of the next files, in one go.
  net::task<> look(session& s) {
    const auto ready = co_await s.recover();
    if (!ready || !s.offers().has("MLST")) co_return;
    std::vector<std::size_t> unknown;
    std::size_t names = 0;
    for (auto index : left_) {
      if (names >= limit::pipelined_names) break;
      if (files_[index].how.known || looked_[index]) continue;
      looked_[index] = true;
      names += files_[index].remote.size() + limit::longest_verb;
      s.will_ask("MLST", files_[index].remote);
      unknown.push_back(index);
    }
    co_await s.ask_now();
    for (auto index : unknown) {
      auto found = co_await stat(s, files_[index].remote);
      if (found && found->kind == proto::entry_kind::file) files_[index].how.known = std::move(*found);
    }
  }

  storage::storage& into_;
  std::vector<download> files_;
  std::vector<bool> looked_;
};

class uploads final : public many {
 public:
  uploads(crew& c, storage::storage& from, std::vector<upload> files)
      : many(c, files.size()), from_(from), files_(std::move(files)) {
    large_first([&](std::size_t index) { return is_small(files_[index]); });
  }

  std::size_t large() const {
    return files_.size() - static_cast<std::size_t>(std::ranges::count_if(files_, is_small));
  }

 private:
  static bool is_small(const upload& one) { return small(one.size); }

  struct sent {
    std::size_t index;
    std::unique_ptr<pending_put> file;
    unsigned steps = 0;  // taken of: sent, heard of, settled
    bool begun = false;  // at any time
  };
  struct state {
    std::deque<sent> ready;      // looked at
    std::deque<sent> under_way;  // sent, and not done with
    std::optional<std::size_t> no_room;
  };

  net::task<std::optional<std::size_t>> work(session& s) override {
    state now;
    for (;;) {
      const auto before = now.under_way.size();
      if (!now.no_room && !s.cancelled()) co_await send(s, now);
      const bool more = now.under_way.size() > before;
      if (now.under_way.empty()) {
        co_await one(s, now);
        if (now.ready.empty() && (left_.empty() || now.no_room || s.cancelled())) break;
        continue;
      }
      // What has just been sent is given time while others follow.
      co_await step(s, now, more ? before : now.under_way.size());
    }
    co_return now.no_room;
  }

  net::task<> send(session& s, state& now) {
    std::uint64_t bytes = 0;
    for (const auto& each : now.under_way) bytes += each.file->went_ahead() ? each.file->size() : 0;
    for (std::size_t count = 0; count < limit::pipelined_files / 4 && bytes < limit::pipelined_bytes; ++count) {
      if (!room(now.under_way.size())) break;
      co_await fetch(s, now);
      if (now.ready.empty() || !now.ready.front().file->may_go_ahead()) break;
      if (count == 0) {
        const bool prepared = co_await prepare(s);
        if (!prepared || !now.ready.front().file->may_go_ahead()) break;
      }
      auto next = std::move(now.ready.front());
      now.ready.pop_front();
      next.begun = true;
      bytes += next.file->size();
      co_await next.file->send_ahead();
      const bool went = next.file->went_ahead();
      now.under_way.push_back(std::move(next));
      if (!went) break;
    }
  }

  net::task<> fetch(session& s, state& now) {
    if (!now.ready.empty() || left_.empty()) co_return;
    const auto index = take();
    const auto& what = files_[index];
    now.ready.push_back({index, prepare_put(s, from_, what.file, what.remote, what.how)});
    co_await now.ready.back().file->open();
  }

  // The next step of the first `count`.
  net::task<> step(session& s, state& now, std::size_t count) {
    std::deque<sent> stay;
    bool blamed = false;
    for (; count > 0; --count) {
      auto next = std::move(now.under_way.front());
      now.under_way.pop_front();
      bool over = ++next.steps > 2 || s.cancelled();
      if (!over && next.steps == 1) co_await next.file->hear();
      if (!over && next.steps == 2) co_await next.file->settle();
      if (next.file->lost()) {
        // The first has met with it, and tries again; the others are sent anew.
        if (blamed && !s.cancelled()) {
          next.file->begin_anew();
          next.steps = 0;
          now.ready.push_back(std::move(next));
          continue;
        }
        blamed = over = true;
      }
      if (over)
        co_await finish(next, now);
      else
        stay.push_back(std::move(next));
    }
    for (; !stay.empty(); stay.pop_back()) now.under_way.push_front(std::move(stay.back()));
    co_await s.ask_now();
  }

  net::task<> finish(sent& what, state& now) {
    auto done = co_await what.file->carry_out();
    if (!record(what.index, std::move(done))) now.no_room = what.index;
  }

  // A file alone: it is large, or the server wants it so.
  net::task<> one(session& s, state& now) {
    if (!now.no_room && !s.cancelled()) co_await fetch(s, now);
    if (now.ready.empty()) co_return;
    auto next = std::move(now.ready.front());
    now.ready.pop_front();
    if ((now.no_room || s.cancelled()) && !next.begun) {
      left_.push_front(next.index);
      co_return;
    }
    s.more_follows = !left_.empty() || !now.ready.empty();
    co_await finish(next, now);
  }

  storage::storage& from_;
  std::vector<upload> files_;
};

class copies final : public many {
 public:
  copies(crew& from, crew& to, std::vector<copying> files)
      : many(from, files.size()), from_(from), to_(to), files_(std::move(files)) {}

 private:
  net::task<std::optional<std::size_t>> work(session& s) override {
    while (!left_.empty() && !s.cancelled()) {
      const auto index = take();
      auto done = co_await copy_one(s, files_[index]);
      if (!record(index, std::move(done))) co_return index;
    }
    co_return std::nullopt;
  }

  net::task<result<file_facts>> copy_one(session& s, const copying& what) {
    auto& other = to_.beside(from_, s);
    // A server that has no room for this one gets fewer of them.
    if (auto in = co_await other.recover(); !in) co_return std::unexpected(in.error());
    co_return co_await copy(s, what.source, other, what.target, route_, what.how);
  }

  crew& from_;
  crew& to_;
  std::vector<copying> files_;
  fxp_route route_;
};

}  // namespace

net::task<std::vector<file_result>> copy_many(crew& from, crew& to, std::vector<copying> files) {
  const auto count = files.size();
  copies all(from, to, std::move(files));
  co_return co_await all.run(file_facts::direction::copy, count);
}

net::task<std::vector<file_result>> get_many(crew& c, storage::storage& into, std::vector<download> files) {
  downloads all(c, into, std::move(files));
  co_return co_await all.run(file_facts::direction::download, all.large());
}

net::task<std::vector<file_result>> put_many(crew& c, storage::storage& from, std::vector<upload> files) {
  uploads all(c, from, std::move(files));
  co_return co_await all.run(file_facts::direction::upload, all.large());
}

}  // namespace ferry::client
