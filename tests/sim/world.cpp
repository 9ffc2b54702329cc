#include "sim/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/memory/memory_storage.hpp"

namespace ferry::sim {
namespace {

// Everyone may do everything, if the password is right.
class one_password : public accounts::directory {
 public:
  std::shared_ptr<const accounts::account> admits(std::string_view, const accounts::certificate&) const override {
    return nullptr;
  }
  bool open_to(std::string_view) const override { return false; }
  net::task<result<std::shared_ptr<const accounts::account>>> login(net::loop&, std::string user, std::string password,
                                                                    accounts::caller) override {
    if (password != "secret") co_return fail("accounts.refused", "the login was refused");
    co_return std::make_shared<accounts::account>(
        accounts::account{.name = std::move(user), .root = {}, .allow = accounts::rights::all(), .rules = {}});
  }
};

// Who came has left.
class counting_journal : public server::journal {
 public:
  ~counting_journal() override { EXPECT_EQ(inside_, 0); }
  void note(std::string_view) override {}
  void connected(const server::session_facts&) override { ++inside_; }
  void logged_in(const server::session_facts&) override {}
  void transferred(const server::session_facts&, const server::transfer_facts& what) override {
    EXPECT_EQ(what.code >= 400, !what.error.empty());
  }
  void refused(const server::session_facts&, server::refusal, std::string_view, std::string_view) override {}
  void changed(const server::session_facts&, std::string_view, std::string_view) override {}
  void closed(const server::session_facts&, std::string_view) override { --inside_; }

 private:
  int inside_ = 0;
};

// The longest that a session may go on when nobody talks to it any more: a transfer that stalls, its reply, the
// silence, the goodbye.
duration longest(const limits& of) {
  return of.data_open + of.stalled + of.list_time + of.idle + of.reply_write * 2 + 1min;
}

}  // namespace

world::world(world_plan plan)
    : through(on, plan.network),
      plan_(std::move(plan)),
      random_(plan_.network.seed),
      tree_(storage::make_memory_tree(
          {.capacity = plan_.capacity, .fault = [this](auto&&...) { return storage_fault(); }, .now = {}})),
      open_([this](net::loop&, const accounts::account&) { return storage::open_memory(tree_); }),
      accounts_(std::make_unique<one_password>()),
      journal_(std::make_unique<counting_journal>()) {
  how_.listen = {{.at = service}};
  how_.durability = storage::durability::none;
}

world::~world() {
  workers.join();
  if (!testing::Test::HasFailure()) return;
  const std::size_t last = 60;
  for (std::size_t i = notes_.size() - std::min(notes_.size(), last); i < notes_.size(); ++i) {
    fmt::print(stderr, "{}\n", notes_[i]);
  }
}

void world::note(unsigned visitor, const std::string& line) {
  constexpr std::size_t shown = 120;
  const auto at = std::chrono::duration<double>(on.now().time_since_epoch()).count();
  notes_.push_back(fmt::format("{:12.3f} {}: {}", at, visitor, line.substr(0, std::min(line.find('\r'), shown))));
}

std::optional<error> world::storage_fault() {
  if (calm_) return std::nullopt;
  const bool strikes = ++storage_operations_ == plan_.storage_fails_at || random_() % 1000 < plan_.storage_faults;
  if (!strikes) return std::nullopt;
  return error{"storage.failed", "the disk is broken", {}, std::errc::io_error};
}

bool world::serves(const net::address& whom) const {
  return std::ranges::any_of(sessions_, [&](server::session* each) { return each->peer().address() == whom; });
}

void world::run() {
  visiting_ = visits_.size();
  on.spawn(accept());
  on.spawn(watch());
  for (auto& each : visits_) on.spawn(accompany(std::move(each)));
  if (plan_.stops_after) on.spawn(stop(*plan_.stops_after));
  on.simulate();
  EXPECT_TRUE(on.context().stopped()) << "a coroutine waits for ever";
  EXPECT_TRUE(sessions_.empty());
  EXPECT_EQ(through.connections(), 0u);
  EXPECT_LE(last_served_ - last_left_, longest(how_.limit));
  on.spawn(look_at_the_end());
  on.simulate();
}

net::task<> world::accept() {
  auto made = through.listen(service, {.control = true});
  if (!made) co_return;
  ear_ = std::move(*made);
  while (visiting_ > 0) {
    auto next = ear_->try_accept();
    if (next && *next) {
      on.spawn(serve(std::move(*next)));
    } else {
      co_await ear_->ready(time_point::max());
    }
  }
  ear_.reset();
}

net::task<> world::serve(std::unique_ptr<net::stream> control) {
  {
    server::session visit(on, through, std::move(control), around_, ++last_id_, how_.listen.front());
    sessions_.insert(&visit);
    co_await visit.run();
    sessions_.erase(&visit);
  }
  last_served_ = on.now();
}

net::task<> world::accompany(net::task<> visit) {
  co_await on.yield();  // the server listens
  co_await std::move(visit);
  last_left_ = on.now();
  if (--visiting_ == 0 && ear_) ear_->cancel();
}

// As a door does.
net::task<> world::stop(duration after) {
  co_await on.sleep(after);
  for (auto* each : sessions_) each->stop();
  co_await on.sleep(how_.limit.stop);
  for (auto* each : sessions_) each->abandon();
}

net::task<> world::watch() {
  while (visiting_ > 0) {
    co_await look_for_halves();
    co_await on.sleep(7s);
  }
}

net::task<> world::look_for_halves() {
  const auto all = co_await everything();
  for (const auto& [path, content] : all) {
    if (path.starts_with("/inplace")) continue;
    EXPECT_TRUE(whole_.contains(content)) << path << " has " << content.size() << " bytes that nobody sent as a file";
  }
}

net::task<> world::look_at_the_end() {
  co_await look_for_halves();
  const auto all = co_await everything();
  std::uint64_t bytes = 0;
  for (const auto& [path, content] : all) bytes += content.size();
  EXPECT_EQ(tree_->used(), bytes) << "unfinished uploads are kept";
}

net::task<world::snapshot> world::everything() {
  const auto files = storage::open_memory(tree_);
  const storage::path top;
  snapshot out;
  calm_ = true;
  co_await describe(*files, top, out);
  calm_ = false;
  co_return out;
}

net::task<std::optional<std::string>> world::content(std::string path) {
  const auto all = co_await everything();
  auto found = all.find(path);
  if (found == all.end()) co_return std::nullopt;
  co_return found->second;
}

net::task<> world::describe(storage::storage& all, storage::path at, snapshot& into) {
  auto listing = co_await all.list(at);
  std::vector<storage::entry> batch;
  for (;;) {
    auto more = co_await (*listing)->next(batch);
    if (!*more) co_return;
    for (const auto& each : batch) {
      auto path = at.child(each.name);
      if (each.facts.type == storage::kind::directory) co_await describe(all, path, into);
      if (each.facts.type != storage::kind::file) continue;
      auto file = co_await all.open(path);
      std::string bytes(each.facts.size, '\0');
      auto count = co_await (*file)->read(0, bytes);
      EXPECT_EQ(count.value_or(0), bytes.size());
      into.emplace(path.text(), std::move(bytes));
    }
  }
}

}  // namespace ferry::sim
