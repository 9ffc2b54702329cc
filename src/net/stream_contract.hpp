// What every network must do, as tests. Include it in one source file of a test program and instantiate
// network_contract with the networks to be tried.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/loop.hpp"
#include "net/stream.hpp"
#include "support/loop_runner.hpp"

namespace ferry::net {

using namespace std::chrono_literals;

struct contract_network {
  std::string name;
  std::function<std::unique_ptr<network>(loop& on)> make;
  std::string home;  // an address to listen on
};

inline void PrintTo(const contract_network& tried, std::ostream* out) { *out << tried.name; }
inline std::string name_of(const testing::TestParamInfo<contract_network>& tried) { return tried.param.name; }

inline task<std::errc> write_all(stream& to, std::string_view bytes) {
  while (!bytes.empty()) {
    auto io = to.try_write(bytes);
    if (io.what == io_result::state::moved) {
      bytes.remove_prefix(io.count);
    } else if (io.what == io_result::state::would_block) {
      co_await to.ready(io.wants, time_point::max());
    } else {
      co_return io.code;
    }
  }
  co_return std::errc{};
}

// What comes, up to `most` bytes, and how it ended: `moved` when nothing did.
struct read_outcome {
  std::string bytes;
  io_result::state how = io_result::state::moved;
};

inline task<read_outcome> read(stream& from, std::size_t most) {
  read_outcome out;
  char piece[70000];
  while (out.bytes.size() < most) {
    auto io = from.try_read(std::span(piece).first(std::min(sizeof piece, most - out.bytes.size())));
    if (io.what == io_result::state::moved) {
      out.bytes.append(piece, io.count);
    } else if (io.what == io_result::state::would_block) {
      co_await from.ready(io.wants, time_point::max());
    } else {
      out.how = io.what;
      break;
    }
  }
  co_return out;
}

inline constexpr std::size_t everything = -1;

class network_contract : public testing::TestWithParam<contract_network>, public support::loop_runner {
 protected:
  struct pair {
    std::unique_ptr<stream> dialled, accepted;
  };

  static task<std::unique_ptr<stream>> accept(listener& from) {
    for (;;) {
      auto next = from.try_accept();
      EXPECT_TRUE(next) << next.error().cause;
      if (!next || *next) co_return next ? std::move(*next) : nullptr;
      co_await from.ready(time_point::max());
    }
  }

  task<result<std::unique_ptr<stream>>> dial(endpoint to, std::optional<endpoint> from = {},
                                             dial_ticket* ticket = nullptr) {
    dial_options options{.from = from, .ticket = ticket, .deadline = on.now() + 1h};
    co_return co_await through->dial(to, options);
  }

  pair connect() {
    pair out;
    auto ear = listen();
    if (!ear) return out;
    auto made = run(dial(ear->local()));
    EXPECT_TRUE(made) << made.error().cause;
    if (made) out.dialled = std::move(*made);
    if (made) out.accepted = run(accept(*ear));
    return out;
  }

  std::unique_ptr<listener> listen(std::uint16_t port = 0, int backlog = 16) {
    auto made = through->listen({home, port}, {.backlog = backlog});
    EXPECT_TRUE(made) << made.error().cause;
    return made ? std::move(*made) : nullptr;
  }

  // Begins to wait: the answer holds the outcome when there is one.
  using answer = std::shared_ptr<std::optional<wait_status>>;
  template <class F>
  answer begin(F wait) {
    auto out = std::make_shared<std::optional<wait_status>>();
    on.spawn([](F start, answer into) -> task<> { *into = co_await start(); }(std::move(wait), out));
    settle();
    return out;
  }
  answer begin(stream& on_whom, interest what, duration for_how_long = 1h) {
    return begin([&on_whom, what, until = on.now() + for_how_long] { return on_whom.ready(what, until); });
  }
  // Until it is so: what a peer did takes a moment to arrive.
  void wait_until(const std::function<bool()>& so) {
    for (int i = 0; i < 2000 && !so(); ++i) run(on.sleep(1ms));
    EXPECT_TRUE(so());
  }

