// Modes that tell the end of a file in the data: one connection serves many files, whatever becomes of each.
#include <gtest/gtest.h>

#include <csignal>

#include "proto/block_mode.hpp"
#include "proto/test_support/mode_story.hpp"
#include "transfer/pump.hpp"
#include "transfer/test_support/ends.hpp"
#include "transfer/test_support/wire_forms.hpp"

namespace ferry::transfer {
namespace {

using namespace std::literals;
using pieces = net::fault_plan::pieces;

enum class mode_way {
  by_the_kernel,
  by_the_kernel_on_a_worker,
  copied_to_a_socket,
  copied_in_memory,
  copied_in_pieces
};

void PrintTo(mode_way tried, std::ostream* out) {
  constexpr const char* names[] = {"by_the_kernel", "by_the_kernel_on_a_worker", "copied_to_a_socket",
                                   "copied_in_memory", "copied_in_pieces"};
  *out << names[static_cast<int>(tried)];
}

std::unique_ptr<net::network> network_of(mode_way tried, net::loop& on) {
  switch (tried) {
    case mode_way::copied_in_memory: return std::make_unique<net::memory_network>(on);
    case mode_way::copied_in_pieces:
      return std::make_unique<net::memory_network>(on, net::fault_plan{.seed = 1, .split = pieces::random});
    default: return std::make_unique<net::tcp_network>(on);
  }
}

constexpr parameters blocks{.type = data_type::image, .mode = transfer_mode::block};

class pump_modes : public testing::TestWithParam<mode_way>, public support::loop_runner {
 public:
  pump_modes() { std::signal(SIGPIPE, SIG_IGN); }

  bool by_the_kernel() const {
    return GetParam() == mode_way::by_the_kernel || GetParam() == mode_way::by_the_kernel_on_a_worker;
  }

  test_source file(std::string content) const {
    test_source out(std::move(content));
    if (by_the_kernel()) out.give_descriptor(GetParam() == mode_way::by_the_kernel);
    return out;
  }

  struct outcome {
    std::string_view failure;
    bool in_step = false;
    std::string content;  // of what was received

    friend bool operator==(const outcome&, const outcome&) = default;
    friend std::ostream& operator<<(std::ostream& to, const outcome& what) {
      return to << "'" << what.failure << "' " << what.in_step << " " << what.content.size() << " bytes";
    }
  };

  outcome send(storage::source& from, std::uint64_t offset = 0, const parameters& by = blocks) {
    moved = {};
    pump moving{on, *ends.channel, moved, stalled};
    encoding outwards(by);
    auto sent = run(moving.send(from, offset, std::move(outwards)));
    return {.failure = id_of(sent), .in_step = moving.in_step, .content = {}};
  }

  outcome receive(const parameters& by = blocks, marker_listener* markers = nullptr) {
    moved = {};
    pump moving{on, *ends.channel, moved, stalled, markers};
    how = decoding(by);
    auto got = run(moving.receive(sink, how, ahead));
    outcome out{.failure = id_of(got), .in_step = moving.in_step, .content = sink.content()};
    sink = {};
    return out;
  }

  outcome skip() {
    pump moving{on, *ends.channel, moved, stalled};
    auto got = run(moving.skip(how, ahead));
    return {.failure = id_of(got), .in_step = moving.in_step, .content = {}};
  }

  void begin_sending(std::string bytes, bool end = false) {
    on.spawn([](net::stream& to, std::string what, bool close) -> net::task<> {
      co_await write_all(to, what);
      if (close) to.close_write();
    }(*ends.peer, std::move(bytes), end));
  }

  void again() {
    ends = connect(*this, *through);
    ahead.clear();
  }

