// The client against ferry's own server, over TCP.
#include <gtest/gtest.h>
#include <utime.h>

#include <filesystem>
#include <fstream>

#include "client/blocking.hpp"
#include "client/crew.hpp"
#include "client/digest.hpp"
#include "client/mirror.hpp"
#include "client/test_support/client_runner.hpp"
#include "client/verbs.hpp"
#include "net/tcp.hpp"
#include "net/test_support/certificates.hpp"
#include "server/test_support/running_server.hpp"
#include "storage/local/local_storage.hpp"
#include "support/loop_runner.hpp"

namespace ferry::client {
namespace {

using server::test_support::running_server;
using server::test_support::temporary_folder;

std::string noise(std::size_t size, unsigned seed = 1) {
  std::string out(size, '\0');
  for (auto& c : out) c = static_cast<char>((seed = seed * 1664525u + 1013904223u) >> 24);
  return out;
}

std::string slurp(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const std::string& file, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

// Both ends, and a folder of this machine.
struct pair : support::loop_runner {
  explicit pair(settings given = {}, server::settings serving = server::test_support::brisk())
      : server(server::test_support::in_memory(), std::move(serving)), how(std::move(given)) {
    where = {.host = "127.0.0.1", .port = server.port, .user = "alice", .password = "secret"};
    how.retry.first = std::chrono::milliseconds(1);
    disk = std::move(*storage::open_local(on, *storage::open_root(folder.path())));
    workers_of = std::make_unique<crew>(surroundings{on, through, names, watch, known}, where, how);
  }
  session& s() {
    auto& one = workers_of->first();
    auto ok = run(one.recover());
    if (!ok) throw std::runtime_error(ok.error().cause);
    return one;
  }
  storage::path at(const std::string& name) { return *storage::path{}.resolve(name); }
  std::string local(const std::string& name) { return folder.path() + "/" + name; }

  running_server server;
  settings how;
  temporary_folder folder;
  net::tcp_network through{on};
  system_resolver names{on};
  test_support::recorder watch;
  routes known;
  site where;
  std::unique_ptr<storage::storage> disk;
  std::unique_ptr<crew> workers_of;
};

TEST(RoundTrip, AFileThatIsLongerThereIsNotContinuedByWritingItAnew) {
  pair t;
  spill(t.local("up"), "short");
  t.server.stored.put("/file", "longer by far");
  auto sent = t.run(put(t.s(), *t.disk, t.at("up"), "file", {.continue_target = true}));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().id, "verify.longer");
  EXPECT_EQ(t.server.stored.get("/file"), "longer by far");
}

TEST(RoundTrip, AFileOfEverySizeThereAndBack) {
  pair t;
  for (std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 1000003u, 9000001u}) {
    const auto content = noise(size, static_cast<unsigned>(size) + 1);
    spill(t.local("up"), content);
    auto sent = t.run(put(t.s(), *t.disk, t.at("up"), "file"));
    ASSERT_TRUE(sent) << size << " " << sent.error().id << ": " << sent.error().cause;
    EXPECT_TRUE(t.server.stored.get("/file") == content);
    auto got = t.run(get(t.s(), "file", *t.disk, t.at("down")));
    ASSERT_TRUE(got) << size << " " << got.error().id << ": " << got.error().cause;
    EXPECT_TRUE(slurp(t.local("down")) == content);
    EXPECT_EQ(got->size, size);
    EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(std::filesystem::last_write_time(t.local("up"))),
              std::chrono::floor<std::chrono::seconds>(std::filesystem::last_write_time(t.local("down"))));
  }
}

TEST(RoundTrip, DigestsAreComparedWhereTheServerHasThem) {
  pair t;
  t.server.stored.put("/a", noise(5000));
  auto algorithm = digest_offered(t.s());
  auto got = t.run(get(t.s(), "a", *t.disk, t.at("a")));
  ASSERT_TRUE(got) << got.error().cause;
  EXPECT_EQ(got->verified, algorithm ? proof::digest : proof::size);
  for (std::string name : {"SHA-512", "SHA-256", "SHA-1", "MD5", "CRC32"}) {
    auto there = t.run(digest_of(t.s(), "a", name));
    if (!there) continue;
    auto file = t.run(t.disk->open(t.at("a")));
    EXPECT_EQ(*there, *t.run(digest_of(t.on, **file, name, 5000))) << name;
  }
}

