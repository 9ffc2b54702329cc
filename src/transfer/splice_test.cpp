#include "transfer/splice.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>

#include "base/fd.hpp"
#include "transfer/test_support/ends.hpp"

namespace ferry::transfer {
namespace {

using state = moved_bytes::state;

class splice_test : public testing::Test, public support::loop_runner {
 protected:
  splice_test() { std::signal(SIGPIPE, SIG_IGN); }

  void send(std::string_view bytes) { run(write_all(*ends.peer, bytes)); }
  std::string take(std::size_t count) {
    std::string out;
    while (out.size() < count) {
      char bytes[4096];
      auto io = ends.peer->try_read(std::span(bytes).first(std::min(sizeof bytes, count - out.size())));
      if (io.what == net::io_result::state::moved) out.append(bytes, io.count);
    }
    return out;
  }

  net::tcp_network through{on};
  two_ends ends = connect(*this, through);
  int socket = ends.channel->descriptor();
};

TEST_F(splice_test, a_part_of_a_file_is_sent) {
  kernel_file file("0123456789");
  auto sent = send_from_file(socket, file.get(), 3, 4);
  EXPECT_EQ(sent.what, state::more);
  EXPECT_EQ(sent.count, 4u);
  EXPECT_EQ(take(4), "3456");
}

TEST_F(splice_test, the_end_of_the_file_is_told) {
  kernel_file file("0123456789");
  EXPECT_EQ(send_from_file(socket, file.get(), 8, 100).count, 2u);
  EXPECT_EQ(send_from_file(socket, file.get(), 10, 100).what, state::end);
  EXPECT_EQ(send_from_file(socket, file.get(), 1'000'000, 100).what, state::end);
}

TEST_F(splice_test, a_full_socket_would_block) {
  kernel_file file(pattern(1 << 20));
  std::uint64_t sent = 0;
  moved_bytes last;
  for (int i = 0; i < 100 && last.what == state::more; ++i) {
    last = send_from_file(socket, file.get(), 0, 1 << 20);
    sent += last.count;
  }
  EXPECT_EQ(last.what, state::would_block);
  EXPECT_EQ(last.count, 0u);
  EXPECT_GT(sent, 0u);
}

TEST_F(splice_test, a_broken_connection_is_the_channels_fault) {
  kernel_file file("0123456789");
  ends.peer->reset();
  settle();
  auto sent = send_from_file(socket, file.get(), 0, 10);
  EXPECT_EQ(sent.what, state::channel_failed);
  EXPECT_EQ(sent.code, std::errc::connection_reset);
  EXPECT_EQ(send_from_file(socket, file.get(), 0, 10).code, std::errc::broken_pipe);
}

TEST_F(splice_test, what_is_no_file_is_the_files_fault) {
  fd folder(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto sent = send_from_file(socket, folder.get(), 0, 10);
  EXPECT_EQ(sent.what, state::file_failed);
  EXPECT_EQ(sent.code, std::errc::is_a_directory);
}

// sendfile(2) says EINVAL to this file.
TEST_F(splice_test, a_file_that_cannot_be_sent_from_is_copied) {
  fd odd(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  std::string content(100, '\0');
  ASSERT_EQ(::pread(odd.get(), content.data(), content.size(), 0), 100);
  auto sent = send_from_file(socket, odd.get(), 7, 50);
  EXPECT_EQ(sent.what, state::more);
  EXPECT_EQ(sent.count, 50u);
  EXPECT_EQ(take(50), content.substr(7, 50));
  EXPECT_EQ(send_from_file(socket, odd.get(), 1'000'000, 100).what, state::end);

  moved_bytes last;
  std::uint64_t all = 0;
  for (int i = 0; i < 100'000 && last.what == state::more; ++i) {
    last = send_from_file(socket, odd.get(), 0, 1'000'000);
    all += last.count;
  }
  EXPECT_EQ(last.what, state::would_block);
  EXPECT_GT(all, 0u);
  ends.peer->reset();
  settle();
  EXPECT_EQ(send_from_file(socket, odd.get(), 0, 10).what, state::channel_failed);
}

// splice(2) says EINVAL to a file that is open for appending.
TEST_F(splice_test, into_a_file_that_cannot_be_spliced_to_what_came_is_copied) {
  kernel_file file("0123456789");
  ASSERT_EQ(::fcntl(file.get(), F_SETFL, O_APPEND), 0);
  const auto content = pattern(200'000);
  send(content);
  ends.peer->close_write();
  std::uint64_t all = 0;
  moved_bytes got;
  while (got.what != state::end && got.what != state::file_failed) {
    got = receive_into_file(socket, file.get(), 1'000'000);
    all += got.count;
  }
  EXPECT_EQ(got.what, state::end);
  EXPECT_EQ(all, content.size());
  EXPECT_TRUE(file.content() == "0123456789" + content);
}

TEST_F(splice_test, what_came_is_put_where_the_file_stands) {
  kernel_file file("0123456789");
  ::lseek(file.get(), 4, SEEK_SET);
  send("abc");
  auto got = receive_into_file(socket, file.get(), 1000);
  EXPECT_EQ(got.what, state::would_block);
  EXPECT_EQ(got.count, 3u);
  EXPECT_EQ(file.content(), "0123abc789");
}

TEST_F(splice_test, it_stops_when_enough_has_come) {
  kernel_file file;
  send(pattern(10'000));
  auto got = receive_into_file(socket, file.get(), 1);
  EXPECT_EQ(got.what, state::more);
  EXPECT_GE(got.count, 1u);
}

TEST_F(splice_test, the_end_is_told_behind_the_bytes) {
  kernel_file file;
  send("last");
  ends.peer->close_write();
  settle();
  auto got = receive_into_file(socket, file.get(), 1000);
  EXPECT_EQ(got.what, state::end);
  EXPECT_EQ(got.count, 4u);
  EXPECT_EQ(receive_into_file(socket, file.get(), 1000).what, state::end);
  EXPECT_EQ(file.content(), "last");
}

TEST_F(splice_test, a_reset_is_no_end) {
  kernel_file file;
  ends.peer->reset();
  settle();
  auto got = receive_into_file(socket, file.get(), 1000);
  EXPECT_EQ(got.what, state::channel_failed);
  EXPECT_EQ(got.code, std::errc::connection_reset);
}

TEST_F(splice_test, bytes_that_cannot_be_written_are_lost_and_told_of) {
  int only_read = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  send("lost");
  settle();
  auto got = receive_into_file(socket, only_read, 1000);
  ::close(only_read);
  EXPECT_EQ(got.what, state::file_failed);
  EXPECT_EQ(got.code, std::errc::bad_file_descriptor);

  kernel_file file;
  send("kept");
  settle();
  EXPECT_EQ(receive_into_file(socket, file.get(), 1000).count, 4u);
  EXPECT_EQ(file.content(), "kept");
}

}  // namespace
}  // namespace ferry::transfer