  void fill(stream& to) {
    const std::string bytes(65536, 'x');
    for (int refused = 0; refused < 50;) {
      auto io = to.try_write(bytes);
      ASSERT_NE(io.what, io_result::state::failed);
      refused = io.what == io_result::state::moved ? 0 : refused + 1;
    }
  }

  address home = asio::ip::make_address(GetParam().home);
  std::unique_ptr<network> through = GetParam().make(on);
};

inline std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}

TEST_P(network_contract, what_is_written_is_read) {
  auto [a, b] = connect();
  EXPECT_EQ(run(write_all(*a, "hello")), std::errc{});
  EXPECT_EQ(run(read(*b, 5)).bytes, "hello");
  EXPECT_EQ(run(write_all(*b, "good day")), std::errc{});
  EXPECT_EQ(run(read(*a, 8)).bytes, "good day");
}

TEST_P(network_contract, both_ends_know_each_other_by_name) {
  auto ear = listen();
  auto dialled = run(dial(ear->local()));
  ASSERT_TRUE(dialled);
  auto accepted = run(accept(*ear));
  EXPECT_EQ((*dialled)->peer(), ear->local());
  EXPECT_EQ((*dialled)->local().address(), home);
  EXPECT_NE((*dialled)->local().port(), 0);
  EXPECT_EQ(accepted->peer(), (*dialled)->local());
  EXPECT_EQ(accepted->local(), (*dialled)->peer());
}

TEST_P(network_contract, there_is_nothing_to_read_before_something_is_written) {
  auto [a, b] = connect();
  char byte;
  auto io = a->try_read({&byte, 1});
  EXPECT_EQ(io.what, io_result::state::would_block);
  EXPECT_EQ(io.wants, interest::read);
  auto waiting = begin(*a, interest::read);
  EXPECT_FALSE(*waiting);
  EXPECT_EQ(run(write_all(*b, "x")), std::errc{});
  drain();
  EXPECT_EQ(*waiting, wait_status::ready);
}

TEST_P(network_contract, a_wait_times_out) {
  auto [a, b] = connect();
  auto waiting = begin(*a, interest::read);
  on.skip(59min);
  settle();
  EXPECT_FALSE(*waiting);
  on.skip(1min);
  drain();
  EXPECT_EQ(*waiting, wait_status::timed_out);
}

TEST_P(network_contract, a_wait_is_cancelled) {
  auto [a, b] = connect();
  a->cancel(interest::read);  // without a wait: nothing
  auto waiting = begin(*a, interest::read);
  EXPECT_FALSE(*waiting);
  a->cancel(interest::write);
  settle();
  EXPECT_FALSE(*waiting);
  a->cancel(interest::read);
  drain();
  EXPECT_EQ(*waiting, wait_status::cancelled);
  EXPECT_EQ(run(write_all(*b, "x")), std::errc{});
  EXPECT_EQ(run(read(*a, 1)).bytes, "x");
}

TEST_P(network_contract, both_interests_are_waited_for_at_once) {
  auto [a, b] = connect();
  fill(*a);
  auto reading = begin(*a, interest::read);
  auto writing = begin(*a, interest::write);
  EXPECT_FALSE(*reading);
  EXPECT_FALSE(*writing);
  auto drain_until = [](loop& l, stream& from, answer written) -> task<> {
    for (char bytes[4096]; !*written; co_await l.yield()) from.try_read(bytes);
  };
  run(drain_until(on, *b, writing));
  EXPECT_EQ(*writing, wait_status::ready);
  EXPECT_FALSE(*reading);
  EXPECT_EQ(run(write_all(*b, "x")), std::errc{});
  drain();
  EXPECT_EQ(*reading, wait_status::ready);
}

TEST_P(network_contract, much_moves_both_ways_at_once) {
  auto [a, b] = connect();
  const auto there = pattern(600'001), back = pattern(500'003);
  read_outcome got[2];
  auto send = [](stream& to, const std::string& bytes) -> task<> {
    const auto code = co_await write_all(to, bytes);
    EXPECT_EQ(code, std::errc{});
    to.close_write();
  };
  auto take = [](stream& from, read_outcome& into) -> task<> { into = co_await read(from, everything); };
  on.spawn(send(*a, there));
  on.spawn(send(*b, back));
  on.spawn(take(*a, got[0]));
  on.spawn(take(*b, got[1]));
  drain();
  EXPECT_EQ(got[0].bytes, back);
  EXPECT_EQ(got[1].bytes, there);
  EXPECT_EQ(got[0].how, io_result::state::end);
  EXPECT_EQ(got[1].how, io_result::state::end);
}

