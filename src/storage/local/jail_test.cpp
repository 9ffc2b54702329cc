// No path leads out of the root: not through links, /proc, mounts, nor through a folder that is swapped while it is
// walked.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "storage/local/local_storage.hpp"
#include "storage/storage_runner.hpp"

namespace ferry::storage {
namespace {

namespace fs = std::filesystem;
using how = enum create_options::how;

constexpr std::string_view secret = "nobody may read or touch this";

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class jail : public testing::Test {
 protected:
  jail() {
    fs::create_directories(root);
    fs::create_directories(outside / "folder");
    fs::create_directories(outside / "empty");
    for (auto name : {"victim", "secret", "folder/victim"}) std::ofstream(outside / name) << secret;
    files = open_local(runner.on, open_root(root).value()).value();
    before = snapshot();
  }

  ~jail() override {
    runner.drain();
    EXPECT_EQ(snapshot(), before) << "something outside was touched";
  }

  // All that an operation could change outside.
  std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> out;
    for (const auto& each : fs::recursive_directory_iterator(outside)) {
      struct stat about{};
      ::lstat(each.path().c_str(), &about);
      out[each.path()] = std::to_string(about.st_ino) + " " + std::to_string(about.st_mode) + " " +
                         std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec) + " " +
                         (each.is_regular_file() ? content_of(each.path()) : "");
    }
    return out;
  }

  template <class T>
  T run(task<T> work) {
    return runner.run(std::move(work));
  }

  void link(const fs::path& target, const fs::path& name) { fs::create_symlink(target, root / name); }

  // Everything that could be done with a name below `where`, a folder outside.
  void expect_no_way_through(std::string_view where) {
    auto folder = at(where);
    for (const path& to : {folder.child("victim"), folder.child("fresh"), folder.child("folder").child("victim")}) {
      for (auto which : {how::replace, how::exclusive, how::append, how::at}) {
        EXPECT_EQ(id_of(run(files->create(to, {.how = which}))), "storage.escape") << to.text();
      }
      EXPECT_EQ(id_of(run(files->open(to))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->stat(to))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->look(to))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->list(to))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->remove(to))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->make_directory(to))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->remove_directory(to))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->rename(to, at("/stolen")))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->set_mode(to, 0777))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->set_modified(to, {}))), "storage.escape") << to.text();
      EXPECT_EQ(id_of(run(files->available(to))), "storage.escape") << to.text();
    }
    EXPECT_EQ(id_of(run(files->remove_directory(folder.child("empty")))), "storage.escape");
  }

  scratch_folder base;
  fs::path root = base.path() + "/root", outside = base.path() + "/outside";
  std::map<std::string, std::string> before;
  storage_runner runner;
  std::unique_ptr<storage> files;
};

TEST_F(jail, links) {
  link("../outside", "relative");
  link(outside, "absolute");
  link("relative", "chain");
  fs::create_directories(root / "a/b");
  link("../../../outside", "a/b/deep");
  link("a/b/deep", "far");
  link("a/b/../../../outside", "winding");
  link(root / "a", "absolute-inside");
  for (auto name : {"/relative", "/absolute", "/chain", "/a/b/deep", "/far", "/winding"}) expect_no_way_through(name);
  EXPECT_EQ(id_of(run(files->stat(at("/absolute-inside")))), "storage.escape") << "no absolute link is followed";
}

// For who has rules by folder: a link is a name that can be seen, renamed and deleted, and leads nowhere.
TEST_F(jail, links_that_are_not_followed) {
  fs::create_directories(root / "a/b");
  std::ofstream(root / "a/f") << "inside";
  link("a", "folder");
  link("a/f", "file");
  link("new", "dangling");
  EXPECT_EQ(run(files->stat(at("/folder/f"))).value().size, 6u);
  auto strict = open_local(runner.on, open_root(root, {.follow_links = false}).value()).value();
  for (auto name : {"/file", "/folder/f", "/folder/new", "/dangling", "/folder/b/new"}) {
    SCOPED_TRACE(name);
    for (auto which : {how::replace, how::append, how::at}) {
      EXPECT_EQ(id_of(run(strict->create(at(name), {.how = which}))), "storage.not_found");
    }
    EXPECT_NE(id_of(run(strict->create(at(name), {.how = how::exclusive}))), "");
    EXPECT_EQ(id_of(run(strict->open(at(name)))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->stat(at(name)))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->set_mode(at(name), 0700))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->set_modified(at(name), {}))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->available(at(name)))), "storage.not_found");
  }
  for (auto name : {"/folder/f", "/folder/b"}) {
    EXPECT_EQ(id_of(run(strict->look(at(name)))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->list(at(name)))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->remove(at(name)))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->remove_directory(at(name)))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->make_directory(at(name)))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->rename(at(name), at("/a/stolen")))), "storage.not_found");
    EXPECT_EQ(id_of(run(strict->rename(at("/a/f"), at(name)))), "storage.not_found");
  }
  EXPECT_EQ(run(strict->look(at("/folder"))).value().target, "a");
  auto listed = run(strict->list(at("/folder"))).value();
  std::vector<entry> batch;
  EXPECT_TRUE(run(listed->next(batch)).value());
  EXPECT_EQ(batch.front().facts.type, kind::link);
  EXPECT_TRUE(run(strict->rename(at("/folder"), at("/renamed"))));
  EXPECT_TRUE(run(strict->remove(at("/renamed"))));
  EXPECT_EQ(run(strict->stat(at("/a/f"))).value().size, 6u);
}