TEST(RoundTrip, EveryWayToADataConnection) {
  using order = enum data_settings::order;
  for (auto ladder : {order::passive_only, order::active_only}) {
    for (bool extended : {true, false}) {
      settings how;
      how.data.ladder = ladder;
      how.data.epsv = how.data.eprt = extended;
      pair t(how);
      t.server.stored.put("/a", "hello");
      ASSERT_TRUE(t.run(get(t.s(), "a", *t.disk, t.at("a"))));
      EXPECT_EQ(slurp(t.local("a")), "hello");
      const bool active = ladder == order::active_only;
      EXPECT_TRUE(t.watch.holds(active ? extended ? "data EPRT" : "data PORT" : extended ? "data EPSV" : "data PASV"));
    }
  }
}

// Both ends under TLS, with what a certificate is trusted by.
class RoundTripTls : public testing::Test {
 protected:
  RoundTripTls() {
    const auto identity = files.make("server", {"localhost", "127.0.0.1"});
    serving.tls.options.identities = {identity};
    serving.tls.require = server::tls_settings::requirement::all;
    serving.tls.data_sessions = transfer::resumption::require;
    how.tls.trust.authorities = identity.certificate;
    how.connections = 3;
  }
  void there_and_back(pair& t) {
    const auto content = noise(3000001);
    spill(t.local("up"), content);
    auto sent = t.run(put(t.s(), *t.disk, t.at("up"), "file"));
    ASSERT_TRUE(sent) << sent.error().id << ": " << sent.error().cause;
    EXPECT_TRUE(t.server.stored.get("/file") == content);
    auto got = t.run(get(t.s(), "file", *t.disk, t.at("down")));
    ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
    EXPECT_TRUE(slurp(t.local("down")) == content);
  }

  net::test_support::certificates files;
  server::settings serving = server::test_support::brisk();
  settings how;
};

TEST_F(RoundTripTls, InBothVersions) {
  for (bool only_1_2 : {false, true}) {
    how.tls.trust.only_1_2 = only_1_2;
    pair t(how, serving);
    there_and_back(t);
  }
}

TEST_F(RoundTripTls, OnEveryWayToADataConnection) {
  using order = enum data_settings::order;
  for (auto ladder : {order::passive_only, order::active_only}) {
    how.data.ladder = ladder;
    pair t(how, serving);
    there_and_back(t);
  }
}

TEST_F(RoundTripTls, FromTheFirstByte) {
  serving.listen.push_back(server::test_support::loopback());
  serving.listen.back().implicit = true;
  pair t(how, serving);
  t.where.how = scheme::ftps;
  t.where.port = t.server.ports[1];
  t.workers_of = std::make_unique<crew>(surroundings{t.on, t.through, t.names, t.watch, t.known}, t.where, t.how);
  there_and_back(t);
}

TEST_F(RoundTripTls, WithTheCommandsInTheClearAgain) {
  serving.tls.require = server::tls_settings::requirement::login;
  how.tls.clear_commands = true;
  pair t(how, serving);
  there_and_back(t);
}

TEST_F(RoundTripTls, ManyFilesByMirror) {
  pair t(how, serving);
  constexpr unsigned files_made = 150;
  for (unsigned i = 0; i < files_made; ++i) spill(t.local("src/" + std::to_string(i)), noise(200, i + 1));
  auto source = std::move(*storage::open_local(t.on, *storage::open_root(t.local("src"))));
  auto up = t.run(plan_upload(*t.workers_of, *source, "tree", {}));
  ASSERT_TRUE(up) << up.error().cause;
  auto done = t.run(carry_out(*t.workers_of, *source, *up));
  ASSERT_TRUE(done && done->failed.empty());
  std::filesystem::create_directory(t.local("dst"));
  auto target = std::move(*storage::open_local(t.on, *storage::open_root(t.local("dst"))));
  auto down = t.run(plan_download(*t.workers_of, "tree", *target, {}));
  ASSERT_TRUE(down) << down.error().cause;
  done = t.run(carry_out(*t.workers_of, *target, *down));
  ASSERT_TRUE(done && done->failed.empty());
  for (unsigned i = 0; i < files_made; ++i) {
    EXPECT_EQ(slurp(t.local("dst/" + std::to_string(i))), noise(200, i + 1)) << i;
  }
}

