#include "client/crew.hpp"

#include <algorithm>

#include "client/limits.hpp"
#include "client/retry.hpp"

namespace ferry::client {

bool no_room(const error& why) { return why.id == "greeting.busy" || why.id == "remote.closing"; }

crew::crew(const surroundings& around, site where, settings how, unsigned first_number)
    : around_(around),
      where_(std::move(where)),
      how_(std::move(how)),
      first_number_(first_number),
      limit_(std::max(1u, how_.connections)) {}

crew::~crew() = default;

session& crew::member(std::size_t index) {
  while (sessions_.size() <= index) {
    auto number = first_number_ + static_cast<unsigned>(sessions_.size());
    sessions_.push_back(std::make_unique<session>(around_, where_, how_, number));
  }
  return *sessions_[index];
}

session& crew::first() { return member(0); }

void crew::add(job work) {
  jobs_.push_back(std::move(work));
  if (changed_) changed_->set();
}

void crew::cancel() {
  cancelled_ = true;
  jobs_.clear();
  for (auto& one : sessions_) one->cancel();
}

net::task<> crew::close() {
  for (auto& one : sessions_) co_await one->close();
}

net::task<result<void>> crew::enter(session& s) {
  retry more(s);
  for (auto ok = co_await s.recover();; ok = co_await s.recover()) {
    if (ok) co_return ok;
    const bool again = co_await more.again(ok.error());
    if (!again) co_return ok;
  }
}

// The first alone: what keeps it out would keep out all of them.
net::task<result<void>> crew::run() {
  failure_.reset();
  if (jobs_.empty()) co_return result<void>{};
  if (auto in = co_await enter(first()); !in) {
    jobs_.clear();
    co_return in;
  }
  std::vector<bool> at_work(limit_, false);
  for (;;) {
    net::event changed(on());
    changed_ = &changed;
    for (std::size_t i = 0; i < limit_ && i < at_work.size() && !jobs_.empty() && running_ <= jobs_.size(); ++i) {
      if (at_work[i]) continue;
      at_work[i] = true;
      ++running_;
      on().spawn([](crew& self, std::size_t index, std::vector<bool>& working) -> net::task<> {
        co_await self.work(index);
        working[index] = false;
        --self.running_;
        if (self.changed_) self.changed_->set();
      }(*this, i, at_work));
    }
    if (running_ == 0 && jobs_.empty()) break;
    co_await changed.wait();
    changed_ = nullptr;
  }
  changed_ = nullptr;
  if (failure_) co_return std::unexpected(*failure_);
  if (cancelled_) co_return fail("session.cancelled", "it was stopped");
  co_return result<void>{};
}

// Whether this session may leave the work to others: the server takes fewer than were tried.
bool crew::retire(const error& why) {
  if (running_ < 2) return false;
  limit_ = std::max(1u, std::min(limit_ - 1, static_cast<unsigned>(running_ - 1)));
  around_.watch.note(limit_, "the server takes no more connections: " + why.cause);
  return true;
}

net::task<> crew::work(std::size_t index) {
  if (jobs_.empty()) co_return;  // another was quicker
  auto& s = member(index);
  if (!s.usable()) {
    auto in = co_await s.recover();
    if (!in && running_ < 2) in = co_await enter(s);
    if (!in) {
      if (retire(in.error())) co_return;
      failure_ = in.error();
      jobs_.clear();
      co_return;
    }
  }
  while (!jobs_.empty() && !cancelled_) {
    auto work = std::move(jobs_.front());
    jobs_.pop_front();
    s.more_follows = !jobs_.empty();
    auto done = co_await work(s);
    if (!done && no_room(done.error()) && retire(done.error())) {
      jobs_.push_front(std::move(work));
      break;
    }
  }
  s.more_follows = false;
}

net::task<result<tree>> walk(crew& c, std::string folder, std::function<bool(const std::string& path)> enter) {
  tree out;
  std::optional<error> failed;
  std::function<void(std::string, std::size_t)> look = [&](std::string at, std::size_t depth) {
    c.add([&, at, depth](session& s) -> net::task<result<void>> {
      if (failed) co_return result<void>{};
      std::string where = folder;
      if (!at.empty()) where = join(folder, at);
      s.many = s.many || depth > 0;
      result<folder_listing> here;
      retry more(s);
      for (bool again = true; again;) {
        here = co_await list(s, where);
        again = false;
        if (!here) again = co_await more.again(here.error());
      }
      if (!here) {
        failed = here.error();
        co_return std::unexpected(here.error());
      }
      for (auto& name : here->rejected) out.rejected.push_back(join(at, name));
      out.not_understood += here->not_understood;
      for (auto& one : here->entries) {
        auto path = join(at, one.name);
        const bool deeper = one.kind == proto::entry_kind::directory && (!enter || enter(path));
        if (deeper && depth < limit::remote_depth) look(path, depth + 1);
        if (deeper && depth >= limit::remote_depth)
          failed = error{"listing.too_large", "the tree is deeper than anything honest", {}};
        out.entries.push_back({std::move(path), std::move(one)});
      }
      if (out.entries.size() > limit::remote_entries)
        failed = error{"listing.too_large", "the tree is larger than anything honest", {}};
      co_return result<void>{};
    });
  };
  look("", 0);
  auto done = co_await c.run();
  if (!done) co_return std::unexpected(done.error());
  if (failed) co_return std::unexpected(*failed);
  std::ranges::sort(out.entries, {}, &found::path);
  co_return out;
}

}  // namespace ferry::client