  static constexpr auto stalled = 120s;
  std::unique_ptr<net::network> through = network_of(GetParam(), on);
  two_ends ends = connect(*this, *through);
  progress moved;
  decoding how;
  test_sink sink;
  std::string ahead;
  peer_view seen;
};

INSTANTIATE_TEST_SUITE_P(by, pump_modes,
                         testing::Values(mode_way::by_the_kernel, mode_way::by_the_kernel_on_a_worker,
                                         mode_way::copied_to_a_socket, mode_way::copied_in_memory,
                                         mode_way::copied_in_pieces),
                         testing::PrintToStringParamName());

std::string in_blocks(std::string_view content) { return encoded(encoding(blocks), content, content.size() + 1).bytes; }

TEST_P(pump_modes, files_follow_one_another_to_the_peer) {
  const auto content = pattern(2 * limit::transfer_slice);
  std::string story;
  std::uint64_t on_the_wire = 0;
  on.spawn(read_all(*ends.peer, seen));
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65534}, std::size_t{65535}, std::size_t{65536},
                           std::size_t{131070}, std::size_t{131071}, limit::transfer_buffer, content.size()}) {
    for (std::size_t offset : {std::size_t{0}, size / 3, size}) {
      const auto whole = content.substr(0, size);
      auto source = file(whole);
      EXPECT_EQ(send(source, offset), (outcome{.failure = "", .in_step = true, .content = {}}));
      on_the_wire += moved.bytes;
      story += whole.substr(offset) + "<F>";
    }
  }
  ends.channel->close_write();
  drain();
  proto::block_decoder decoder;
  EXPECT_TRUE(proto::story(decoder, seen.bytes, 5000) == story);
  EXPECT_EQ(seen.bytes.size(), on_the_wire);
}

