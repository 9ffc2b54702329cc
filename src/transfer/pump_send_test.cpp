#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "transfer/pump.hpp"
#include "transfer/test_support/ends.hpp"

namespace ferry::transfer {
namespace {

using pieces = net::fault_plan::pieces;

// The ways by which a file's bytes may reach the peer.
enum class send_way { sendfile, sendfile_on_a_worker, copied_to_a_socket, copied_in_memory, copied_in_pieces };

void PrintTo(send_way tried, std::ostream* out) {
  constexpr const char* names[] = {"sendfile", "sendfile_on_a_worker", "copied_to_a_socket", "copied_in_memory",
                                   "copied_in_pieces"};
  *out << names[static_cast<int>(tried)];
}

std::unique_ptr<net::network> network_of(send_way tried, net::loop& on) {
  switch (tried) {
    case send_way::copied_in_memory: return std::make_unique<net::memory_network>(on);
    case send_way::copied_in_pieces:
      return std::make_unique<net::memory_network>(on, net::fault_plan{.seed = 1, .split = pieces::random});
    default: return std::make_unique<net::tcp_network>(on);
  }
}

class pump_send : public testing::TestWithParam<send_way>, public support::loop_runner {
 protected:
  pump_send() { std::signal(SIGPIPE, SIG_IGN); }

  bool sends_directly() const {
    return GetParam() == send_way::sendfile || GetParam() == send_way::sendfile_on_a_worker;
  }

  test_source file(std::string content) const {
    test_source out(std::move(content));
    if (sends_directly()) out.give_descriptor(GetParam() == send_way::sendfile);
    return out;
  }

  result<void> send(storage::source& from, std::uint64_t offset = 0, stages through_stages = {}) {
    pump moving{on, *ends.channel, moved, stalled};
    auto outcome = run(moving.send(from, offset, std::move(through_stages)));
    outcome ? ends.channel->close_write() : ends.channel->reset();
    return outcome;
  }

  net::task<> send_and_tell(storage::source& from, std::optional<std::string_view>& told) {
    pump moving{on, *ends.channel, moved, stalled};
    encoding plain;
    auto outcome = co_await moving.send(from, 0, std::move(plain));
    told = id_of(outcome);
    outcome ? ends.channel->close_write() : ends.channel->reset();
  }

  peer_view& begin_reading() {
    seen = {};
    on.spawn(read_all(*ends.peer, seen));
    return seen;
  }
  void again() {
    ends = connect(*this, *through);
    moved = {};
  }

  static constexpr auto stalled = 120s;
  std::unique_ptr<net::network> through = network_of(GetParam(), on);
  two_ends ends = connect(*this, *through);
  progress moved;
  peer_view seen;
};

INSTANTIATE_TEST_SUITE_P(by, pump_send,
                         testing::Values(send_way::sendfile, send_way::sendfile_on_a_worker,
                                         send_way::copied_to_a_socket, send_way::copied_in_memory,
                                         send_way::copied_in_pieces),
                         testing::PrintToStringParamName());

TEST_P(pump_send, every_size_arrives_whole_from_every_offset) {
  constexpr auto buffer = limit::transfer_buffer, slice = limit::transfer_slice;
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, buffer - 1, buffer, buffer + 1, 2 * buffer, slice - 1, slice,
                           slice + 1, 3 * slice + 7}) {
    const auto content = pattern(size);
    for (std::size_t offset : {std::size_t{0}, std::size_t{1}, size / 2, size - std::min<std::size_t>(size, 1), size}) {
      if (offset > size) continue;
      again();
      begin_reading();
      auto source = file(content);
      auto sent = send(source, offset);
      drain();
      EXPECT_TRUE(sent) << sent.error().cause;
      EXPECT_TRUE(seen.bytes == content.substr(offset)) << "size " << size << " from " << offset;
      EXPECT_EQ(seen.how, net::io_result::state::end);
      EXPECT_EQ(moved.bytes, size - offset);
    }
  }
}

TEST_P(pump_send, nothing_is_sent_from_behind_the_end) {
  begin_reading();
  auto source = file("short");
  EXPECT_EQ(id_of(send(source, 6)), "");
  drain();
  EXPECT_EQ(seen.bytes, "");
  EXPECT_EQ(moved.bytes, 0u);
}