TEST_P(network_contract, a_half_closed_stream_still_reads) {
  auto [a, b] = connect();
  EXPECT_EQ(run(write_all(*a, "last words")), std::errc{});
  a->close_write();
  EXPECT_EQ(run(write_all(*a, "more")), std::errc::broken_pipe);
  auto heard = run(read(*b, everything));
  EXPECT_EQ(heard.bytes, "last words");
  EXPECT_EQ(heard.how, io_result::state::end);
  EXPECT_EQ(run(write_all(*b, "answer")), std::errc{});
  EXPECT_EQ(run(read(*a, 6)).bytes, "answer");
}

TEST_P(network_contract, the_end_wakes_who_waits_to_read) {
  auto [a, b] = connect();
  auto waiting = begin(*a, interest::read);
  b->close_write();
  drain();
  EXPECT_EQ(*waiting, wait_status::ready);
  EXPECT_EQ(run(read(*a, 1)).how, io_result::state::end);
}

TEST_P(network_contract, peer_closed_tells_of_the_peer_alone) {
  auto [a, b] = connect();
  EXPECT_FALSE(a->peer_closed());
  EXPECT_FALSE(b->peer_closed());
  EXPECT_EQ(run(write_all(*a, "unread")), std::errc{});
  a->close_write();
  wait_until([&] { return b->peer_closed(); });
  EXPECT_FALSE(a->peer_closed());
  EXPECT_EQ(run(read(*b, everything)).bytes, "unread");
  b->close_write();
  wait_until([&] { return a->peer_closed(); });
}

TEST_P(network_contract, a_destroyed_stream_delivers_what_it_was_given) {
  auto [a, b] = connect();
  EXPECT_EQ(run(write_all(*a, "farewell")), std::errc{});
  a.reset();
  auto heard = run(read(*b, everything));
  EXPECT_EQ(heard.bytes, "farewell");
  EXPECT_EQ(heard.how, io_result::state::end);
}

TEST_P(network_contract, a_stream_destroyed_with_bytes_unread_breaks_the_connection) {
  auto [a, b] = connect();
  EXPECT_EQ(run(write_all(*b, "unheard")), std::errc{});
  EXPECT_EQ(run(a->ready(interest::read, on.now() + 1h)), wait_status::ready);
  a.reset();
  EXPECT_EQ(run(read(*b, everything)).how, io_result::state::failed);
}

TEST_P(network_contract, who_writes_to_nobody_is_told) {
  auto [a, b] = connect();
  b.reset();
  EXPECT_NE(run(write_all(*a, pattern(16'000'000))), std::errc{});
}

TEST_P(network_contract, a_reset_is_never_taken_for_an_end) {
  for (bool waiting : {false, true}) {
    auto [a, b] = connect();
    auto reader = waiting ? begin(*b, interest::read) : nullptr;
    a->reset();
    drain();
    if (waiting) {
      EXPECT_EQ(*reader, wait_status::ready);
    }
    EXPECT_EQ(run(read(*b, everything)).how, io_result::state::failed);
    EXPECT_TRUE(b->peer_closed());
    EXPECT_NE(run(write_all(*b, "x")), std::errc{});
    EXPECT_EQ(run(read(*a, everything)).how, io_result::state::failed);
    EXPECT_NE(run(write_all(*a, "x")), std::errc{});
  }
}

TEST_P(network_contract, a_reset_behind_bytes_is_no_end_either) {
  auto [a, b] = connect();
  EXPECT_EQ(run(write_all(*a, pattern(1000))), std::errc{});
  a->reset();
  a.reset();
  auto heard = run(read(*b, everything));
  EXPECT_EQ(heard.how, io_result::state::failed);
  EXPECT_EQ(heard.bytes, pattern(1000).substr(0, heard.bytes.size()));
}