TEST_P(pump_modes, a_long_file_has_markers) {
  const auto content = pattern(2 * limit::marker_interval + 300'000);
  on.spawn(read_all(*ends.peer, seen));
  auto source = file(content);
  EXPECT_EQ(send(source, 100'000).failure, "");
  ends.channel->close_write();
  drain();
  const auto got = decoded(decoding(blocks), seen.bytes, 1'000'000);
  EXPECT_TRUE(got.bytes == content.substr(100'000));
  EXPECT_EQ(std::ranges::count(got.markers, '['), 2) << got.markers;
  for (auto at = got.markers.find('['); at != got.markers.npos; at = got.markers.find('[', at + 1)) {
    const auto told = std::stoull(got.markers.substr(at + 1));
    EXPECT_EQ(told, 100'000 + std::stoull(got.markers.substr(got.markers.find('=', at) + 1))) << got.markers;
    EXPECT_GE(told, 100'000 + limit::marker_interval);
  }
}

TEST_P(pump_modes, a_file_that_fails_leaves_the_next_in_step) {
  const auto content = pattern(limit::transfer_slice + 1000);
  on.spawn(read_all(*ends.peer, seen));
  auto broken = file(content);
  broken.cut(limit::transfer_slice / 2);
  EXPECT_EQ(send(broken), (outcome{.failure = "storage.changed", .in_step = true, .content = {}}));
  auto next = file("the next");
  EXPECT_EQ(send(next), (outcome{.failure = "", .in_step = true, .content = {}}));
  ends.channel->close_write();
  drain();
  const auto first = decoded(decoding(blocks), seen.bytes, 100'000);
  EXPECT_EQ(first.failure, "data.given_up");
  const auto told = limit::transfer_buffer;  // that much at least had been read
  EXPECT_TRUE(first.bytes.substr(0, told) == content.substr(0, told));
  EXPECT_EQ(decoded(decoding(blocks), first.left, 100'000).bytes, "the next");
}

// The header said that it was the last block: it is filled up, and nothing follows.
TEST_P(pump_modes, a_small_file_that_fails_leaves_the_next_in_step) {
  on.spawn(read_all(*ends.peer, seen));
  auto broken = file(std::string(1000, 'x'));
  broken.cut(0);
  EXPECT_EQ(send(broken), (outcome{.failure = "storage.changed", .in_step = true, .content = {}}));
  auto next = file("the next");
  EXPECT_EQ(send(next).failure, "");
  ends.channel->close_write();
  drain();
  const auto first = decoded(decoding(blocks), seen.bytes, 100'000);
  EXPECT_EQ(first.bytes.find_first_not_of('\0'), std::string::npos);
  EXPECT_EQ(decoded(decoding(blocks), first.left, 100'000).bytes, "the next");
}

TEST_P(pump_modes, a_producer_that_fails_leaves_the_next_in_step) {
  class failing : public producer {
   public:
    net::task<result<bool>> next(std::string& chunk) override {
      if (std::exchange(told_, true)) co_return fail("storage.failed", "the disk is broken");
      chunk = "a line\r\n";
      co_return true;
    }

   private:
    bool told_ = false;
  };
  on.spawn(read_all(*ends.peer, seen));
  pump moving{on, *ends.channel, moved, stalled};
  failing lines;
  EXPECT_EQ(id_of(run(moving.send(lines, encoding(blocks)))), "storage.failed");
  EXPECT_TRUE(moving.in_step);
  ends.channel->close_write();
  drain();
  EXPECT_EQ(decoded(decoding(blocks), seen.bytes, 100),
            (passed{.bytes = "a line\r\n", .failure = "data.given_up", .left = {}, .markers = {}}));
}

TEST_P(pump_modes, in_stream_mode_there_is_no_next) {
  auto broken = file(std::string(1000, 'x'));
  broken.cut(0);
  EXPECT_EQ(send(broken, 0, {.type = data_type::image}),
            (outcome{.failure = "storage.changed", .in_step = false, .content = {}}));
}

TEST_P(pump_modes, files_follow_one_another_from_the_peer) {
  std::string wire;
  std::vector<std::string> contents;
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, std::size_t{0},
                           3 * limit::transfer_buffer + 7, std::size_t{5}}) {
    contents.push_back(pattern(size));
    wire += in_blocks(contents.back());
  }
  begin_sending(wire);
  for (const auto& each : contents) {
    EXPECT_EQ(receive(), (outcome{.failure = "", .in_step = true, .content = each}));
  }
}

TEST_P(pump_modes, each_way_over_a_connection) {
  const std::string text = "a line\nand      another\n";
  for (const auto& by : every_way()) {
    if (by.type == data_type::image && by.structure == data_structure::record) continue;
    again();
    begin_sending(encoded(encoding(by), text, 10).bytes, !by.keeps_connection());
    EXPECT_EQ(receive(by), (outcome{.failure = "", .in_step = by.keeps_connection(), .content = text})) << name_of(by);
    again();
    seen = {};
    on.spawn(read_all(*ends.peer, seen));
    auto source = file(text);
    EXPECT_EQ(send(source, 0, by).failure, "") << name_of(by);
    ends.channel->close_write();
    drain();
    EXPECT_EQ(decoded(decoding(by), seen.bytes, 7).bytes, text) << name_of(by);
  }
}

TEST_P(pump_modes, a_storage_that_fails_leaves_the_next_in_step) {
  const auto content = pattern(5 * limit::transfer_buffer);
  for (int failing : {1, 2, 4}) {
    again();
    sink.fault = [failing](int write) -> std::optional<error> {
      if (write < failing) return std::nullopt;
      return error{"storage.full", "no space is left", {}, {}};
    };
    begin_sending(in_blocks(content) + in_blocks("the next"));
    auto first = receive();
    EXPECT_EQ(first.failure, "storage.full");
    EXPECT_TRUE(content.starts_with(first.content));
    EXPECT_EQ(skip(), (outcome{.failure = "", .in_step = true, .content = {}}));
    EXPECT_EQ(receive(), (outcome{.failure = "", .in_step = true, .content = "the next"}));
  }
}

TEST_P(pump_modes, a_whole_file_may_be_skipped) {
  begin_sending(in_blocks(pattern(1'000'000)) + in_blocks("the next"));
  how = decoding(blocks);
  EXPECT_TRUE(skip().in_step);
  EXPECT_EQ(receive().content, "the next");
}

TEST_P(pump_modes, a_file_that_the_peer_gave_up_leaves_the_next_in_step) {
  begin_sending("\0\0\4half\x60\0\0"s + in_blocks("the next"));
  EXPECT_EQ(receive(), (outcome{.failure = "data.given_up", .in_step = true, .content = "half"}));
  EXPECT_EQ(receive().content, "the next");
}

TEST_P(pump_modes, what_is_malformed_ends_it) {
  begin_sending("\0\0\4half\7\0\0"s);
  EXPECT_EQ(receive(), (outcome{.failure = "data.malformed", .in_step = false, .content = "half"}));
}

TEST_P(pump_modes, a_connection_that_ends_in_the_middle) {
  const auto wire = in_blocks("content");
  for (std::size_t size = 0; size < wire.size(); ++size) {
    again();
    begin_sending(wire.substr(0, size), true);
    const auto got = receive();
    EXPECT_EQ(got.failure, "data.truncated");
    EXPECT_FALSE(got.in_step);
    EXPECT_TRUE("content"sv.starts_with(got.content));
  }
}

TEST_P(pump_modes, nothing_may_follow_where_a_connection_serves_one_file) {
  for (const auto& by : {parameters{.type = data_type::image, .mode = transfer_mode::deflate},
                         parameters{.type = data_type::ascii, .structure = data_structure::record}}) {
    const auto wire = encoded(encoding(by), "a\n", 10).bytes;
    again();
    begin_sending(wire + "x", true);
    EXPECT_EQ(receive(by).failure, "data.malformed");
    again();
    begin_sending(wire, true);
    EXPECT_EQ(receive(by), (outcome{.failure = "", .in_step = false, .content = "a\n"}));
  }
}

TEST_P(pump_modes, a_peer_that_sends_nothing_stalls_it) {
  std::optional<std::string_view> told;
  on.spawn([](pump_modes& test, std::optional<std::string_view>& out) -> net::task<> {
    pump moving{test.on, *test.ends.channel, test.moved, stalled};
    test.how = decoding(blocks);
    auto got = co_await moving.receive(test.sink, test.how, test.ahead);
    out = id_of(got);
  }(*this, told));
  begin_sending("\0\0\x09little"s);
  settle();
  on.skip(stalled - 1s);
  settle();
  EXPECT_FALSE(told);
  on.skip(1s);
  drain();
  EXPECT_EQ(told, "data.stalled");
  EXPECT_EQ(sink.content(), "little");
}

TEST_P(pump_modes, stopped_at_any_step_it_ends_at_once) {
  const auto content = pattern(limit::transfer_slice + 5);
  for (bool upwards : {true, false}) {
    int steps = 0;
    for (bool untouched = false; !untouched; steps += 1 + steps / 5) {
      again();
      moved = {};
      std::optional<std::string_view> told;
      bool in_step = false;
      auto source = file(content);
      if (upwards) {
        begin_sending(in_blocks(content));
      } else {
        seen = {};
        on.spawn(read_all(*ends.peer, seen));
      }
      on.spawn([](pump_modes& test, test_source& from, bool up, std::optional<std::string_view>& out,
                  bool& step) -> net::task<> {
        pump moving{test.on, *test.ends.channel, test.moved, stalled};
        test.how = decoding(blocks);
        encoding out_by(blocks);
        result<void> ended;
        if (up) {
          ended = co_await moving.receive(test.sink, test.how, test.ahead);
        } else {
          ended = co_await moving.send(from, 0, std::move(out_by));
        }
        out = id_of(ended);
        step = moving.in_step;
        if (!ended || !up) test.ends.channel->reset();
      }(*this, source, upwards, told, in_step));
      on.context().restart();
      for (int i = 0; i < steps && !told; ++i) on.context().run_one_for(1s);
      const bool stopped = !told;
      if (stopped) moved.abort();
      drain();
      ASSERT_TRUE(told) << "step " << steps;
      if (*told == "data.aborted") {
        EXPECT_FALSE(in_step);
      } else {
        EXPECT_EQ(*told, "") << steps;
        EXPECT_TRUE(in_step);
        if (upwards) EXPECT_TRUE(sink.content() == content);
      }
      if (upwards) EXPECT_TRUE(content.starts_with(sink.content()));
      sink = {};
      untouched = !stopped;
      ASSERT_LT(steps, 100'000);
    }
    EXPECT_GT(steps, 2);
  }
}

TEST_P(pump_modes, markers_are_told_with_what_lies_before_them) {
  class noting : public marker_listener {
   public:
    net::task<> came(std::string theirs, std::uint64_t written) override {
      told += theirs + "=" + std::to_string(written) + "/" + std::to_string(into->content().size()) + " ";
      co_return;
    }
    std::string told;
    test_sink* into = nullptr;
  };
  noting listener;
  listener.into = &sink;
  begin_sending("\0\0\3abc\x10\0\3one\0\0\2de\x10\0\3two\x40\0\0"s);
  EXPECT_EQ(receive(blocks, &listener).content, "abcde");
  EXPECT_EQ(listener.told, "one=3/3 two=5/5 ");
}

}  // namespace
}  // namespace ferry::transfer
