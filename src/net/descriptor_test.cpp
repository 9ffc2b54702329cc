#include "net/descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "support/loop_runner.hpp"

namespace ferry::net {
namespace {

using namespace std::chrono_literals;

class descriptor_test : public testing::Test, public support::loop_runner {
 protected:
  descriptor_test() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    mine = std::make_unique<descriptor>(on, ends[0]);
    other = ends[1];
  }
  ~descriptor_test() override { ::close(other); }

  void fill() const {
    const std::string bytes(65536, 'x');
    while (::send(mine->get(), bytes.data(), bytes.size(), 0) > 0) continue;
  }
  void empty() const {
    char bytes[65536];
    while (::recv(other, bytes, sizeof bytes, 0) > 0) continue;
  }

  // Begins to wait; the outcome is in `*` the answer once the loop has run.
  std::shared_ptr<std::optional<wait_status>> begin(interest what, duration for_how_long) {
    auto out = std::make_shared<std::optional<wait_status>>();
    on.spawn([](descriptor& d, interest i, time_point until, auto into) -> task<> {
      *into = co_await d.wait(i, until);
    }(*mine, what, on.now() + for_how_long, out));
    on.context().restart();
    on.context().poll();
    return out;
  }

  std::unique_ptr<descriptor> mine;
  int other = -1;
};

TEST_F(descriptor_test, is_ready_at_once) {
  EXPECT_EQ(run(mine->wait(interest::write, on.now() + 1h)), wait_status::ready);
}

TEST_F(descriptor_test, becomes_ready) {
  auto waiting = begin(interest::read, 1h);
  EXPECT_FALSE(*waiting);
  ASSERT_EQ(::write(other, "x", 1), 1);
  drain();
  EXPECT_EQ(*waiting, wait_status::ready);
}

TEST_F(descriptor_test, times_out) {
  auto waiting = begin(interest::read, 1h);
  on.skip(61min);
  drain();
  EXPECT_EQ(*waiting, wait_status::timed_out);
}

TEST_F(descriptor_test, a_wait_can_follow_one_that_timed_out) {
  EXPECT_EQ(run(mine->wait(interest::read, on.now() + 1ms)), wait_status::timed_out);
  auto waiting = begin(interest::read, 1h);
  EXPECT_FALSE(*waiting);
  ASSERT_EQ(::write(other, "x", 1), 1);
  drain();
  EXPECT_EQ(*waiting, wait_status::ready);
}

TEST_F(descriptor_test, is_cancelled) {
  auto waiting = begin(interest::read, 1h);
  mine->cancel(interest::read);
  drain();
  EXPECT_EQ(*waiting, wait_status::cancelled);
}

TEST_F(descriptor_test, a_cancel_without_a_wait_is_forgotten) {
  mine->cancel(interest::read);
  EXPECT_EQ(run(mine->wait(interest::write, on.now() + 1h)), wait_status::ready);
  mine->cancel(interest::read);
  mine->cancel(interest::write);
  auto waiting = begin(interest::read, 1h);
  EXPECT_FALSE(*waiting);
  ASSERT_EQ(::write(other, "x", 1), 1);
  drain();
  EXPECT_EQ(*waiting, wait_status::ready);
}

TEST_F(descriptor_test, both_interests_wait_at_once_and_end_each_for_itself) {
  fill();
  auto reading = begin(interest::read, 1h);
  auto writing = begin(interest::write, 2h);
  EXPECT_FALSE(*reading);
  EXPECT_FALSE(*writing);

  mine->cancel(interest::read);
  on.context().poll();
  EXPECT_EQ(*reading, wait_status::cancelled);
  EXPECT_FALSE(*writing);

  reading = begin(interest::read, 1h);
  on.skip(61min);
  on.context().poll();
  EXPECT_EQ(*reading, wait_status::timed_out);
  EXPECT_FALSE(*writing);

  empty();
  drain();
  EXPECT_EQ(*writing, wait_status::ready);
}

// A number that stands for no descriptor, and a file: epoll_ctl(2) refuses the one with EBADF, Asio the other.
TEST_F(descriptor_test, what_the_system_does_not_watch_fails_and_says_why) {
  descriptor none(on, 1 << 30);
  EXPECT_EQ(run(none.wait(interest::read, on.now() + 1h)), wait_status::failed);
  EXPECT_EQ(none.take_failure(), std::errc::bad_file_descriptor);
  EXPECT_EQ(none.take_failure(), std::errc{});
  EXPECT_EQ(run(none.wait(interest::write, on.now() + 1h)), wait_status::failed);

  descriptor file(on, ::memfd_create("file", MFD_CLOEXEC));
  EXPECT_EQ(run(file.wait(interest::read, on.now() + 1h)), wait_status::failed);
  EXPECT_EQ(file.take_failure(), std::errc::operation_not_supported);
}

TEST_F(descriptor_test, closes_what_it_owns) {
  for (bool waited : {false, true}) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    {
      descriptor owner(on, ends[0]);
      if (waited) {
        EXPECT_EQ(run(owner.wait(interest::read, on.now())), wait_status::timed_out);
      }
    }
    EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1);
    ::close(ends[1]);
  }
}

}  // namespace
}  // namespace ferry::net
