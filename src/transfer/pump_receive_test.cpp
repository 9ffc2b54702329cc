#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <csignal>
#include <vector>

#include "transfer/pump.hpp"
#include "transfer/test_support/ends.hpp"

namespace ferry::transfer {
namespace {

using pieces = net::fault_plan::pieces;

enum class receive_way { spliced, copied_from_a_socket, copied_in_memory, copied_in_pieces };

void PrintTo(receive_way tried, std::ostream* out) {
  constexpr const char* names[] = {"spliced", "copied_from_a_socket", "copied_in_memory", "copied_in_pieces"};
  *out << names[static_cast<int>(tried)];
}

std::unique_ptr<net::network> network_of(receive_way tried, net::loop& on) {
  switch (tried) {
    case receive_way::copied_in_memory: return std::make_unique<net::memory_network>(on);
    case receive_way::copied_in_pieces:
      return std::make_unique<net::memory_network>(on, net::fault_plan{.seed = 1, .split = pieces::random});
    default: return std::make_unique<net::tcp_network>(on);
  }
}

class pump_receive : public testing::TestWithParam<receive_way>, public support::loop_runner {
 protected:
  void again() {
    ends = connect(*this, *through);
    moved = {};
    sink = std::make_unique<test_sink>();
    if (GetParam() == receive_way::spliced) sink->give_descriptor();
  }

  result<void> receive(stages through_stages = {}) {
    pump moving{on, *ends.channel, moved, stalled};
    return run(moving.receive(*sink, std::move(through_stages)));
  }

  net::task<> receive_and_tell(std::optional<std::string_view>& told) {
    pump moving{on, *ends.channel, moved, stalled};
    decoding plain;
    auto outcome = co_await moving.receive(*sink, std::move(plain));
    told = id_of(outcome);
    if (!outcome) ends.channel->reset();
  }

  void begin_sending(std::string content, bool end = true) {
    on.spawn([](net::stream& to, std::string what, bool close) -> net::task<> {
      co_await write_all(to, what);
      if (close) to.close_write();
    }(*ends.peer, std::move(content), end));
  }

  // Everything that the system takes lies in the socket before the pump begins: it need not wait, so it splices.
  void fill(std::string_view& content) {
    for (;;) {
      auto io = ends.peer->try_write(content);
      if (io.what != net::io_result::state::moved) return;
      content.remove_prefix(io.count);
    }
  }

  static constexpr auto stalled = 120s;
  std::unique_ptr<net::network> through = network_of(GetParam(), on);
  two_ends ends = connect(*this, *through);
  progress moved;
  std::unique_ptr<test_sink> sink = [] {
    auto out = std::make_unique<test_sink>();
    if (GetParam() == receive_way::spliced) out->give_descriptor();
    return out;
  }();
};

INSTANTIATE_TEST_SUITE_P(by, pump_receive,
                         testing::Values(receive_way::spliced, receive_way::copied_from_a_socket,
                                         receive_way::copied_in_memory, receive_way::copied_in_pieces),
                         testing::PrintToStringParamName());

TEST_P(pump_receive, every_size_arrives_whole) {
  constexpr auto buffer = limit::transfer_buffer, first = limit::transfer_buffer_first, slice = limit::transfer_slice;
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, first - 1, first, first + 1, 4 * first, buffer - 1, buffer,
                           buffer + 1, 2 * buffer, slice + 1, 20 * slice + 7}) {
    const auto content = pattern(size);
    again();
    begin_sending(content);
    auto got = receive();
    EXPECT_TRUE(got) << got.error().cause;
    EXPECT_TRUE(sink->content() == content) << "size " << size;
    EXPECT_EQ(moved.bytes, size);
  }
}

TEST_P(pump_receive, a_peer_that_pauses_everywhere) {
  const auto content = pattern(3 * limit::transfer_slice + 7);
  on.spawn([](net::loop& l, net::stream& to, std::string_view left) -> net::task<> {
    for (std::size_t size = 1; !left.empty(); size = size * 3 % 1'000'003 + 1) {
      auto part = left.substr(0, size);
      left.remove_prefix(part.size());
      co_await write_all(to, part);
      co_await l.sleep(1ms);
    }
    to.close_write();
  }(on, *ends.peer, content));
  EXPECT_EQ(id_of(receive()), "");
  EXPECT_TRUE(sink->content() == content);
  EXPECT_EQ(moved.bytes, content.size());
}

TEST_P(pump_receive, a_peer_that_breaks_the_connection) {
  const auto content = pattern(2 * limit::transfer_slice);
  on.spawn([](net::loop& l, net::stream& peer, std::string_view what, progress& moved) -> net::task<> {
    co_await write_all(peer, what);
    while (moved.bytes == 0) co_await l.yield();
    peer.reset();
  }(on, *ends.peer, content, moved));
  EXPECT_EQ(id_of(receive()), "data.reset");
  EXPECT_TRUE(content.starts_with(sink->content()));
  EXPECT_EQ(sink->content().size(), moved.bytes);  // what came has been written
}

TEST_P(pump_receive, a_peer_that_sends_nothing_stalls_it) {
  std::optional<std::string_view> told;
  on.spawn(receive_and_tell(told));
  begin_sending("a little", false);
  settle();
  on.skip(stalled - 1s);
  settle();
  EXPECT_FALSE(told);
  on.skip(1s);
  drain();
  EXPECT_EQ(told, "data.stalled");
  EXPECT_EQ(sink->content(), "a little");
}

