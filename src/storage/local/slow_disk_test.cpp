// A disk that does not answer holds up whoever asked it, and nobody else.
#include <gtest/gtest.h>

#include <fstream>

#include "storage/local/local_storage.hpp"
#include "storage/storage_runner.hpp"
#include "support/slow_fs.hpp"

namespace ferry::storage {
namespace {

using namespace std::chrono_literals;

class slow_disk : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk) GTEST_SKIP() << "*** NOT TESTED: a disk that hangs; this machine lets us use no FUSE";
    std::ofstream(disk->files() + "/f") << std::string(100000, 'x');
    files = open_local(runner.on, open_root(disk->path()).value()).value();
  }

  // Starts `work` while the disk hangs; whether the loop went on meanwhile. Then lets it finish.
  template <class T>
  result<T> while_hanging(task<result<T>> work) {
    std::optional<result<T>> out;
    auto keep = [](task<result<T>> from, std::optional<result<T>>& into) -> task<> {
      into.emplace(co_await std::move(from));
    };
    disk->hang();
    runner.on.spawn(keep(std::move(work), out));
    int ticks = 0;
    auto tick = [](net::loop& on, int& count) -> task<> {
      for (; count < 20; ++count) co_await on.sleep(1ms);
    };
    runner.on.spawn(tick(runner.on, ticks));
    runner.run_until([&] { return ticks == 20; });
    disk->await_waiting(1);
    EXPECT_FALSE(out) << "the disk was not asked";
    disk->answer();
    runner.drain();
    return std::move(*out);
  }

  std::unique_ptr<support::slow_fs> disk = support::slow_fs::mount();
  storage_runner runner;
  std::unique_ptr<storage> files;
};

TEST_F(slow_disk, the_loop_goes_on_whatever_is_asked) {
  EXPECT_TRUE(while_hanging(files->stat(at("/f"))));
  EXPECT_TRUE(while_hanging(files->look(at("/f"))));
  EXPECT_TRUE(while_hanging(files->available(at("/f"))));
  EXPECT_TRUE(while_hanging(files->make_directory(at("/d"))));
  EXPECT_TRUE(while_hanging(files->set_mode(at("/d"), 0700)));
  EXPECT_TRUE(while_hanging(files->set_modified(at("/d"), {})));
  EXPECT_TRUE(while_hanging(files->rename(at("/d"), at("/e"))));
  EXPECT_TRUE(while_hanging(files->remove_directory(at("/e"))));

  auto folder = while_hanging(files->list(path()));
  std::vector<entry> batch;
  EXPECT_TRUE(runner.run((*folder)->next(batch)).value());
  EXPECT_EQ(batch.size(), 1u);

  auto file = while_hanging(files->create(at("/new"), {.durable = durability::full}));
  EXPECT_TRUE(while_hanging((*file)->write(std::string(200000, 'y'))));
  EXPECT_TRUE(while_hanging((*file)->commit()));
  EXPECT_TRUE(while_hanging(files->remove(at("/new"))));
}

TEST_F(slow_disk, reading) {
  auto file = while_hanging(files->open(at("/f")));
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->at_hand(0, 1));
  std::vector<char> into(100000);
  EXPECT_EQ(while_hanging((*file)->read(0, into)).value(), 100000u);
  EXPECT_FALSE((*file)->at_hand(0, 1)) << "even what was read may be asked for again";
}

// Closing asks the disk as well.
TEST_F(slow_disk, letting_go) {
  auto file = runner.run(files->open(at("/f"))).value();
  auto upload = runner.run(files->create(at("/new"), {})).value();
  EXPECT_TRUE(runner.run(upload->write(std::string(200000, 'y'))));
  disk->hang();
  file.reset();
  upload.reset();
  bool went_on = false;
  auto note = [](net::loop& on, bool& flag) -> task<> {
    co_await on.sleep(20ms);
    flag = true;
  };
  runner.on.spawn(note(runner.on, went_on));
  runner.run_until([&] { return went_on; });
  disk->await_waiting(2);
  disk->answer();
  runner.drain();
  EXPECT_TRUE(std::filesystem::exists(disk->files() + "/f"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(disk->files()), {}), 1) << "the upload left something";
}

TEST_F(slow_disk, another_disk_is_not_held_up) {
  scratch_folder fast;
  std::ofstream(fast.path() + "/f") << "fast";
  auto others = open_local(runner.on, open_root(fast.path()).value()).value();
  auto file = runner.run(files->open(at("/f"))).value();
  std::vector<char> into(1000);
  disk->hang();
  auto wait = [](source& from, std::vector<char>& to) -> task<> { EXPECT_TRUE(co_await from.read(0, to)); };
  runner.on.spawn(wait(*file, into));
  bool done = false;
  auto busy = [](storage& on, bool& flag) -> task<> {
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(co_await on.stat(at("/f")));
      const create_options plain;
      auto upload = co_await on.create(at("/g"), plain);
      EXPECT_TRUE(upload);
      if (!upload) co_return;
      auto done = co_await (*upload)->commit();
      EXPECT_TRUE(done);
    }
    flag = true;
  };
  runner.on.spawn(busy(*others, done));
  runner.run_until([&] { return done; });
  disk->answer();
  runner.drain();
}

}  // namespace
}  // namespace ferry::storage
