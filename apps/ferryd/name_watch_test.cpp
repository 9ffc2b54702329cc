#include "ferryd/name_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "ferryd/test_support/process.hpp"
#include "ferryd/test_support/run_test.hpp"
#include "support/wire.hpp"

namespace ferry::ferryd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// What a watch has told, as "name=address" and "name!why".
class told {
 public:
  name_watch::listener listener() {
    return [this](const std::string& name, const result<net::address>& what) {
      std::lock_guard hold(mutex_);
      lines_.push_back(what ? name + "=" + what->to_string() : name + "!" + what.error().cause);
      changed_.notify_all();
    };
  }
  // The first `count` lines.
  std::vector<std::string> first(std::size_t count) {
    std::unique_lock hold(mutex_);
    changed_.wait_for(hold, 20s, [&] { return lines_.size() >= count; });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// The first line of the file of that name is its address.
class watched : public run_test {
 protected:
  std::string file(const std::string& name) const { return std::string(folder_) + "/" + name; }
  void set(const std::string& name, const std::string& address) const {
    std::ofstream(file(name + ".new")) << address;
    std::filesystem::rename(file(name + ".new"), file(name));
  }
  name_manner by_files() const {
    return {.look_up = [this](const std::string& name) -> result<net::address> {
              std::ifstream in(file(name));
              std::string text;
              if (!(in >> text)) return fail("names.lookup", "no such file");
              return net::asio::ip::make_address(text);
            },
            .again = 10ms,
            .retry = 10ms};
  }
};

TEST_F(watched, names_are_told_again_when_they_change) {
  set("a", "192.0.2.1");
  told all;
  auto watch = name_watch::start({"a", "b"}, std::nullopt, by_files());
  ASSERT_TRUE(watch) << watch.error().cause;
  (*watch)->tell(all.listener());
  EXPECT_THAT(all.first(2), testing::ElementsAre("a=192.0.2.1", "b!no such file"));
  set("b", "192.0.2.2");
  EXPECT_THAT(all.first(3).back(), "b=192.0.2.2");
  set("a", "192.0.2.3");
  EXPECT_THAT(all.first(4).back(), "a=192.0.2.3");
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(all.first(4).size(), 4u) << "what stays is not told again";
}

TEST_F(watched, a_process_that_ends_is_told_of) {
  told all;
  set("a", "192.0.2.1");
  auto watch = name_watch::start({"a"}, std::nullopt, by_files());
  ASSERT_TRUE(watch);
  (*watch)->tell(all.listener());
  all.first(1);
  ::kill((*watch)->process(), SIGKILL);
  EXPECT_THAT(all.first(2).back(), HasSubstr("has ended"));
}

TEST_F(watched, a_watch_that_is_over_leaves_no_process) {
  pid_t process = 0;
  {
    auto how = by_files();
    how.look_up = [](const std::string&) -> result<net::address> {
      std::this_thread::sleep_for(1h);
      return net::address();
    };
    auto watch = name_watch::start({"a"}, std::nullopt, how);
    ASSERT_TRUE(watch);
    told all;
    (*watch)->tell(all.listener());
    process = (*watch)->process();
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_NE(::kill(process, 0), 0);
}

class watching : public run_test {};

support::wire log_in(std::uint16_t port) {
  support::wire out(support::wire_socket::dial(port));
  out.read();
  out.ask("USER anonymous");
  out.ask("PASS guest@");
  return out;
}

TEST_F(watching, a_name_is_looked_up_behind_the_walls) {
  const bool root = ::geteuid() == 0;
  process server(configured(std::string(root ? "run_as = \"nobody\"\n" : "") +
                            "[passive]\nadvertise = \"localhost\"\n"
                            "networks = [{ clients = [\"127.0.0.2\"], advertise = \"192.0.2.7\" }]"));
  const auto port = port_in(server.wait_for("try"));
  EXPECT_THAT(server.wait_for_err("localhost is "), HasSubstr("passive connections: localhost is "));
  support::wire_reply said;
  for (int tries = 0; tries < 100 && said.code != 227; ++tries) {
    said = log_in(port).ask("PASV");
    if (said.code != 227) std::this_thread::sleep_for(20ms);
  }
  EXPECT_THAT(said.text(), HasSubstr("(127,0,0,1,"));
  support::wire other(support::wire_socket::dial(port, "127.0.0.2"));
  other.read();
  other.ask("USER anonymous");
  other.ask("PASS guest@");
  EXPECT_THAT(other.ask("PASV").text(), HasSubstr("(192,0,2,7,"));
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

TEST_F(watching, without_an_address_PASV_is_refused_and_EPSV_works) {
  const std::string name = std::string(64, 'x') + ".invalid";  // a label longer than any
  process server(configured("[passive]\nadvertise = \"" + name + "\""));
  const auto port = port_in(server.wait_for("try"));
  EXPECT_THAT(server.wait_for_err("cannot be looked up"), HasSubstr(name));
  auto user = log_in(port);
  const auto refused = user.ask("PASV");
  EXPECT_EQ(refused.code, 425);
  EXPECT_THAT(refused.text(), HasSubstr(name));
  EXPECT_THAT(refused.text(), HasSubstr("use EPSV"));
  EXPECT_EQ(user.ask("EPSV").code, 229);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

}  // namespace
}  // namespace ferry::ferryd