TEST_F(RoundTripTls, RefusedFilesAmongMany) {
  how.connections = 1;
  pair t(how, serving);
  std::vector<upload> sent;
  std::vector<download> wanted;
  for (unsigned i = 0; i < 20; ++i) {
    const auto name = std::to_string(i);
    spill(t.local("src/" + name), noise(300, i + 1));
    const auto remote = (i % 4 == 0 ? "nowhere/" : "") + name;
    sent.push_back({t.at("src/" + name), remote});
    wanted.push_back({remote, t.at(name), {.known = entry{.name = name, .size = 300}}});
  }
  const auto up = t.run(put_many(*t.workers_of, *t.disk, sent));
  const auto down = t.run(get_many(*t.workers_of, *t.disk, wanted));
  for (unsigned i = 0; i < 20; ++i) {
    EXPECT_EQ(up[i].failed.has_value(), i % 4 == 0) << i;
    EXPECT_EQ(down[i].failed.has_value(), i % 4 == 0) << i;
    EXPECT_EQ(slurp(t.local(std::to_string(i))), i % 4 == 0 ? "" : noise(300, i + 1)) << i;
  }
}

TEST_F(RoundTripTls, AMissingFileLeavesTheSessionInOrder) {
  pair t(how, serving);
  EXPECT_EQ(t.run(get(t.s(), "nothing", *t.disk, t.at("nothing"))).error().id, "remote.not_found");
  there_and_back(t);
}

TEST_F(RoundTripTls, WhoIsNotTrustedIsToldNothing) {
  how.tls.trust.authorities.clear();
  pair t(how, serving);
  auto in = t.run(t.workers_of->first().recover());
  ASSERT_FALSE(in);
  EXPECT_EQ(in.error().id, "tls.certificate.issuer");
  EXPECT_FALSE(t.watch.holds("> USER"));
  EXPECT_FALSE(t.watch.holds("> PASS"));
}

TEST(RoundTrip, Ascii) {
  settings how;
  how.type = representation::ascii;
  pair t(how);
  t.server.stored.put("/a", "one\ntwo\n");
  ASSERT_TRUE(t.run(get(t.s(), "a", *t.disk, t.at("a"))));
  EXPECT_EQ(slurp(t.local("a")), "one\ntwo\n");
  ASSERT_TRUE(t.run(put(t.s(), *t.disk, t.at("a"), "b")));
  EXPECT_EQ(t.server.stored.get("/b"), "one\ntwo\n");
}

TEST(RoundTrip, Verbs) {
  pair t;
  ASSERT_TRUE(t.run(make_directories(t.s(), "x/y/z")));
  ASSERT_TRUE(t.run(make_directories(t.s(), "x/y/z")));
  t.server.stored.put("/x/y/f", "hello");
  auto what = t.run(stat(t.s(), "x/y/f"));
  ASSERT_TRUE(what) << what.error().cause;
  EXPECT_EQ(what->size, 5u);
  EXPECT_EQ(t.run(stat(t.s(), "x/y"))->kind, proto::entry_kind::directory);
  EXPECT_EQ(t.run(stat(t.s(), "nothing")).error().id, "remote.not_found");
  ASSERT_TRUE(t.run(rename(t.s(), "x/y/f", "x/g")));
  ASSERT_TRUE(t.run(change_mode(t.s(), "x/g", 0600)));
  ASSERT_TRUE(t.run(set_modified(t.s(), "x/g", file_time(std::chrono::seconds(1000000000)))));
  EXPECT_EQ(t.run(stat(t.s(), "x/g"))->modified, file_time(std::chrono::seconds(1000000000)));
  EXPECT_EQ(t.run(working_directory(t.s())), "/");
  EXPECT_TRUE(t.run(remove(t.s(), "x/g")));
  EXPECT_TRUE(t.run(remove_tree(t.s(), "x")));
  EXPECT_EQ(t.run(stat(t.s(), "x")).error().id, "remote.not_found");
}