TEST_P(pump_receive, a_slow_peer_does_not) {
  std::optional<std::string_view> told;
  on.spawn(receive_and_tell(told));
  for (int i = 0; i < 5; ++i) {
    run(write_all(*ends.peer, "drop"));
    settle();
    on.skip(stalled - 10s);
    settle();
    EXPECT_FALSE(told);
  }
  ends.peer->close_write();
  drain();
  EXPECT_EQ(told, "");
  EXPECT_EQ(sink->content(), "dropdropdropdropdrop");
}

TEST_P(pump_receive, stopped_at_any_step_it_ends_at_once) {
  const auto content = pattern(limit::transfer_slice + 5);
  int steps = 0;
  for (bool untouched = false; !untouched; steps += 1 + steps / 10) {
    again();
    std::optional<std::string_view> told;
    on.spawn(receive_and_tell(told));
    begin_sending(content);
    on.context().restart();
    for (int i = 0; i < steps && !told; ++i) on.context().run_one_for(1s);
    const bool stopped = !told;
    if (stopped) moved.abort();
    drain();
    ASSERT_TRUE(told) << "step " << steps;
    if (stopped) {
      // The end may have been read before.
      EXPECT_TRUE(*told == "data.aborted" || (told->empty() && sink->content() == content)) << steps << ": " << *told;
      EXPECT_TRUE(content.starts_with(sink->content()));
      EXPECT_EQ(sink->content().size(), moved.bytes);
    } else {
      EXPECT_EQ(*told, "");
      EXPECT_TRUE(sink->content() == content);
    }
    untouched = !stopped;
    ASSERT_LT(steps, 10'000);
  }
  EXPECT_GT(steps, 2);
}

TEST_P(pump_receive, stopped_while_nothing_comes) {
  on.spawn([](net::loop& l, progress& what) -> net::task<> {
    co_await l.sleep(5ms);
    what.abort();
  }(on, moved));
  EXPECT_EQ(id_of(receive()), "data.aborted");
}

TEST_P(pump_receive, an_error_of_the_storage_ends_it) {
  for (int failing : {1, 2, 3}) {
    if (GetParam() == receive_way::spliced && failing > 1) continue;  // write() is called for the beginning only
    again();
    sink->fault = [failing](int write) -> std::optional<error> {
      if (write < failing) return std::nullopt;
      return error{"storage.full", "no space is left", {}, std::errc::no_space_on_device};
    };
    const auto content = pattern(5 * limit::transfer_buffer);
    begin_sending(content);
    EXPECT_EQ(id_of(receive()), "storage.full");
    EXPECT_EQ(sink->writes, failing);
    EXPECT_TRUE(content.starts_with(sink->content()));
    ends.channel->reset();
    drain();
  }
}

TEST_P(pump_receive, text_gets_the_line_ends_of_this_machine) {
  std::string text, wire;
  for (int i = 0; i < 60'000; ++i) {
    text += "line " + std::to_string(i) + "\n";
    wire += "line " + std::to_string(i) + "\r\n";
  }
  text += "\r";  // no line's end: it stays, though only the end of the file tells
  wire += "\r";
  begin_sending(wire);
  stages ascii;
  ascii.push_back(std::make_unique<ascii_in>());
  EXPECT_EQ(id_of(receive(std::move(ascii))), "");
  EXPECT_TRUE(sink->content() == text);
  EXPECT_EQ(moved.bytes, wire.size());
}

class pump_splice : public pump_receive {};
INSTANTIATE_TEST_SUITE_P(by, pump_splice, testing::Values(receive_way::spliced), testing::PrintToStringParamName());

TEST_P(pump_splice, much_that_waits_passes_this_process_by) {
  const auto content = pattern(12 * limit::transfer_slice);
  std::string_view left = content;
  fill(left);
  ASSERT_GT(content.size() - left.size(), 2 * limit::transfer_buffer);
  begin_sending(std::string(left));
  EXPECT_EQ(id_of(receive()), "");
  EXPECT_TRUE(sink->content() == content);
  EXPECT_LT(sink->writes, 8);
}

TEST_P(pump_splice, a_sink_that_holds_bytes_back_gets_all_by_its_own_hand) {
  sink->holds_back = true;
  const auto content = pattern(4 * limit::transfer_slice);
  std::string_view left = content;
  fill(left);
  begin_sending(std::string(left));
  EXPECT_EQ(id_of(receive()), "");
  EXPECT_TRUE(sink->content() == content);
}

TEST_P(pump_splice, a_file_that_may_not_grow_is_an_error_of_the_storage) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = limit::transfer_slice, .rlim_max = before.rlim_max};
  const auto content = pattern(4 * limit::transfer_slice);
  std::string_view left = content;
  fill(left);
  begin_sending(std::string(left));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  auto got = receive();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(id_of(got), "storage.full");
  EXPECT_TRUE(content.starts_with(sink->content()));
  ends.channel->reset();
  drain();

  // The bytes that were lost with the pipe do not turn up in the next file.
  again();
  begin_sending(content);
  EXPECT_EQ(id_of(receive()), "");
  EXPECT_TRUE(sink->content() == content);
}

TEST_P(pump_splice, the_peer_breaks_the_connection_while_it_is_spliced) {
  const auto content = pattern(4 * limit::transfer_slice);
  std::string_view left = content;
  fill(left);
  const std::size_t sent = content.size() - left.size();
  ends.peer->reset();
  EXPECT_EQ(id_of(receive()), "data.reset");
  EXPECT_LE(sink->content().size(), sent);
  EXPECT_TRUE(content.starts_with(sink->content()));
}

}  // namespace
}  // namespace ferry::transfer
