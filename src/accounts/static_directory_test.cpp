#include "accounts/static_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <thread>

#include "accounts/limits.hpp"

namespace ferry::accounts {
namespace {

using outcome = result<std::shared_ptr<const account>>;

const caller nobody;

// Counts what it is asked; the right password is the hash without its "$".
struct counting_verifier {
  std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>();
  bool operator()(const std::string& hash, const std::string& password) const {
    ++*calls;
    return hash == "$" + password;
  }
};

user someone(std::string name, std::string hash) {
  user out;
  out.who.name = std::move(name);
  out.who.root = "/srv/" + out.who.name;
  out.hash = std::move(hash);
  return out;
}

account guests() {
  account out;
  out.name = "anonymous";
  out.anonymous = true;
  out.allow = rights::read_only();
  return out;
}

class static_directory_test : public testing::Test {
 protected:
  outcome login(std::string name, std::string password) {
    net::loop on(workers_);
    outcome out;
    on.spawn([](auto& from, auto& loop, auto user, auto secret, auto& into) -> net::task<> {
      into = co_await from.login(loop, user, secret, nobody);
    }(directory_, on, std::move(name), std::move(password), out));
    on.run();
    return out;
  }

  net::asio::thread_pool workers_{2};
  counting_verifier verify_;
  static_directory directory_{
      {someone("alice", "$wonder"), someone("bob", "!$builder"), someone("ftp", "$real")}, guests(), 2, verify_};
};

TEST_F(static_directory_test, the_right_password_comes_in) {
  auto got = login("alice", "wonder");
  ASSERT_TRUE(got);
  EXPECT_EQ((*got)->name, "alice");
  EXPECT_EQ((*got)->root, "/srv/alice");
  EXPECT_EQ(*verify_.calls, 1);
}

TEST_F(static_directory_test, every_refusal_is_the_same_and_costs_one_verification) {
  const std::string names[] = {
      "alice", "Alice", "alice ", "nobody", "bob", "", std::string("alice\0", 6), "ali\nce", std::string(256, 'a')};
  auto wrong = login("alice", "nope");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().id, "accounts.refused");
  for (const auto& name : names) {
    for (auto password : {std::string("nope"), std::string(), std::string("builder"), std::string("!$builder"),
                          std::string(512, 'x'), std::string("wonder\0", 7), std::string("-")}) {
      int before = *verify_.calls;
      auto got = login(name, password);
      ASSERT_FALSE(got) << name;
      EXPECT_EQ(got.error(), wrong.error()) << name;
      EXPECT_EQ(*verify_.calls, before + 1) << name;
    }
  }
}

TEST_F(static_directory_test, a_user_that_is_not_there_does_not_come_in_with_the_password_of_its_decoy) {
  for (auto password : {"wonder", "real", "-"}) EXPECT_FALSE(login("nobody", password));
}

TEST_F(static_directory_test, anonymous_comes_in_unless_a_user_has_that_name) {
  EXPECT_TRUE(directory_.open_to("anonymous"));
  EXPECT_FALSE(directory_.open_to("ftp"));
  EXPECT_FALSE(directory_.open_to("ANONYMOUS"));
  EXPECT_FALSE(directory_.open_to("alice"));
  auto got = login("anonymous", "");
  ASSERT_TRUE(got);
  EXPECT_TRUE((*got)->anonymous);
  EXPECT_EQ(*verify_.calls, 0);
  EXPECT_FALSE(login("ftp", "guest@"));
  EXPECT_TRUE(login("ftp", "real"));
}

TEST_F(static_directory_test, without_anonymous_its_names_are_unknown) {
  static_directory closed({someone("alice", "$wonder")}, std::nullopt, 2, verify_);
  EXPECT_FALSE(closed.open_to("anonymous"));
  EXPECT_FALSE(closed.open_to("ftp"));
}

TEST(static_directory, a_certificate_lets_in_whose_it_is) {
  const std::string key = "sha256//alices", another = "sha256//bobs";
  auto alice = someone("alice", "");
  alice.certificates = {"alice of ferry", key};
  auto bob = someone("bob", "$builder");
  bob.certificates = {"bob", another};
  auto locked = someone("locked", "!$x");
  locked.certificates = {"locked"};
  auto careless = someone("careless", "$x");
  careless.certificates = {""};
  static_directory all({alice, bob, locked, careless, someone("carol", "$x")}, guests(), 2, counting_verifier{});
  const auto admitted = [&](std::string_view user, const certificate& shown) {
    auto who = all.admits(user, shown);
    if (who) EXPECT_EQ(who->name, user);
    return who != nullptr;
  };
  EXPECT_TRUE(admitted("alice", {.name = "alice of ferry", .key = "sha256//new"}));
  EXPECT_TRUE(admitted("alice", {.name = "", .key = key}));
  EXPECT_TRUE(admitted("bob", {.name = "bob", .key = key}));
  for (const auto* user : {"alice", "bob", "carol", "locked", "careless", "anonymous", "ftp", "nobody", ""}) {
    EXPECT_FALSE(admitted(user, {})) << user;
    EXPECT_FALSE(admitted(user, {.name = "mallory", .key = "sha256//mallorys"})) << user;
    EXPECT_FALSE(admitted(user, {.name = another, .key = ""})) << user;  // a name may look like a key
  }
  EXPECT_FALSE(admitted("alice", {.name = "bob", .key = another}));
  EXPECT_FALSE(admitted("alice", {.name = "alice", .key = {}}));
  EXPECT_FALSE(admitted("carol", {.name = "carol", .key = {}}));
  EXPECT_FALSE(admitted("locked", {.name = "locked", .key = {}}));
}

TEST_F(static_directory_test, without_a_hash_no_password_is_right) {
  counting_verifier verify;
  net::asio::thread_pool workers(2);
  static_directory all({someone("alice", ""), someone("bob", "$builder")}, {}, 2, verify);
  net::loop on(workers);
  for (const std::string password : {"", "wonder", "builder"}) {
    on.spawn([](auto& from, auto& loop, auto secret) -> net::task<> {
      const std::string user = "alice";
      auto got = co_await from.login(loop, user, secret, nobody);
      EXPECT_EQ(got.error().id, "accounts.refused");
    }(all, on, password));
  }
  on.run();
  EXPECT_EQ(*verify.calls, 3);  // refusals cost what they cost everybody
}

TEST(static_directory, an_empty_password_opens_nothing_even_if_its_hash_says_so) {
  net::asio::thread_pool workers{1};
  static_directory directory({someone("alice", "$")}, std::nullopt, 1, counting_verifier{});
  net::loop on(workers);
  outcome got;
  on.spawn([](auto& from, auto& loop, auto& into) -> net::task<> {
    into = co_await from.login(loop, "alice", "", nobody);
  }(directory, on, got));
  on.run();
  EXPECT_FALSE(got);
}

TEST(static_directory, real_hashes_verify_on_a_worker) {
  net::asio::thread_pool workers{1};
  auto hash = make_hash("wonder");
  ASSERT_TRUE(hash);
  static_directory directory({someone("alice", *hash)}, std::nullopt, 1);
  net::loop on(workers);
  outcome right, wrong;
  on.spawn([](auto& from, auto& loop, auto& a, auto& b) -> net::task<> {
    a = co_await from.login(loop, "alice", "wonder", nobody);
    b = co_await from.login(loop, "alice", "blunder", nobody);
  }(directory, on, right, wrong));
  on.run();
  EXPECT_TRUE(right);
  EXPECT_FALSE(wrong);
}

TEST(static_directory, never_more_checks_at_once_than_allowed_over_all_loops) {
  constexpr int allowed = 3, loops = 3, logins = 60;
  std::atomic<int> now = 0, most = 0, refused = 0;
  net::asio::thread_pool workers{8};
  static_directory directory({someone("alice", "$wonder")}, std::nullopt, allowed, [&](const auto&, const auto&) {
    int running = ++now;
    for (int seen = most; running > seen && !most.compare_exchange_weak(seen, running);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --now;
    return false;
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < loops; ++i) {
    threads.emplace_back([&] {
      net::loop on(workers);
      for (int each = 0; each < logins; ++each) {
        on.spawn([](auto& from, auto& loop, auto& count) -> net::task<> {
          if (!co_await from.login(loop, "alice", "x", nobody)) ++count;
        }(directory, on, refused));
      }
      on.run();
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(refused, loops * logins);
  EXPECT_LE(most, allowed);
  EXPECT_GE(most, 1);
}

// A verifier that tells whose turn it was.
class round_of_peers : public testing::Test {
 protected:
  // Begins a login that waits behind the one that is being checked.
  void queue(const std::string& from, std::string password, std::function<bool()> waits = {}) {
    caller who{net::asio::ip::make_address(from), std::move(waits)};
    on_.spawn([](round_of_peers& self, std::string secret, caller whose) -> net::task<> {
      auto got = co_await self.directory_.login(self.on_, "alice", secret, whose);
      self.outcomes_[secret] = got ? "in" : std::string(got.error().id);
    }(*this, std::move(password), std::move(who)));
    on_.context().restart();
    on_.context().poll();
  }
  void run() {
    go_ = true;
    go_.notify_all();
    on_.context().restart();
    on_.run();
  }

  std::atomic<bool> go_ = false;
  std::vector<std::string> order_;
  std::map<std::string, std::string> outcomes_;
  net::asio::thread_pool workers_{2};
  net::loop on_{workers_};
  static_directory directory_{
      {someone("alice", "$wonder")}, std::nullopt, 1, [this](const auto&, const std::string& password) {
        go_.wait(false);
        order_.push_back(password);
        return true;
      }};
};

TEST_F(round_of_peers, each_has_its_turn) {
  for (auto who : {"a1", "a2", "a3", "a4"}) queue("192.0.2.1", who);
  for (auto who : {"b1", "b2"}) queue("2001:db8::1", who);
  queue("2001:db8::ffff", "b3");
  queue("198.51.100.7", "c1");
  run();
  EXPECT_EQ(order_, (std::vector<std::string>{"a1", "a2", "c1", "b1", "a3", "b2", "a4", "b3"}));
}

TEST_F(round_of_peers, who_fills_the_queue_gives_way_to_others) {
  queue("192.0.2.1", "first");
  for (std::size_t i = 0; i < limit::logins_waiting; ++i) queue("192.0.2.1", "a" + std::to_string(i));
  queue("192.0.2.1", "one more");
  EXPECT_EQ(outcomes_["one more"], "accounts.busy");
  queue("198.51.100.7", "other");
  EXPECT_FALSE(outcomes_.contains("other"));
  run();
  EXPECT_EQ(outcomes_["other"], "in");
  EXPECT_LE(std::ranges::find(order_, "other") - order_.begin(), 2);
  EXPECT_EQ(outcomes_["a" + std::to_string(limit::logins_waiting - 1)], "accounts.busy");
  EXPECT_EQ(outcomes_["a" + std::to_string(limit::logins_waiting - 2)], "in");
}

TEST_F(round_of_peers, nothing_is_checked_for_who_has_left) {
  queue("192.0.2.1", "first");
  bool there = true;
  for (auto who : {"a1", "a2", "a3"}) queue("192.0.2.1", who, [&] { return there; });
  queue("198.51.100.7", "other");
  there = false;
  run();
  EXPECT_EQ(order_, (std::vector<std::string>{"first", "other"}));
  EXPECT_EQ(outcomes_["a2"], "accounts.busy");
}

TEST_F(round_of_peers, a_turn_that_does_not_come_is_given_up) {
  queue("192.0.2.1", "first");
  queue("192.0.2.1", "late");
  on_.skip(limit::login_wait);
  on_.context().restart();
  on_.context().poll();
  EXPECT_EQ(outcomes_["late"], "accounts.busy");
  queue("192.0.2.1", "in time");
  run();
  EXPECT_EQ(order_, (std::vector<std::string>{"first", "in time"}));
}

}  // namespace
}  // namespace ferry::accounts