TEST(RoundTrip, ManyFilesOverSeveralConnections) {
  settings how;
  how.connections = 4;
  how.verify = verification::size;
  how.pipelining = settings::pipelines::on;
  pair t(how);
  std::vector<download> files;
  for (int i = 0; i < 300; ++i) {
    auto name = std::to_string(i);
    t.server.stored.put("/" + name, noise(1000 + static_cast<std::size_t>(i), static_cast<unsigned>(i)));
    files.push_back({name, t.at(name), {.known = entry{.name = name, .size = 1000 + static_cast<std::size_t>(i)}}});
  }
  auto results = t.run(get_many(*t.workers_of, *t.disk, files));
  for (int i = 0; i < 300; ++i) {
    ASSERT_FALSE(results[static_cast<std::size_t>(i)].failed) << results[static_cast<std::size_t>(i)].failed->cause;
    EXPECT_EQ(slurp(t.local(std::to_string(i))), noise(1000 + static_cast<std::size_t>(i), static_cast<unsigned>(i)));
  }
  std::size_t asked = 0, retries = 0;
  for (const auto& one : t.watch.told) {
    asked += one == "> EPSV";
    retries += one.starts_with("try ");
  }
  EXPECT_EQ(retries, 0u);
  EXPECT_LE(asked, 304u);
}

TEST(RoundTrip, AServerWithRoomForFewGetsFew) {
  settings how;
  how.connections = 6;
  auto serving = server::test_support::brisk();
  serving.limit.sessions_per_address = 2;
  pair t(how, serving);
  std::vector<download> files;
  for (int i = 0; i < 40; ++i) {
    t.server.stored.put("/" + std::to_string(i), "x");
    files.push_back({std::to_string(i), t.at(std::to_string(i)), {}});
  }
  auto results = t.run(get_many(*t.workers_of, *t.disk, files));
  for (const auto& one : results) ASSERT_FALSE(one.failed) << one.failed->cause;
  EXPECT_LE(t.workers_of->working(), 2u);
}

TEST(RoundTrip, OneFileInSegments) {
  settings how;
  how.connections = 4;
  pair t(how);
  const auto content = noise(9000001);
  t.server.stored.put("/big", content);
  auto got = t.run(get_in_segments(*t.workers_of, "big", *t.disk, t.at("big")));
  ASSERT_TRUE(got) << got.error().id << ": " << got.error().cause;
  EXPECT_TRUE(slurp(t.local("big")) == content);
  EXPECT_EQ(got->bytes, content.size());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(t.folder.path()), {}), 1);
}

TEST(RoundTrip, MirrorDownAndUpAndNothingTheSecondTime) {
  settings how;
  how.connections = 3;
  pair t(how);
  const std::vector<std::string> names{"a.txt",    "two words",  "-rf",  "*star?", "\xc3\xa4\xf0\x9f\x9a\xa2",
                                       "'quote\"", "sub/deep/x", "sub/y"};
  std::filesystem::create_directories(t.local("src/empty"));
  for (const auto& name : names) spill(t.local("src/" + name), noise(name.size() * 1000));
  auto source = std::move(*storage::open_local(t.on, *storage::open_root(t.local("src"))));

  auto up = t.run(plan_upload(*t.workers_of, *source, "tree", {}));
  ASSERT_TRUE(up) << up.error().id << ": " << up.error().cause;
  EXPECT_EQ(up->count(action::kind::transfer), names.size());
  auto done = t.run(carry_out(*t.workers_of, *source, *up));
  ASSERT_TRUE(done);
  for (const auto& one : done->failed) ADD_FAILURE() << one.what.path << ": " << one.why.id << " " << one.why.cause;
  for (const auto& name : names) EXPECT_TRUE(t.server.stored.get("/tree/" + name) == noise(name.size() * 1000)) << name;
  auto again = t.run(plan_upload(*t.workers_of, *source, "tree", {}));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->actions.empty()) << again->actions[0].path << " " << again->actions[0].reason;

  std::filesystem::create_directory(t.local("dst"));
  auto target = std::move(*storage::open_local(t.on, *storage::open_root(t.local("dst"))));
  auto down = t.run(plan_download(*t.workers_of, "tree", *target, {}));
  ASSERT_TRUE(down) << down.error().cause;
  done = t.run(carry_out(*t.workers_of, *target, *down));
  for (const auto& one : done->failed) ADD_FAILURE() << one.what.path << ": " << one.why.id << " " << one.why.cause;
  for (const auto& name : names) EXPECT_TRUE(slurp(t.local("dst/" + name)) == noise(name.size() * 1000)) << name;
  EXPECT_TRUE(std::filesystem::is_directory(t.local("dst/empty")));
  again = t.run(plan_download(*t.workers_of, "tree", *target, {.remove = true}));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->actions.empty()) << again->actions[0].path << " " << again->actions[0].reason;
  EXPECT_EQ(again->same, names.size());
}

