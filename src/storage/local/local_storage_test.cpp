// What only a folder of this machine does; the rest is in storage_contract.hpp.
#include "storage/local/local_storage.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "storage/local/root.hpp"
#include "storage/storage_runner.hpp"

namespace ferry::storage {
namespace {

namespace fs = std::filesystem;
using how = enum create_options::how;
using testing::ElementsAre;
using testing::IsEmpty;

// A session on one folder.
struct desk {
  explicit desk(const std::string& folder, const root_options& how = {})
      : files(open_local(runner.on, open_root(folder, how).value()).value()) {}

  template <class T>
  T run(task<T> work) {
    return runner.run(std::move(work));
  }

  result<void> put(std::string_view name, std::string_view bytes, create_options options = {}) {
    auto file = run(files->create(at(name), options));
    if (!file) return std::unexpected(file.error());
    if (auto written = run((*file)->write(bytes)); !written) return written;
    return run((*file)->commit());
  }

  std::string get(std::string_view name) {
    auto file = run(files->open(at(name)));
    if (!file) return std::string(file.error().id);
    std::string out((*file)->about().size, '\0');
    EXPECT_EQ(run((*file)->read(0, out)).value(), out.size());
    return out;
  }

  storage_runner runner;
  std::unique_ptr<storage> files;
};

class local_storage : public testing::Test {
 protected:
  struct stat about(const std::string& name) const {
    struct stat out{};
    EXPECT_EQ(::lstat((folder.path() + name).c_str(), &out), 0);
    return out;
  }

  // Everything in the folder, hidden or not.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& each : fs::directory_iterator(folder.path())) out.push_back(each.path().filename());
    return out;
  }

