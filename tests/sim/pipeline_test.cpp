// Many files over one kept data connection, one behind the other, between ferry's own client and server: whatever fails
// in the middle, what is said to be done is so, and both ends stay in step.
#include <gtest/gtest.h>

#include <map>

#include "client/crew.hpp"
#include "client/limits.hpp"
#include "sim/replay.hpp"
#include "sim/world.hpp"
#include "storage/memory/memory_storage.hpp"

namespace ferry::sim {
namespace {

using pieces = net::fault_plan::pieces;

class only_addresses : public client::resolver {
 public:
  net::task<result<std::vector<net::address>>> resolve(std::string host, time_point) override {
    co_return fail("resolve.failed", host);
  }
};

class counting : public client::observer {
 public:
  explicit counting(world& in) : in_(in) {}
  void command(unsigned session, std::string_view line) override {
    in_.note(session, "> " + std::string(line));
    modes += line == "MODE B";
    aborts += line == "ABOR";
  }
  void reply(unsigned session, const proto::reply& what) override {
    in_.note(session, "< " + std::to_string(what.code) + " " + what.text());
  }
  void data_opened(unsigned, const client::data_facts& what) override { ++(what.kept ? kept : made); }
  void file_started(unsigned, const client::file_facts&, const transfer::progress&) override { ++started; }
  void file_ended(unsigned session, const client::file_facts& what, const error* why) override {
    in_.note(session, what.remote + ": " + (why ? std::string(why->id) + " " + why->cause : "done"));
    ++ended;
  }
  void retrying(unsigned session, const error& why, unsigned, std::chrono::milliseconds) override {
    in_.note(session, "again: " + std::string(why.id) + " " + why.cause);
    ++retries;
  }

  unsigned made = 0, kept = 0, started = 0, ended = 0, retries = 0, modes = 0, aborts = 0;

 private:
  world& in_;
};

struct plan {
  std::vector<std::string> contents;
  client::settings how;
  std::optional<duration> stop_after;  // as Ctrl-C does; then all of it again
};

struct outcome {
  unsigned put = 0, got = 0;
  std::uint64_t operations = 0, storage = 0;
  unsigned made = 0, kept = 0, retries = 0, modes = 0, aborts = 0;
  duration took{}, sending{};
};

// Sends files, some to a folder that is not there, and fetches them, some under names that are not there.
class user {
 public:
  user(world& in, const plan& what, outcome& out)
      : watch(in),
        in_(in),
        plan_(what),
        out_(out),
        crew_({in.on, in.through, names_, watch, ways_}, where(in), what.how) {}

  net::task<> visit() {
    co_await prepare();
    const auto began = in_.on.now();
    if (plan_.stop_after) in_.on.spawn(stop());
    auto sent = co_await put();
    if (stopped_) {
      for (unsigned i = 0; i < plan_.how.connections; ++i) crew_.first().resume();
      sent = co_await put();
    }
    out_.sending = in_.on.now() - began;
    auto got = co_await get();
    if (std::exchange(stopped_, false) || crew_.first().cancelled()) {
      crew_.first().resume();
      got = co_await get();
    }
    over_ = true;
    out_.took = in_.on.now() - began;
    out_.put = sent;
    out_.got = got;
    co_await crew_.close();
    EXPECT_EQ(watch.started, watch.ended);
  }

  counting watch;

 private:
  static client::site where(const world& in) {
    return {.host = in.service.address().to_string(), .user = "visitor", .password = "secret"};
  }
  static std::string name(std::size_t i) { return "f" + std::to_string(i); }
  static bool fails(std::size_t i) { return i % 5 == 3; }

  net::task<> stop() {
    co_await in_.on.sleep(*plan_.stop_after);
    if (over_) co_return;
    stopped_ = true;
    in_.note(1, "stopped");
    crew_.first().cancel();
  }

  net::task<> prepare() {
    for (std::size_t i = 0; i < plan_.contents.size(); ++i) {
      const storage::create_options fresh;
      const auto mine = storage::path().child(name(i));
      auto sink = co_await disk_->create(mine, fresh);
      auto written = co_await (*sink)->write(plan_.contents[i]);
      auto published = co_await (*sink)->commit();
      in_.was_sent_whole(plan_.contents[i]);
    }
  }

  net::task<unsigned> put() {
    std::vector<client::upload> files;
    for (std::size_t i = 0; i < plan_.contents.size(); ++i) {
      files.push_back({storage::path().child(name(i)), name(i)});
      if (fails(i)) files.push_back({storage::path().child(name(i)), "missing/" + name(i)});
    }
    auto done = co_await client::put_many(crew_, *disk_, files);
    unsigned count = 0;
    for (std::size_t i = 0; i < done.size(); ++i) {
      const auto& remote = files[i].remote;
      EXPECT_TRUE(done[i].failed || !remote.starts_with("missing")) << remote;
      if (done[i].failed) continue;
      ++count;
      const auto index = std::stoul(remote.substr(1));
      auto there = co_await in_.content("/" + remote);
      EXPECT_TRUE(there == plan_.contents[index]) << "put says done: " << remote;
    }
    co_return count;
  }