TEST(RoundTrip, MirrorDeletesWithCare) {
  pair t;
  t.server.stored.folder("/tree");
  t.server.stored.put("/tree/keep", "x");
  for (auto name : {"old/a", "old/b", "other.log", "keep"}) spill(t.local(std::string("dst/") + name), "x");
  auto target = std::move(*storage::open_local(t.on, *storage::open_root(t.local("dst"))));
  EXPECT_EQ(t.run(plan_download(*t.workers_of, "tree", *target, {.remove = true, .max_deletes = 3})).error().id,
            "mirror.deletes");
  auto what = t.run(plan_download(*t.workers_of, "tree", *target, {.exclude = {"*.log"}, .remove = true}));
  ASSERT_TRUE(what) << what.error().cause;
  EXPECT_EQ(what->count(action::kind::remove), 2u);
  EXPECT_EQ(what->count(action::kind::remove_directory), 1u);
  auto done = t.run(carry_out(*t.workers_of, *target, *what));
  EXPECT_TRUE(done->failed.empty());
  EXPECT_FALSE(std::filesystem::exists(t.local("dst/old")));
  EXPECT_TRUE(std::filesystem::exists(t.local("dst/other.log")));
  EXPECT_TRUE(std::filesystem::exists(t.local("dst/keep")));
}

TEST(RoundTrip, PatternsThatEndWithASlashAreOfFolders) {
  pair t;
  for (auto name : {"cache/c", "cache/deep/d", "sub/cache/e", "sub/x", "other/cache"})
    spill(t.local(std::string("src/") + name), "x");
  auto source = std::move(*storage::open_local(t.on, *storage::open_root(t.local("src"))));
  auto paths = [&](mirror_options how) {
    auto what = t.run(plan_upload(*t.workers_of, *source, "tree", std::move(how)));
    std::vector<std::string> out;
    for (const auto& one : what->actions) {
      if (one.what == action::kind::transfer) out.push_back(one.path);
    }
    return out;
  };
  using names = std::vector<std::string>;
  EXPECT_EQ(paths({.exclude = {"cache/"}}), (names{"other/cache", "sub/x"}));
  EXPECT_EQ(paths({.exclude = {"sub/cache/"}}), (names{"cache/c", "cache/deep/d", "other/cache", "sub/x"}));
  EXPECT_EQ(paths({.include = {"cache/"}}), (names{"cache/c", "cache/deep/d", "sub/cache/e"}));
}

TEST(RoundTrip, TheBlockingFront) {
  running_server server;
  temporary_folder folder;
  server.stored.put("/readme.txt", "hello");
  blocking ftp;
  auto connected = ftp.connect("ftp://alice:secret@127.0.0.1:" + std::to_string(server.port));
  ASSERT_TRUE(connected) << connected.error().id << ": " << connected.error().cause;
  auto files = ftp.list();
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ(files->front().name, "readme.txt");
  EXPECT_EQ(ftp.get("readme.txt", folder.path() + "/readme.txt"), 5u);
  EXPECT_EQ(slurp(folder.path() + "/readme.txt"), "hello");
  EXPECT_EQ(ftp.put(folder.path() + "/readme.txt", "again.txt"), 5u);
  EXPECT_TRUE(ftp.make_directory("d"));
  EXPECT_TRUE(ftp.rename("again.txt", "d/again.txt"));
  EXPECT_EQ(ftp.stat("d/again.txt")->size, 5u);
  EXPECT_TRUE(ftp.remove("d/again.txt"));
  EXPECT_TRUE(ftp.remove_directory("d"));
  EXPECT_TRUE(ftp.command("NOOP")->starts_with("200"));
  EXPECT_EQ(ftp.get("nothing", folder.path() + "/x").error().id, "remote.not_found");
  EXPECT_EQ(blocking().list().error().id, "control.closed");
  blocking wrong;
  EXPECT_EQ(wrong.connect("ftp://alice:no@127.0.0.1:" + std::to_string(server.port)).error().id, "login.refused");
}

}  // namespace
}  // namespace ferry::client