TEST_F(jail, a_root_that_is_moved_stays_the_same_folder) {
  std::ofstream(root / "f") << "inside";
  fs::rename(root, base.path() + "/moved");
  fs::create_symlink(outside, root);
  EXPECT_EQ(run(files->stat(at("/f"))).value().size, 6u);
  EXPECT_EQ(id_of(run(files->stat(at("/victim")))), "storage.not_found");
}

TEST_F(jail, links_of_proc) {
  fs::create_directory(root / "proc");
  if (::mount("proc", (root / "proc").c_str(), "proc", 0, nullptr) != 0) {
    GTEST_SKIP() << "*** NOT TESTED: /proc inside the root; mounting needs root";
  }
  int held = ::open((outside / "victim").c_str(), O_RDONLY);
  link("proc/self/root", "jump");
  for (std::string name : {"/proc/self/root/etc/passwd", "/proc/self/cwd/x", "/proc/1/root/etc/passwd",
                           "/proc/self/exe", "/jump/etc/passwd"}) {
    EXPECT_NE(id_of(run(files->stat(at(name)))), "") << name;
    EXPECT_NE(id_of(run(files->open(at(name)))), "") << name;
    EXPECT_NE(id_of(run(files->create(at(name), {}))), "") << name;
  }
  auto opened = at("/proc/self/fd/" + std::to_string(held));
  EXPECT_EQ(id_of(run(files->open(opened))), "storage.not_found");
  EXPECT_NE(id_of(run(files->create(opened, {.how = how::append}))), "");
  ::close(held);
  ::umount2((root / "proc").c_str(), MNT_DETACH);
}

TEST_F(jail, a_mount_inside_belongs_to_the_root) {
  fs::create_directory(root / "mount");
  if (::mount("none", (root / "mount").c_str(), "tmpfs", 0, nullptr) != 0) {
    GTEST_SKIP() << "*** NOT TESTED: a mount inside the root; mounting needs root";
  }
  auto file = run(files->create(at("/mount/f"), {})).value();
  EXPECT_TRUE(run(file->write(std::string_view("bytes"))));
  EXPECT_TRUE(run(file->commit()));
  char into[10];
  EXPECT_EQ(run(run(files->open(at("/mount/f"))).value()->read(0, into)).value(), 5u);
  EXPECT_NE(run(files->stat(at("/mount/f"))).value().device, run(files->stat(at("/"))).value().device);
  EXPECT_EQ(id_of(run(files->rename(at("/mount/f"), at("/f")))), "storage.unsupported") << "that would be a copy";
  EXPECT_EQ(id_of(run(files->remove_directory(at("/mount")))), "storage.busy");
  link("../../outside", "mount/out");
  expect_no_way_through("/mount/out");
  link("../f", "mount/up");
  EXPECT_EQ(id_of(run(files->stat(at("/mount/up")))), "storage.not_found") << "out of the mount, not of the root";
  ::umount2((root / "mount").c_str(), MNT_DETACH);
}