  net::task<unsigned> get() {
    std::vector<client::download> files;
    for (std::size_t i = 0; i < plan_.contents.size(); ++i) {
      client::get_options how;
      if (i % 2 == 0) how.known = client::entry{.name = name(i), .size = plan_.contents[i].size()};
      files.push_back({name(i), storage::path().child("g" + name(i)), how});
      if (fails(i)) how.known = client::entry{.name = "missing", .size = 5};
      if (fails(i)) files.push_back({"missing" + name(i), storage::path().child("missing"), how});
    }
    std::map<std::string, std::optional<std::string>> there;
    for (const auto& each : files) there[each.remote] = co_await in_.content("/" + each.remote);
    auto done = co_await client::get_many(crew_, *disk_, files);
    unsigned count = 0;
    for (std::size_t i = 0; i < done.size(); ++i) {
      EXPECT_TRUE(done[i].failed || there[files[i].remote]) << files[i].remote;
      if (done[i].failed) continue;
      ++count;
      auto file = co_await disk_->open(files[i].to);
      EXPECT_TRUE(file);
      if (!file) continue;
      std::string bytes((*file)->about().size, '\0');
      auto read = co_await (*file)->read(0, bytes);
      EXPECT_TRUE(read && bytes == there[files[i].remote]) << "get says done: " << files[i].remote;
    }
    co_return count;
  }

