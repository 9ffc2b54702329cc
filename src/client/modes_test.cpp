// Servers that take blocks in their own way, say that they do and do not, or say nothing.
#include <gtest/gtest.h>

#include "client/crew.hpp"
#include "client/limits.hpp"
#include "client/test_support/client_runner.hpp"

namespace ferry::client {
namespace {

using test_support::client_runner;
using test_support::fake_server;
using pipelines = settings::pipelines;

const std::vector<std::string> names{"a", "b", "c", "d", "e"};

class Modes : public testing::TestWithParam<pipelines> {
 protected:
  Modes() {
    how.pipelining = GetParam();
    t.server.features.push_back("MFMT");
    t.server.features.push_back("MODE B PIPELINE");
    for (const auto& name : names) t.server.files[name] = "content of " + name;
  }

  crew& sessions() {
    if (!crew_) crew_ = std::make_unique<crew>(surroundings{t.on, t.network, t.names, t.watch, t.known}, t.where, how);
    return *crew_;
  }
  void get_all() {
    std::vector<download> wanted;
    for (const auto& name : names) {
      const entry known{.name = name, .size = t.server.files[name].size()};
      wanted.push_back({name, storage::path{}.child(name), {.known = known}});
    }
    auto got = t.run(get_many(sessions(), *t.disk, std::move(wanted)));
    for (std::size_t i = 0; i < names.size(); ++i) {
      EXPECT_FALSE(got[i].failed) << names[i] << ": " << got[i].failed->id << " " << got[i].failed->cause;
      EXPECT_EQ(t.read(names[i]), t.server.files[names[i]]);
    }
  }
  void put_all() {
    std::vector<upload> files;
    for (const auto& name : names) {
      t.write(name, "fresh content of " + name);
      files.push_back({storage::path{}.child(name), "new " + name});
    }
    auto put = t.run(put_many(sessions(), *t.disk, std::move(files)));
    for (std::size_t i = 0; i < names.size(); ++i) {
      EXPECT_FALSE(put[i].failed) << names[i] << ": " << put[i].failed->id << " " << put[i].failed->cause;
      EXPECT_EQ(t.server.files["new " + names[i]], "fresh content of " + names[i]);
    }
  }

  client_runner t;
  settings how;

 private:
  std::unique_ptr<crew> crew_;
};
INSTANTIATE_TEST_SUITE_P(All, Modes, testing::Values(pipelines::off, pipelines::on));

TEST_P(Modes, AKeptConnectionServesAll) {
  t.server.mode_b = fake_server::blocks::kept;
  get_all();
  put_all();
  EXPECT_EQ(t.server.count("EPSV"), 1u);
  EXPECT_EQ(t.server.count("MODE"), 1u);
  EXPECT_EQ(t.server.count("RETR"), names.size());
  EXPECT_EQ(t.server.count("STOR"), names.size());
  EXPECT_FALSE(t.watch.holds("try "));
}

// What has arrived whole is not sent again.
TEST_P(Modes, AControlConnectionThatEndsBehindEachUpload) {
  t.server.features.push_back("HASH SHA-256*");
  t.server.mode_b = fake_server::blocks::kept;
  t.server.finish = fake_server::finish::closes;
  put_all();
  EXPECT_FALSE(t.watch.holds("try "));
}

// Large ones go by themselves: the mode does not change to and fro between them and the others.
TEST_P(Modes, LargeAndSmallTogether) {
  t.server.mode_b = fake_server::blocks::kept;
  how.connections = 1;
  for (auto name : {"b", "d"}) t.server.files[name] = std::string(limit::in_blocks + 1, *name);
  get_all();
  EXPECT_EQ(t.server.count("RETR"), names.size());
  EXPECT_EQ(t.server.count("MODE"), 1u);
}

TEST_P(Modes, AConnectionThatIsClosedBehindEachFile) {
  t.server.mode_b = fake_server::blocks::closed;
  get_all();
  EXPECT_EQ(t.server.count("EPSV"), names.size());
  EXPECT_FALSE(t.watch.holds("try "));
}

TEST_P(Modes, ARefusal) {
  get_all();
  put_all();
  EXPECT_EQ(t.server.count("MODE"), 1u);
  EXPECT_TRUE(t.watch.holds("note the server does not take MODE B: 504"));
  EXPECT_FALSE(t.watch.holds("try "));
}

TEST_P(Modes, AnOptionThatIsRefused) {
  t.server.mode_b = fake_server::blocks::kept;
  t.server.instead["OPTS"] = {"501 what\r\n"};
  get_all();
  put_all();
  EXPECT_EQ(t.server.count("EPSV"), 1u);
  EXPECT_FALSE(t.watch.holds("try "));
}

// It says yes, and goes on in stream mode.
TEST_P(Modes, LiesOfDownloads) {
  t.server.instead["MODE"] = {"200 ok\r\n"};
  t.server.files["b"] = {'\x40', '\0', '\1', 'x'};       // a whole block
  t.server.files["a"] = std::string("\0\0\0\0\0\0", 6);  // the beginning of some
  get_all();
  EXPECT_TRUE(t.watch.holds("stream mode from here on"));
  EXPECT_EQ(t.server.count("MODE B"), 1u);
}

TEST_P(Modes, LiesOfUploads) {
  t.server.instead["MODE"] = {"200 ok\r\n"};
  put_all();
  EXPECT_TRUE(t.watch.holds("stream mode from here on"));
  EXPECT_EQ(t.server.count("MODE B"), 1u);
}

TEST_P(Modes, NobodyAsksWhereNothingIsSaid) {
  t.server.features.pop_back();
  t.server.mode_b = fake_server::blocks::kept;
  get_all();
  EXPECT_EQ(t.server.count("MODE"), 0u);
}

TEST_P(Modes, OneFileAloneComesInStreamMode) {
  t.server.mode_b = fake_server::blocks::kept;
  EXPECT_TRUE(t.run(get(sessions().first(), "a", *t.disk, storage::path{}.child("a"))));
  EXPECT_EQ(t.server.count("MODE"), 0u);
  how.mode = data_mode::block;
  auto asked = t.make(how);
  EXPECT_TRUE(t.run(get(*asked, "a", *t.disk, storage::path{}.child("a"))));
  EXPECT_EQ(t.server.count("MODE B"), 1u);
}

}  // namespace
}  // namespace ferry::client