  scratch_folder folder;
};

TEST_F(local_storage, a_root_must_be_a_folder) {
  std::ofstream(folder.path() + "/f") << "x";
  EXPECT_EQ(id_of(open_root(folder.path() + "/missing")), "storage.not_found");
  EXPECT_EQ(id_of(open_root(folder.path() + "/f")), "storage.not_directory");
}

// A small disk of its own, while there is one.
class small_disk {
 public:
  explicit small_disk(std::string where) : where_(std::move(where)) {
    mounted_ = ::mount("none", where_.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~small_disk() {
    if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
  }
  explicit operator bool() const { return mounted_; }
  bool protect() const { return ::mount("none", where_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0; }

 private:
  std::string where_;
  bool mounted_;
};

TEST_F(local_storage, a_full_disk_leaves_the_old_file) {
  small_disk disk(folder.path());
  if (!disk) GTEST_SKIP() << "*** NOT TESTED: a full disk; mounting needs root";
  desk d(folder.path());
  ASSERT_TRUE(d.put("/f", "old"));
  {
    auto file = d.run(d.files->create(at("/f"), {})).value();
    result<void> written;
    for (int i = 0; i < 20 && written; ++i) written = d.run(file->write(std::string(100000, 'n')));
    EXPECT_EQ(id_of(written), "storage.full");
    EXPECT_EQ(id_of(d.run(file->write(std::string_view("more")))), "storage.full");
    EXPECT_EQ(id_of(d.run(file->commit())), "storage.full") << "a hole must not be published";
    EXPECT_EQ(d.get("/f"), "old");
    EXPECT_LT(d.run(d.files->available(path())).value().free, 100000u);
  }
  d.runner.drain();
  EXPECT_GT(d.run(d.files->available(path())).value().free, 900000u) << "its room is free again";
  EXPECT_THAT(names(), ElementsAre("f"));

  ASSERT_TRUE(d.put("/big", std::string(900000, 'b')));
  std::string rest(d.run(d.files->available(path())).value().free, 'r');
  ASSERT_TRUE(d.put("/rest", rest));
  EXPECT_EQ(id_of(d.put("/f", "small, written with commit")), "storage.full");
  EXPECT_EQ(d.get("/f"), "old");
  EXPECT_EQ(id_of(d.put("/big", std::string(100000, '+'), {.how = how::append})), "storage.full");
  EXPECT_THAT(names(), testing::UnorderedElementsAre("f", "big", "rest"));
}

// On a disk with room for one of two: what is set aside is really gone for others, and comes back.
TEST_F(local_storage, room_that_is_set_aside) {
  small_disk disk(folder.path());
  if (!disk) GTEST_SKIP() << "*** NOT TESTED: a full disk; mounting needs root";
  desk here(folder.path());
  const auto room = here.run(here.files->available(path()))->free;
  auto left = [&] { return here.run(here.files->available(path()))->free; };
  auto held = here.run(here.files->reserve(path(), room - 65536));
  ASSERT_TRUE(held) << held.error().cause;
  EXPECT_LE(left(), 65536u);
  EXPECT_EQ(id_of(here.put("/f", std::string(200'000, 'x'))), "storage.full");
  EXPECT_EQ(id_of(here.run(here.files->create(at("/f"), {.reserve = 200'000}))), "storage.full");
  held->reset();
  here.runner.drain();
  EXPECT_GE(left(), room - 65536);
  ASSERT_TRUE(here.put("/f", "short", {.reserve = room - 65536}));
  EXPECT_GE(left(), room - 65536) << "what the upload did not need";
  EXPECT_EQ(here.get("/f"), "short");
}

TEST_F(local_storage, a_disk_that_may_only_be_read) {
  small_disk disk(folder.path());
  if (!disk) GTEST_SKIP() << "*** NOT TESTED: a read-only disk; mounting needs root";
  std::ofstream(folder.path() + "/f") << "old";
  ASSERT_TRUE(disk.protect());
  desk d(folder.path());
  for (auto which : {how::replace, how::exclusive, how::append, how::at}) {
    auto name = which == how::exclusive ? "/new" : "/f";
    EXPECT_EQ(id_of(d.run(d.files->create(at(name), {.how = which}))), "storage.read_only");
  }
  EXPECT_EQ(id_of(d.run(d.files->make_directory(at("/d")))), "storage.read_only");
  EXPECT_EQ(id_of(d.run(d.files->remove(at("/f")))), "storage.read_only");
  EXPECT_EQ(id_of(d.run(d.files->rename(at("/f"), at("/g")))), "storage.read_only");
  EXPECT_EQ(id_of(d.run(d.files->set_mode(at("/f"), 0600))), "storage.read_only");
  EXPECT_EQ(id_of(d.run(d.files->set_modified(at("/f"), {}))), "storage.read_only");
  EXPECT_EQ(d.get("/f"), "old");
}

TEST_F(local_storage, a_replaced_file_keeps_its_owner) {
  if (::geteuid() != 0) GTEST_SKIP() << "*** NOT TESTED: the owner of replaced files; that needs root";
  std::ofstream(folder.path() + "/f") << "old";
  ASSERT_EQ(::chown((folder.path() + "/f").c_str(), 12345, 54321), 0);
  ASSERT_EQ(::chmod((folder.path() + "/f").c_str(), 06644), 0);
  desk d(folder.path());
  ASSERT_TRUE(d.put("/f", "new"));
  EXPECT_EQ(about("/f").st_uid, 12345u);
  EXPECT_EQ(about("/f").st_gid, 54321u);
  EXPECT_EQ(about("/f").st_mode & 07777, 0644u) << "new bytes do not run as the old owner";
  EXPECT_EQ(d.get("/f"), "new");
}

// Root may do everything: what others may not is tried by another process. Its failures make this one fail.
void as_nobody(const std::function<void()>& what) {
  auto child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(2);
    what();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(local_storage, without_privilege) {
  ::chmod(folder.path().c_str(), 0777);
  as_nobody([&] {
    desk d(folder.path());
    EXPECT_TRUE(d.put("/f", "old")) << "an unnamed file gets its name without capabilities";
    EXPECT_TRUE(d.put("/f", "new"));
    EXPECT_EQ(d.get("/f"), "new");
    ::chmod((folder.path() + "/f").c_str(), 0444);
    EXPECT_EQ(id_of(d.put("/f", "newer")), "storage.denied") << "what may not be written may not be replaced";
    EXPECT_EQ(id_of(d.put("/f", "+", {.how = how::append})), "storage.denied");
    EXPECT_EQ(d.get("/f"), "new");
    ::chmod((folder.path() + "/f").c_str(), 0);
    EXPECT_EQ(id_of(d.run(d.files->open(at("/f")))), "storage.denied");

    ::mkdir((folder.path() + "/closed").c_str(), 0);
    EXPECT_EQ(id_of(d.run(d.files->stat(at("/closed/f")))), "storage.denied");
    EXPECT_EQ(id_of(d.run(d.files->list(at("/closed")))), "storage.denied");
    EXPECT_EQ(id_of(d.put("/closed/f", "x")), "storage.denied");
    ::chmod((folder.path() + "/closed").c_str(), 0555);
    EXPECT_EQ(id_of(d.run(d.files->create(at("/closed/f"), {}))), "storage.denied") << "before the bytes are sent";
    ::chmod((folder.path() + "/closed").c_str(), 0333);
    EXPECT_TRUE(d.put("/closed/f", "x", {.durable = durability::full})) << "a folder to drop files into";
    EXPECT_EQ(id_of(d.run(d.files->list(at("/closed")))), "storage.denied");
    ::chmod((folder.path() + "/closed").c_str(), 0755);
  });
}

TEST_F(local_storage, a_shared_folder_stays_shared) {
  fs::create_directory(folder.path() + "/d");
  ::chmod((folder.path() + "/d").c_str(), 03775);
  desk d(folder.path());
  EXPECT_TRUE(d.run(d.files->set_mode(at("/d"), 0750)));
  EXPECT_EQ(about("/d").st_mode & 07777, 03750u);
}

TEST_F(local_storage, the_descriptor_of_an_upload) {
  desk d(folder.path());
  auto file = d.run(d.files->create(at("/f"), {})).value();
  EXPECT_TRUE(d.run(file->write(std::string_view("held back"))));
  EXPECT_EQ(file->descriptor(), -1) << "what is held back would come too late";
  EXPECT_TRUE(d.run(file->write(std::string(100000, 'x'))));
  ASSERT_GE(file->descriptor(), 0);
  EXPECT_EQ(::write(file->descriptor(), "direct", 6), 6);
  EXPECT_TRUE(d.run(file->write(std::string_view("end"))));
  EXPECT_TRUE(d.run(file->commit()));
  EXPECT_EQ(d.get("/f"), "held back" + std::string(100000, 'x') + "directend");
  EXPECT_EQ(file->descriptor(), -1);

  auto restarted = d.run(d.files->create(at("/f"), {.how = how::at, .offset = 9})).value();
  EXPECT_EQ(::write(restarted->descriptor(), "direct", 6), 6);
  EXPECT_TRUE(d.run(restarted->commit()));
  EXPECT_EQ(d.get("/f"), "held backdirect");

  auto appended = d.run(d.files->create(at("/f"), {.how = how::append})).value();
  EXPECT_EQ(::write(appended->descriptor(), "more", 4), 4);
  EXPECT_TRUE(d.run(appended->commit()));
  EXPECT_EQ(d.get("/f"), "held backdirectmore");
}

TEST_F(local_storage, what_is_at_hand) {
  desk d(folder.path());
  if (open_root(folder.path()).value()->speed != local::wait_for::disk) {
    GTEST_SKIP() << "*** NOT TESTED: what is at hand; the folder for temporary files lies on no disk";
  }
  const std::size_t size = 8 << 20;
  ASSERT_TRUE(d.put("/f", std::string(size, 'x'), {.durable = durability::full}));
  auto file = d.run(d.files->open(at("/f"))).value();
  EXPECT_TRUE(file->at_hand(0, size));
  EXPECT_TRUE(file->at_hand(0, 0));
  ::posix_fadvise(file->descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  EXPECT_FALSE(file->at_hand(0, 1));
  EXPECT_FALSE(file->at_hand(size - 1, 1));
  std::vector<char> into(100000);
  auto got = d.run(file->read(0, into)).value();
  EXPECT_GT(got, 0u) << "then a worker waits for it";
  EXPECT_TRUE(file->at_hand(0, got));
}

TEST_F(local_storage, what_is_at_hand_but_for_its_middle_is_not) {
  desk d(folder.path());
  if (open_root(folder.path()).value()->speed != local::wait_for::disk) {
    GTEST_SKIP() << "*** NOT TESTED: what is at hand; the folder for temporary files lies on no disk";
  }
  const std::size_t size = 1 << 20;
  ASSERT_TRUE(d.put("/f", std::string(size, 'x'), {.durable = durability::full}));
  auto file = d.run(d.files->open(at("/f"))).value();
  const int number = file->descriptor();
  ::posix_fadvise(number, 0, 0, POSIX_FADV_DONTNEED);
  ::posix_fadvise(number, 0, 0, POSIX_FADV_RANDOM);  // no more is read than is asked for
  const auto look = [&](std::size_t where) {
    char byte = 0;
    EXPECT_EQ(::pread(number, &byte, 1, static_cast<off_t>(where)), 1);
    EXPECT_TRUE(file->at_hand(where, 1));
  };
  look(0);
  look(size - 1);
  EXPECT_FALSE(file->at_hand(0, size));
  for (std::size_t at = 0; at < size; at += 4096) look(at);
  EXPECT_TRUE(file->at_hand(0, size));
  EXPECT_TRUE(file->at_hand(777, size - 777));
}

TEST_F(local_storage, a_large_file_is_let_go) {
  std::ofstream(folder.path() + "/f").close();
  fs::resize_file(folder.path() + "/f", 100 << 20);
  desk d(folder.path());
  auto file = d.run(d.files->open(at("/f"))).value();
  int number = file->descriptor();
  file.reset();
  d.runner.drain();
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST_F(local_storage, what_crashed_uploads_left) {
  const std::string left = "/d/.ferry-0123456789abcdef.part";
  fs::create_directory(folder.path() + "/d");
  std::ofstream(folder.path() + left) << "half a file";
  desk d(folder.path());
  auto listed = d.run(d.files->list(at("/d"))).value();
  std::vector<entry> batch;
  EXPECT_FALSE(d.run(listed->next(batch)).value());
  EXPECT_EQ(id_of(d.run(d.files->remove_directory(at("/d")))), "storage.not_empty") << "it may still be written";
  fs::last_write_time(folder.path() + left, fs::file_time_type::clock::now() - std::chrono::hours(2));
  desk patient(folder.path(), {.stale_upload = std::chrono::hours(3)});
  EXPECT_EQ(id_of(patient.run(patient.files->remove_directory(at("/d")))), "storage.not_empty");
  EXPECT_TRUE(d.run(d.files->remove_directory(at("/d"))));
}

TEST_F(local_storage, names_of_unfinished_uploads_cannot_be_taken) {
  desk d(folder.path());
  const auto name = at("/.ferry-x.part");
  ASSERT_TRUE(d.put("/f", ""));
  EXPECT_EQ(id_of(d.run(d.files->create(name, {}))), "storage.name");
  EXPECT_EQ(id_of(d.run(d.files->make_directory(name))), "storage.name");
  EXPECT_EQ(id_of(d.run(d.files->rename(at("/f"), name))), "storage.name");
}

// A server that ends has sessions whose coroutines are destroyed where they stand.
TEST_F(local_storage, nothing_is_left_when_the_loop_ends_first) {
  for (bool unnamed : {true, false}) {
    auto root = std::const_pointer_cast<root_folder>(open_root(folder.path()).value());
    root->unnamed_uploads = unnamed;
    net::asio::thread_pool workers(2);
    {
      net::loop on(workers);
      auto files = open_local(on, root).value();
      auto upload = [](net::loop& where, storage& into) -> task<> {
        const create_options plain;
        const std::string bytes(100000, 'x');
        auto file = co_await into.create(at("/f"), plain);
        if (file) {
          auto written = co_await (*file)->write(bytes);
          EXPECT_TRUE(written);
        }
        where.stop();
        co_await where.sleep(std::chrono::hours(1));
      };
      on.spawn(upload(on, *files));
      on.run();
      workers.join();
    }
    EXPECT_THAT(names(), IsEmpty());
  }
}

}  // namespace
}  // namespace ferry::storage
