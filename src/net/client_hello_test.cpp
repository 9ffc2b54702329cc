#include "net/client_hello.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/memory_network.hpp"
#include "net/test_support/certificates.hpp"
#include "net/tls.hpp"
#include "support/loop_runner.hpp"

namespace ferry::net {
namespace {

using status = client_hello::status;

// Takes down what is written to it.
class tape final : public stream {
 public:
  explicit tape(std::string& onto) : onto_(onto) {}
  io_result try_read(std::span<char>) noexcept override { return {.what = io_result::state::would_block}; }
  io_result try_write(std::span<const char> from) noexcept override {
    onto_.append(from.data(), from.size());
    return {.count = from.size()};
  }
  task<wait_status> ready(interest, time_point) override { co_return wait_status::failed; }
  void cancel(interest) noexcept override {}
  bool peer_closed() noexcept override { return false; }
  void close_write() noexcept override {}
  void reset() noexcept override {}
  endpoint local() const override { return {}; }
  endpoint peer() const override { return {}; }

 private:
  std::string& onto_;
};

class client_hello_test : public testing::TestWithParam<bool>, public support::loop_runner {
 protected:
  client_hello_test() {
    client = *tls_context::client({.verify = false, .only_1_2 = GetParam()});
    server = *tls_context::server({.identities = {files.make("server", {"x"})}});
  }
  struct ends {
    std::unique_ptr<tls_stream> served, made;
  };
  ends control() {
    auto ear = std::move(*through.listen({asio::ip::address_v4::loopback(), 0}, {.backlog = 1}));
    auto dialled = run(through.dial(ear->local(), {.deadline = time_point::max()}));
    settle();
    ends out{std::make_unique<tls_stream>(std::move(*ear->try_accept()), server),
             std::make_unique<tls_stream>(std::move(*dialled), client)};
    char byte[1];
    for (int i = 0; i < 10; ++i) {
      out.made->try_handshake();
      settle();
      out.served->try_handshake();
      settle();
    }
    out.made->try_read(byte);  // the tickets of TLS 1.3
    return out;
  }
  std::string resuming(const ends& of) {
    std::string out;
    tls_stream data(std::make_unique<tape>(out), *of.made);
    data.try_handshake();
    return out;
  }
  std::string afresh() {
    std::string out;
    tls_stream data(std::make_unique<tape>(out), client, tls_stream::bulk{});
    data.try_handshake();
    return out;
  }

  net::test_support::certificates files;
  std::shared_ptr<const tls_context> client, server;
  memory_network through{on};
};

INSTANTIATE_TEST_SUITE_P(only_1_2, client_hello_test, testing::Bool());

TEST_P(client_hello_test, names_the_session_that_it_resumes_and_no_other) {
  auto one = control(), other = control();
  const auto said = resuming(one);
  for (std::size_t piece : {std::size_t(1), std::size_t(7), said.size()}) {
    client_hello hello;
    for (std::size_t at = 0; at < said.size(); at += piece) {
      EXPECT_EQ(hello.resumes(one.served->session_name()), false);
      const auto last = at + piece >= said.size();
      EXPECT_EQ(hello.push(std::string_view(said).substr(at, piece)), last ? status::done : status::more);
    }
    EXPECT_TRUE(hello.resumes(one.served->session_name()));
    EXPECT_FALSE(hello.resumes(other.served->session_name()));
  }
}

TEST_P(client_hello_test, a_renewed_ticket_names_the_same_session) {
  auto one = control();
  one.served->renew_ticket();
  char byte[1];
  one.served->try_write("x");
  settle();
  EXPECT_EQ(one.made->try_read(byte).what, io_result::state::moved);
  client_hello hello;
  EXPECT_EQ(hello.push(resuming(one)), status::done);
  EXPECT_TRUE(hello.resumes(one.served->session_name()));
}

TEST_P(client_hello_test, a_first_visit_names_none) {
  auto one = control();
  client_hello hello;
  EXPECT_EQ(hello.push(afresh()), status::done);
  EXPECT_FALSE(hello.resumes(one.served->session_name()));
}

TEST_P(client_hello_test, a_session_may_be_named_without_a_ticket) {
  auto said = resuming(control());
  const std::size_t at = 5 + 4 + 2 + 32;  // record, handshake, version, random
  const auto size = static_cast<unsigned char>(said.at(at));
  ASSERT_GT(size, 0);
  client_hello hello;
  EXPECT_EQ(hello.push(said), status::done);
  EXPECT_TRUE(hello.resumes({.session_id = said.substr(at + 1, size)}));
  EXPECT_FALSE(hello.resumes({.session_id = std::string(size, 'x')}));
  EXPECT_FALSE(hello.resumes({}));
}

TEST_P(client_hello_test, what_is_no_TLS_is_none) {
  using namespace std::string_view_literals;
  for (auto said : {"USER anonymous\r\n"sv, "GET / HTTP/1.1\r\n\r\n"sv, "\x16\x03\x01\0\x05\x02zzzzzzzzzzzz"sv}) {
    client_hello hello;
    EXPECT_EQ(hello.push(said), status::not_tls) << said;
  }
}

// Wherever a byte is wrong, it is read to an end or refused, and names nobody else's session.
TEST_P(client_hello_test, a_spoilt_one_does_no_harm) {
  auto one = control(), other = control();
  const auto said = resuming(one);
  for (std::size_t at = 0; at < said.size(); ++at) {
    auto spoilt = said;
    spoilt[at] = static_cast<char>(spoilt[at] ^ 0x41);
    client_hello hello;
    hello.push(spoilt);
    EXPECT_FALSE(hello.resumes(other.served->session_name()));
  }
}

}  // namespace
}  // namespace ferry::net