TEST_P(network_contract, a_reset_wakes_who_waits_to_write) {
  auto [a, b] = connect();
  fill(*a);
  auto waiting = begin(*a, interest::write);
  EXPECT_FALSE(*waiting);
  b->reset();
  drain();
  EXPECT_EQ(*waiting, wait_status::ready);
  EXPECT_NE(run(write_all(*a, "x")), std::errc{});
}

TEST_P(network_contract, nobody_listens) {
  auto where = listen()->local();
  auto made = run(dial(where));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().id, "connect.refused");
}

TEST_P(network_contract, a_dial_given_up_beforehand_connects_to_nobody) {
  auto ear = listen();
  dial_ticket ticket;
  ticket.cancel();
  auto made = run(dial(ear->local(), {}, &ticket));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().id, "connect.cancelled");
}

TEST_P(network_contract, a_dial_comes_from_where_it_is_told_to) {
  auto ear = listen();
  const endpoint from(home, listen()->local().port());
  auto made = run(dial(ear->local(), from));
  ASSERT_TRUE(made) << made.error().cause;
  EXPECT_EQ((*made)->local(), from);
  EXPECT_EQ(run(accept(*ear))->peer(), from);
}

TEST_P(network_contract, two_connections_of_the_same_ports_are_impossible) {
  auto ear = listen();
  const endpoint from(home, listen()->local().port());
  auto first = run(dial(ear->local(), from));
  ASSERT_TRUE(first) << first.error().cause;
  auto second = run(dial(ear->local(), from));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().id, "connect.local");
}

TEST_P(network_contract, any_port_of_an_address_will_do) {
  auto ear = listen();
  auto made = run(dial(ear->local(), endpoint(home, 0)));
  ASSERT_TRUE(made) << made.error().cause;
  EXPECT_EQ((*made)->local().address(), home);
  EXPECT_NE((*made)->local().port(), 0);
}

TEST_P(network_contract, a_port_has_one_listener) {
  auto first = listen();
  EXPECT_EQ(first->local().address(), home);
  EXPECT_NE(first->local().port(), 0);
  auto second = through->listen(first->local(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().id, "listen.in_use");
  const auto where = first->local();
  first.reset();
  EXPECT_TRUE(through->listen(where, {}));
}

TEST_P(network_contract, a_listener_waits_until_someone_comes) {
  auto ear = listen();
  auto nobody = ear->try_accept();
  ASSERT_TRUE(nobody);
  EXPECT_EQ(*nobody, nullptr);
  auto waiting = begin([&, until = on.now() + 1h] { return ear->ready(until); });
  EXPECT_FALSE(*waiting);
  auto made = run(dial(ear->local()));
  drain();
  EXPECT_EQ(*waiting, wait_status::ready);
  EXPECT_NE(run(accept(*ear)), nullptr);
}

TEST_P(network_contract, a_listener_stops_waiting) {
  auto ear = listen();
  auto waiting = begin([&, until = on.now() + 1h] { return ear->ready(until); });
  ear->cancel();
  drain();
  EXPECT_EQ(*waiting, wait_status::cancelled);
  waiting = begin([&, until = on.now() + 1h] { return ear->ready(until); });
  on.skip(2h);
  drain();
  EXPECT_EQ(*waiting, wait_status::timed_out);
}

TEST_P(network_contract, a_listener_hands_out_each_who_comes) {
  auto ear = listen();
  std::vector<endpoint> came, accepted;
  std::vector<std::unique_ptr<stream>> kept;
  for (int i = 0; i < 5; ++i) {
    auto made = run(dial(ear->local()));
    ASSERT_TRUE(made);
    came.push_back((*made)->local());
    kept.push_back(std::move(*made));
  }
  for (int i = 0; i < 5; ++i) {
    kept.push_back(run(accept(*ear)));
    accepted.push_back(kept.back()->peer());
  }
  EXPECT_THAT(accepted, testing::UnorderedElementsAreArray(came));
}

TEST_P(network_contract, who_was_never_accepted_is_told) {
  auto ear = listen();
  auto made = run(dial(ear->local()));
  ASSERT_TRUE(made);
  ear.reset();
  EXPECT_EQ(run(read(**made, everything)).how, io_result::state::failed);
}

}  // namespace ferry::net