TEST_P(pump_send, reads_that_give_less_than_was_asked) {
  const auto content = pattern(10'000);
  begin_reading();
  auto source = file(content);
  source.at_a_time = 37;
  EXPECT_EQ(id_of(send(source)), "");
  drain();
  EXPECT_EQ(seen.bytes, content);
}

TEST_P(pump_send, a_file_that_became_shorter_is_told_of) {
  const auto content = pattern(3 * limit::transfer_slice);
  begin_reading();
  auto source = file(content);
  source.cut(content.size() / 2);
  EXPECT_EQ(id_of(send(source)), "storage.changed");
  drain();
  EXPECT_TRUE(content.starts_with(seen.bytes));
  EXPECT_EQ(seen.how, net::io_result::state::failed);
}

TEST_P(pump_send, a_peer_that_breaks_the_connection) {
  auto source = file(pattern(20 * limit::transfer_slice));
  on.spawn([](net::loop& l, net::stream& peer, progress& moved) -> net::task<> {
    while (moved.bytes == 0) co_await l.yield();
    peer.reset();
  }(on, *ends.peer, moved));
  EXPECT_EQ(id_of(send(source)), "data.reset");
  EXPECT_GT(moved.bytes, 0u);
  EXPECT_LT(moved.bytes, source.about().size);
}

TEST_P(pump_send, a_peer_that_was_gone_from_the_start) {
  ends.peer->reset();
  settle();
  auto source = file(pattern(1000));
  EXPECT_EQ(id_of(send(source)), "data.reset");
  EXPECT_EQ(moved.bytes, 0u);
}

TEST_P(pump_send, a_peer_that_does_not_read_stalls_it) {
  auto source = file(pattern(20 * limit::transfer_slice));
  std::optional<std::string_view> told;
  on.spawn(send_and_tell(source, told));
  settle();
  on.skip(stalled - 1s);
  settle();
  EXPECT_FALSE(told);
  on.skip(1s);
  drain();
  EXPECT_EQ(told, "data.stalled");
}

TEST_P(pump_send, a_slow_peer_does_not) {
  const auto content = pattern(20 * limit::transfer_slice);
  auto source = file(content);
  // It reads a little less often than would be too seldom.
  on.spawn([](net::loop& l, net::stream& peer, peer_view& into) -> net::task<> {
    for (int naps = 0; naps < 5; ++naps) {
      for (int i = 0; i < 50; ++i) co_await l.yield();
      l.skip(stalled - 20s);
      std::string piece(4'000'000, '\0');
      for (int tries = 0; tries < 200; ++tries) {
        auto io = peer.try_read(piece);
        if (io.what == net::io_result::state::moved) into.bytes.append(piece, 0, io.count);
        co_await l.yield();
      }
    }
    co_await read_all(peer, into);
  }(on, *ends.peer, seen));
  EXPECT_EQ(id_of(send(source)), "");
  drain();
  EXPECT_TRUE(seen.bytes == content);
}

TEST_P(pump_send, stopped_at_any_step_it_ends_at_once) {
  const auto content = pattern((sends_directly() ? 20 : 2) * limit::transfer_slice + 5);
  int steps = 0;
  for (bool untouched = false; !untouched; steps += 1 + steps / 10) {
    again();
    auto source = file(content);
    std::optional<std::string_view> told;
    bool stopped = false;
    on.spawn(send_and_tell(source, told));
    begin_reading();
    on.context().restart();
    for (int i = 0; i < steps && !told; ++i) on.context().run_one_for(1s);
    if (!told) {
      stopped = true;
      moved.abort();
    }
    drain();
    ASSERT_TRUE(told) << "step " << steps;
    // What was handed over to the network before may have been everything.
    if (stopped && *told == "data.aborted") {
      EXPECT_EQ(seen.how, net::io_result::state::failed);
      EXPECT_TRUE(content.starts_with(seen.bytes));
    } else {
      EXPECT_EQ(*told, "") << "step " << steps;
      EXPECT_EQ(seen.bytes.size(), content.size());
    }
    untouched = !stopped;
    ASSERT_LT(steps, 10'000);
  }
  EXPECT_GT(steps, 2);
}

TEST_P(pump_send, stopped_while_the_peer_does_not_read) {
  auto source = file(pattern(20 * limit::transfer_slice));
  on.spawn([](net::loop& l, progress& what) -> net::task<> {
    for (std::uint64_t before = 1; before != what.bytes || what.bytes == 0;) {
      before = what.bytes;
      co_await l.sleep(20ms);
    }
    what.abort();
  }(on, moved));
  EXPECT_EQ(id_of(send(source)), "data.aborted");
  EXPECT_TRUE(moved.aborted());
}

TEST_P(pump_send, text_gets_the_line_ends_of_the_wire) {
  std::string text, wire;
  for (int i = 0; i < 60'000; ++i) {
    text += "line " + std::to_string(i) + "\n";
    wire += "line " + std::to_string(i) + "\r\n";
  }
  begin_reading();
  auto source = file(text);
  stages ascii;
  ascii.push_back(std::make_unique<ascii_out>());
  EXPECT_EQ(id_of(send(source, 0, std::move(ascii))), "");
  drain();
  EXPECT_TRUE(seen.bytes == wire);
  EXPECT_EQ(moved.bytes, wire.size());
}

class pump_sendfile : public pump_send {};
INSTANTIATE_TEST_SUITE_P(by, pump_sendfile, testing::Values(send_way::sendfile, send_way::sendfile_on_a_worker),
                         testing::PrintToStringParamName());

TEST_P(pump_sendfile, a_file_that_grew_is_sent_as_it_was) {
  begin_reading();
  auto source = file("as it was");
  ASSERT_EQ(::pwrite(source.descriptor(), "and more", 8, 9), 8);
  EXPECT_EQ(id_of(send(source)), "");
  drain();
  EXPECT_EQ(seen.bytes, "as it was");
}

class pump_copies : public pump_send {};
INSTANTIATE_TEST_SUITE_P(by, pump_copies,
                         testing::Values(send_way::copied_to_a_socket, send_way::copied_in_memory,
                                         send_way::copied_in_pieces),
                         testing::PrintToStringParamName());

TEST_P(pump_copies, an_error_of_the_storage_is_passed_on) {
  for (int failing : {1, 2, 3}) {
    again();
    begin_reading();
    auto source = file(pattern(3 * limit::transfer_buffer));
    source.fault = [failing](int read) -> std::optional<error> {
      if (read < failing) return std::nullopt;
      return error{"storage.failed", "the disk is broken", {}, std::errc::io_error};
    };
    EXPECT_EQ(id_of(send(source)), "storage.failed");
    drain();
    EXPECT_EQ(moved.bytes, static_cast<std::size_t>(failing - 1) * encoding().slice());
    EXPECT_EQ(seen.how, net::io_result::state::failed);
  }
}

// A listing: a line at a time.
class lines : public producer {
 public:
  explicit lines(int count) : count_(count) {}
  std::optional<int> fails_at;

  net::task<result<bool>> next(std::string& chunk) override {
    if (fails_at == at_) co_return fail("storage.denied", "not allowed");
    if (at_ == count_) co_return false;
    chunk = "entry " + std::to_string(at_++) + "\r\n";
    co_return true;
  }

 private:
  int count_;
  int at_ = 0;
};

class pump_listing : public pump_send {
 protected:
  result<void> send(producer& from) {
    begin_reading();
    pump moving{on, *ends.channel, moved, stalled};
    auto outcome = run(moving.send(from, {}));
    outcome ? ends.channel->close_write() : ends.channel->reset();
    drain();
    return outcome;
  }
};

INSTANTIATE_TEST_SUITE_P(by, pump_listing, testing::Values(send_way::copied_to_a_socket, send_way::copied_in_pieces),
                         testing::PrintToStringParamName());

TEST_P(pump_listing, all_that_is_produced_is_sent) {
  for (int count : {0, 1, 5000}) {
    again();
    lines listing(count);
    EXPECT_EQ(id_of(send(listing)), "");
    std::string wanted;
    for (int i = 0; i < count; ++i) wanted += "entry " + std::to_string(i) + "\r\n";
    EXPECT_TRUE(seen.bytes == wanted) << count;
    EXPECT_EQ(seen.how, net::io_result::state::end);
    EXPECT_EQ(moved.bytes, wanted.size());
  }
}

TEST_P(pump_listing, an_error_ends_it) {
  lines listing(10);
  listing.fails_at = 3;
  EXPECT_EQ(id_of(send(listing)), "storage.denied");
  EXPECT_EQ(seen.how, net::io_result::state::failed);
}

TEST_P(pump_listing, it_is_stopped) {
  moved.abort();
  lines listing(10);
  EXPECT_EQ(id_of(send(listing)), "data.aborted");
  EXPECT_EQ(seen.bytes, "");
}

}  // namespace
}  // namespace ferry::transfer