  world& in_;
  const plan& plan_;
  outcome& out_;
  bool stopped_ = false, over_ = false;
  only_addresses names_;
  client::routes ways_;
  std::unique_ptr<storage::storage> disk_ = storage::open_memory(storage::make_memory_tree());
  client::crew crew_;
};

std::string content_of(std::size_t size) {
  std::string out = std::to_string(size) + ": ";
  while (out.size() < size) out += static_cast<char>('a' + out.size() * 7 % 26);
  out.resize(size);
  return out;
}

plan files_of(std::initializer_list<std::size_t> sizes) {
  plan out;
  for (auto size : sizes) out.contents.push_back(content_of(size));
  out.how.verify = client::verification::size;
  return out;
}

const plan small = files_of({1000, 0, 3, 70'000, 500, 501, 502, 503, 504, 505, 506, 507});
// Some go in stream mode, in between.
const plan mixed = files_of({10, limit::in_blocks + 1, 20, 30, limit::in_blocks + 2, 40});

outcome play(const plan& what, world_plan in) {
  outcome out;
  world here(std::move(in));
  user who(here, what, out);
  here.plan_visit(who.visit());
  here.run();
  out.operations = here.through.operations();
  out.storage = here.storage_operations();
  out.made = who.watch.made;
  out.kept = who.watch.kept;
  out.retries = who.watch.retries;
  out.modes = who.watch.modes;
  out.aborts = who.watch.aborts;
  return out;
}

constexpr std::size_t window = 200'000;

TEST(pipeline, one_data_connection_serves_all) {
  const auto done = play(small, {.network{.window = window}});
  EXPECT_EQ(done.put, small.contents.size());
  EXPECT_EQ(done.got, small.contents.size());
  EXPECT_EQ(done.retries, 0u);
  EXPECT_EQ(done.modes, 1u);
  EXPECT_EQ(done.made, 1u);
  EXPECT_GT(done.kept, 2 * small.contents.size());
}

TEST(pipeline, many_files_cost_no_round_trips) {
  plan many;
  for (std::size_t i = 0; i < 500; ++i) many.contents.push_back(content_of(100 + i));
  many.how.verify = client::verification::size;
  const auto done = play(many, {.network{.latency = 50ms, .window = window}});
  EXPECT_EQ(done.put, 500u);
  EXPECT_EQ(done.got, 500u);
  // A round trip is 100 ms.
  EXPECT_LT(done.sending, 500 * 100ms / 10);
  EXPECT_LT(done.took - done.sending, 500 * 100ms / 20);
}

TEST(pipeline, large_files_between_small_ones) {
  const auto done = play(mixed, {.network{.window = window}});
  EXPECT_EQ(done.put, mixed.contents.size());
  EXPECT_EQ(done.got, mixed.contents.size());
  EXPECT_EQ(done.retries, 0u);
}

TEST(pipeline, every_mode_and_setting) {
  for (auto mode : {client::data_mode::stream, client::data_mode::block, client::data_mode::deflate}) {
    for (auto ahead : {client::settings::pipelines::off, client::settings::pipelines::on}) {
      for (const auto* each : {&small, &mixed}) {
        auto what = *each;
        what.how.mode = mode;
        what.how.pipelining = ahead;
        const auto done = play(what, {.network{.window = window}});
        EXPECT_EQ(done.put, what.contents.size());
        EXPECT_EQ(done.got, what.contents.size());
        EXPECT_EQ(done.retries, 0u);
        EXPECT_EQ(done.modes, mode == client::data_mode::block ? 1u : 0u);
      }
    }
  }
}

TEST(pipeline, as_text) {
  auto what = small;
  what.how.type = client::representation::ascii;
  for (auto& each : what.contents) each.insert(0, "one\ntwo\n");
  EXPECT_EQ(play(what, {}).got, what.contents.size());
}

class pipeline_fails : public testing::TestWithParam<const plan*> {};
INSTANTIATE_TEST_SUITE_P(with, pipeline_fails, testing::Values(&small, &mixed),
                         [](const auto& tried) { return tried.param == &small ? "small_files" : "mixed_files"; });

TEST_P(pipeline_fails, at_every_step_of_the_network) {
  const auto untouched = play(*GetParam(), {.network{.window = window}});
  std::size_t done = 0, runs = 0;
  for (std::uint64_t at = 1; at <= untouched.operations; ++at, ++runs) {
    SCOPED_TRACE(at);
    const auto now = play(*GetParam(), {.network{.window = window, .fail_at = at}});
    done += now.put + now.got;
    if (HasFailure()) return;
  }
  EXPECT_GT(done, runs * (untouched.put + untouched.got) * 99 / 100);  // another try heals nearly everything
}

TEST_P(pipeline_fails, at_every_step_of_the_servers_storage) {
  const auto untouched = play(*GetParam(), {.network{.window = window}});
  for (std::uint64_t at = 1; at <= untouched.storage; ++at) {
    SCOPED_TRACE(at);
    const auto now = play(*GetParam(), {.network{.window = window}, .storage_fails_at = at});
    EXPECT_GE(now.put + now.got + 2, untouched.put + untouched.got);
    if (HasFailure()) return;
  }
}

// With Ctrl-C at any time, both ends can go on over the same connections.
TEST_P(pipeline_fails, stopped_at_any_time) {
  auto what = *GetParam();
  const net::fault_plan slow{.seed = 1, .delay = 20ms, .window = 30'000};
  const auto untouched = play(what, {.network = slow});
  unsigned aborts = 0;
  for (duration at{}; at < untouched.took; at += untouched.took / 100) {
    SCOPED_TRACE(std::chrono::duration<double>(at).count());
    what.stop_after = at;
    const auto now = play(what, {.network = slow});
    aborts += now.aborts;
    EXPECT_EQ(now.got, untouched.got);
    if (HasFailure()) return;
  }
  // In stream mode, what was asked for the next file stands before ABOR: the connection ends instead.
  EXPECT_GE(aborts, GetParam() == &small ? 10u : 0u);
}

TEST_P(pipeline_fails, on_a_full_disk) {
  std::uint64_t all = 0;
  for (const auto& each : GetParam()->contents) all += each.size();
  for (unsigned part = 0; part < 10; ++part) {
    const auto now = play(*GetParam(), {.network{.window = window}, .capacity = all * part / 10});
    EXPECT_EQ(now.put, now.got);
    EXPECT_LT(now.put, GetParam()->contents.size());
    if (HasFailure()) return;
  }
}

TEST_P(pipeline_fails, where_the_server_stops) {
  const net::fault_plan slow{.seed = 1, .delay = 20ms, .window = 30'000};
  const auto untouched = play(*GetParam(), {.network = slow});
  for (duration at{}; at < untouched.took; at += untouched.took / 40) {
    play(*GetParam(), {.network = slow, .stops_after = at});
    if (HasFailure()) return;
  }
}

TEST(random_pipelines, say_what_is_so) {
  const auto first = wanted.seed.value_or(0);
  const auto count = wanted.seed ? 1 : wanted.seeds / 4;
  for (auto seed = first; seed < first + count; ++seed) {
    auto what = seed % 3 == 0 ? mixed : small;
    what.how.connections = seed % 4 == 0 ? 3 : 1;
    if (seed % 2 == 0) what.how.verify = client::verification::automatic;
    play(what, {.network{.seed = seed,
                         .split = seed % 3 != 0 && seed % 5 == 0 ? pieces::bytes : pieces::random,
                         .delay = 300ms,
                         .window = seed % 2 == 0 ? window : 1000,
                         .resets = seed % 3 == 0 ? 0u : 1u,
                         .refused = seed % 2 == 0 ? 0u : 100u,
                         .lost = seed % 5 == 0 ? 100u : 0u},
                .storage_faults = seed % 7 == 0 ? 30u : 0u});
    if (HasFailure()) FAIL() << "replay it with sim_test --gtest_filter='random_pipelines*' --seed=" << seed;
  }
}

}  // namespace
}  // namespace ferry::sim