TEST_F(jail, what_is_no_file_is_not_opened) {
  ::mkfifo((root / "fifo").c_str(), 0666);
  int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
  (root / "socket").string().copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  std::vector<std::string> special = {"/fifo", "/socket"};
  if (::mknod((root / "null").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0) special.push_back("/null");
  link("fifo", "link");
  special.push_back("/link");
  for (const auto& one : special) {
    EXPECT_EQ(run(files->stat(at(one))).value().type, kind::other);
    EXPECT_EQ(id_of(run(files->open(at(one)))), "storage.denied") << one;
    EXPECT_EQ(id_of(run(files->create(at(one), {}))), "storage.denied") << one;
    EXPECT_EQ(id_of(run(files->create(at(one), {.how = how::append}))), "storage.denied") << one;
    EXPECT_EQ(id_of(run(files->create(at(one), {.how = how::at}))), "storage.denied") << one;
  }
  ::close(listening);
}

// Does everything that storage can do with names below a folder that others swap for a way out.
class racer {
 public:
  racer(storage& files, ino_t forbidden) : files_(files), forbidden_(forbidden) {}

  task<> attack(time_point until) {
    while (clock::now() < until) {
      co_await look_around("/d");
      co_await look_around("/m/n/up");
      co_await change("/d");
      co_await change("/m/n/up");
    }
  }

  int through = 0, stopped = 0;

 private:
  template <class T>
  bool count(const result<T>& r) {
    if (r) ++through;
    if (id_of(r) == "storage.escape") ++stopped;
    return r.has_value();
  }

  task<> look_around(std::string where) {
    auto followed = co_await files_.stat(at(where + "/victim"));
    EXPECT_FALSE(count(followed) && followed->inode == forbidden_);
    auto itself = co_await files_.look(at(where + "/victim"));
    EXPECT_FALSE(count(itself) && itself->facts.inode == forbidden_);
    EXPECT_FALSE(count(co_await files_.stat(at(where + "/secret"))));
    EXPECT_FALSE(count(co_await files_.open(at(where + "/secret"))));
    if (auto file = co_await files_.open(at(where + "/victim")); count(file)) {
      char into[100];
      auto got = co_await (*file)->read(0, into);
      EXPECT_FALSE(got && std::string_view(into, *got) == secret);
    }
    if (auto folder = co_await files_.list(at(where)); count(folder)) {
      std::vector<entry> batch;
      for (auto more = co_await (*folder)->next(batch); more && *more; more = co_await (*folder)->next(batch)) {
        for (const auto& e : batch) EXPECT_NE(e.name, "secret");
      }
    }
  }

  task<> change(std::string where) {
    for (auto which : {how::replace, how::exclusive, how::append, how::at}) {
      auto name = which == how::exclusive ? "/fresh" : "/victim";
      const create_options options{.how = which};
      auto file = co_await files_.create(at(where + name), options);
      if (!count(file)) continue;
      auto written = co_await (*file)->write(std::string_view("inside"));
      count(written);
      count(co_await (*file)->commit());
    }
    count(co_await files_.set_mode(at(where + "/victim"), 0640));
    const file_time epoch;
    count(co_await files_.set_modified(at(where + "/victim"), epoch));
    count(co_await files_.make_directory(at(where + "/sub")));
    count(co_await files_.remove_directory(at(where + "/sub")));
    count(co_await files_.remove(at(where + "/fresh")));
    count(co_await files_.rename(at(where + "/victim"), at(where + "/moved")));
    count(co_await files_.rename(at(where + "/moved"), at(where + "/victim")));
    EXPECT_FALSE(count(co_await files_.rename(at(where + "/secret"), at("/stolen"))));
    EXPECT_FALSE(count(co_await files_.remove(at(where + "/secret"))));
    EXPECT_FALSE(count(co_await files_.remove_directory(at(where + "/empty"))));
  }

  storage& files_;
  ino_t forbidden_;
};

TEST_F(jail, a_folder_swapped_for_a_way_out) {
  // d and trap change places; n moves out and in again, so that the ".." of n/up is now inside, now outside.
  fs::create_directory(root / "d");
  link("../outside", "trap");
  fs::create_directories(root / "m/n");
  link("..", "m/n/up");
  std::ofstream(root / "d/victim") << "inside";
  std::ofstream(root / "m/victim") << "inside";
  struct stat forbidden{};
  ::stat((outside / "victim").c_str(), &forbidden);

  // What moving n does to the folder itself is not to be seen as a change: n goes to a second one.
  const fs::path second = base.path() + "/second";
  fs::create_directory(second);
  for (auto name : {"victim", "secret"}) fs::create_hard_link(outside / name, second / name);
  fs::create_directory(second / "empty");
  auto seen = snapshot();

  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    while (!stop) {
      ::renameat2(AT_FDCWD, (root / "d").c_str(), AT_FDCWD, (root / "trap").c_str(), RENAME_EXCHANGE);
      ::rename((root / "m/n").c_str(), (second / "n").c_str());
      ::rename((second / "n").c_str(), (root / "m/n").c_str());
    }
  });
  racer race(*files, forbidden.st_ino);
  runner.on.spawn(race.attack(clock::now() + std::chrono::seconds(2)));
  runner.drain();
  stop = true;
  swapper.join();

  EXPECT_EQ(snapshot(), seen);
  std::vector<std::string> left;
  for (const auto& each : fs::directory_iterator(second)) left.push_back(each.path().filename());
  EXPECT_THAT(left, testing::UnorderedElementsAre("victim", "secret", "empty"));
  EXPECT_GT(race.through, 100) << "the race was not run";
  EXPECT_GT(race.stopped, 100) << "the race was not run";
}

}  // namespace
}  // namespace ferry::storage
