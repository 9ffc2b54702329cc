#include "net/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/socket.h>

#include <functional>

#include "net/certificate.hpp"
#include "net/event.hpp"
#include "net/memory_network.hpp"
#include "net/tcp.hpp"
#include "net/test_support/certificates.hpp"
#include "support/loop_runner.hpp"

namespace ferry::net {
namespace {

using namespace std::chrono_literals;
using state = io_result::state;
using pieces = fault_plan::pieces;
using test_support::certificates;
using stream_pointer = std::unique_ptr<tls_stream>;

task<error> handshake(tls_stream& with) {
  for (;;) {
    auto io = with.try_handshake();
    if (io.what == state::moved) co_return error{};
    if (io.what == state::failed) co_return with.handshake_error();
    co_await with.ready(io.wants, time_point::max());
  }
}

task<std::errc> send(tls_stream& to, std::string_view bytes, bool finish) {
  while (!bytes.empty()) {
    auto io = to.try_write(bytes);
    if (io.what == state::moved) bytes.remove_prefix(io.count);
    if (io.what == state::would_block) co_await to.ready(io.wants, time_point::max());
    if (io.what == state::failed) co_return io.code;
  }
  while (finish) {
    auto io = to.try_finish();
    if (io.what == state::moved) break;
    if (io.what == state::failed) co_return io.code;
    co_await to.ready(io.wants, time_point::max());
  }
  co_return std::errc{};
}

struct received {
  std::string bytes;
  io_result how;
};

task<received> receive(stream& from, std::size_t most = -1) {
  received out;
  char piece[50000];
  while (out.bytes.size() < most) {
    out.how = from.try_read(std::span(piece).first(std::min(sizeof piece, most - out.bytes.size())));
    if (out.how.what == state::moved) out.bytes.append(piece, out.how.count);
    if (out.how.what == state::would_block) co_await from.ready(out.how.wants, time_point::max());
    if (out.how.what == state::end || out.how.what == state::failed) break;
  }
  co_return out;
}

struct way {
  std::string name;
  bool tcp = false;
  fault_plan plan;
  bool only_1_2 = false;
};
void PrintTo(const way& tried, std::ostream* out) { *out << tried.name; }

class tls : public testing::TestWithParam<way>, public support::loop_runner {
 protected:
  tls() {
    if (GetParam().tcp) {
      through = std::make_unique<tcp_network>(on);
    } else {
      through = std::make_unique<memory_network>(on, GetParam().plan);
    }
    identity = files.make("server", {"ftp.example.com", "127.0.0.1"});
    serve({.identities{identity}});
    client = context(tls_client_options{.authorities = identity.certificate, .only_1_2 = GetParam().only_1_2});
  }
  using context_pointer = std::shared_ptr<const tls_context>;
  static context_pointer made(result<context_pointer> from) {
    EXPECT_TRUE(from) << from.error().cause;
    return from.value_or(nullptr);
  }
  static context_pointer context(const tls_client_options& how) { return made(tls_context::client(how)); }
  void serve(tls_server_options how) {
    how.only_1_2 = GetParam().only_1_2;
    server = made(tls_context::server(how));
  }

  struct plain_pair {
    std::unique_ptr<stream> dialled, accepted;
  };
  plain_pair connect() {
    auto ear = through->listen({asio::ip::make_address("127.0.0.1"), 0}, {.backlog = 4});
    EXPECT_TRUE(ear);
    plain_pair out;
    dial_options how{.deadline = on.now() + 1h};
    auto came = run(through->dial((*ear)->local(), how));
    EXPECT_TRUE(came);
    out.dialled = std::move(*came);
    run([](listener& from, std::unique_ptr<stream>& into) -> task<> {
      while (!into) {
        if (auto next = from.try_accept(); next && *next) {
          into = std::move(*next);
        } else {
          co_await from.ready(time_point::max());
        }
      }
    }(**ear, out.accepted));
    return out;
  }

  struct pair {
    stream_pointer client, server;
    error client_says, server_says;
  };
  pair shake(stream_pointer a, stream_pointer b) {
    pair out{std::move(a), std::move(b), {}, {}};
    run(both(*out.client, *out.server, out.client_says, out.server_says));
    return out;
  }
  pair control(const std::string& name = "ftp.example.com") {
    auto plain = connect();
    return shake(std::make_unique<tls_stream>(std::move(plain.dialled), client, name),
                 std::make_unique<tls_stream>(std::move(plain.accepted), server));
  }
  pair data(const pair& of) {
    auto plain = connect();
    return shake(std::make_unique<tls_stream>(std::move(plain.dialled), *of.client),
                 std::make_unique<tls_stream>(std::move(plain.accepted), *of.server));
  }
  task<> both(tls_stream& a, tls_stream& b, error& of_a, error& of_b) {
    event done(on);
    // Who fails leaves: its alert may be lost where not all can be written at once.
    auto shake_or_leave = [](tls_stream& with, error& into) -> task<> {
      into = co_await handshake(with);
      if (!into.id.empty()) with.close_write();
    };
    auto other = [](auto first, tls_stream& with, error& into, event& ended) -> task<> {
      co_await first(with, into);
      ended.set();
    };
    on.spawn(other(shake_or_leave, b, of_b, done));
    co_await shake_or_leave(a, of_a);
    co_await done.wait();
  }
  // `bytes` from one end to the other, to the orderly end.
  received carry(tls_stream& from, tls_stream& to, std::string_view bytes) {
    on.spawn([](tls_stream& out, std::string_view what) -> task<> { co_await send(out, what, true); }(from, bytes));
    return run(receive(to));
  }
  // The ticket that goes with this reply is what the client resumes with next.
  void reply(pair& in) {
    in.server->renew_ticket();
    EXPECT_EQ(run(send(*in.server, "227 Entering\r\n", false)), std::errc{});
    EXPECT_EQ(run(receive(*in.client, 14)).bytes, "227 Entering\r\n");
  }

  certificates files;
  tls_identity identity;
  std::unique_ptr<network> through;
  context_pointer server, client;
};

TEST_P(tls, carries_bytes_both_ways_to_an_orderly_end) {
  std::string bytes;
  for (int i = 0; i < (GetParam().plan.split == pieces::bytes ? 5000 : 700000); ++i) bytes += std::to_string(i);
  auto made = control();
  ASSERT_EQ(made.client_says.cause, "");
  ASSERT_EQ(made.server_says.cause, "");
  auto down = carry(*made.server, *made.client, bytes);
  EXPECT_EQ(down.how.what, state::end);
  EXPECT_TRUE(down.bytes == bytes);
  auto up = carry(*made.client, *made.server, bytes);  // the other way is still open
  EXPECT_EQ(up.how.what, state::end);
  EXPECT_TRUE(up.bytes == bytes);
}

bool kernel_has_tls(const stream& connected) {
  return ::setsockopt(connected.descriptor(), IPPROTO_TCP, TCP_ULP, "tls", 3) == 0;
}

TEST_P(tls, the_kernel_encrypts_what_goes_over_a_data_connection_where_it_can) {
  auto made = control();
  EXPECT_EQ(made.server->send_descriptor(), -1);
  auto of_data = data(made);
  ASSERT_EQ(of_data.client_says.cause + of_data.server_says.cause, "");
  const bool can = GetParam().tcp && kernel_has_tls(*connect().dialled);
  EXPECT_EQ(of_data.server->send_descriptor() >= 0, can);
  EXPECT_EQ(of_data.client->send_descriptor() >= 0, can);
  // Past the stream and through it, with its own end.
  std::string bytes;
  for (int i = 0; i < (GetParam().plan.split == pieces::bytes ? 5000 : 70000); ++i) bytes += std::to_string(i);
  std::string before;
  if (can) {
    before = "past the stream";
    ASSERT_EQ(::send(of_data.server->send_descriptor(), before.data(), before.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(before.size()));
  }
  auto down = carry(*of_data.server, *of_data.client, bytes);
  EXPECT_EQ(down.how.what, state::end);
  EXPECT_TRUE(down.bytes == before + bytes);
  auto up = carry(*of_data.client, *of_data.server, bytes);
  EXPECT_EQ(up.how.what, state::end);
  EXPECT_TRUE(up.bytes == bytes);
  if (GetParam().tcp && !can) {
    GTEST_SKIP() << "NOT SHOWN HERE: this kernel has no TLS of its own (modprobe tls), so that OpenSSL has encrypted";
  }
}

TEST_P(tls, says_which_version_and_cipher_it_came_to) {
  auto made = control();
  EXPECT_TRUE(made.client->description().starts_with(GetParam().only_1_2 ? "TLSv1.2, " : "TLSv1.3, "))
      << made.client->description();
}

TEST_P(tls, an_end_without_close_notify_is_no_end) {
  auto made = control();
  EXPECT_EQ(run(send(*made.client, "half a file", false)), std::errc{});
  EXPECT_EQ(run(receive(*made.server, 11)).bytes, "half a file");
  auto bare = made.client->release();
  bare->close_write();
  auto cut = run(receive(*made.server));
  EXPECT_EQ(cut.how.what, state::failed);
  EXPECT_EQ(cut.how.code, std::errc::connection_aborted);
}

TEST_P(tls, truncation_is_borne_where_it_was_asked_for) {
  auto made = control();
  made.server->bear_truncation();
  EXPECT_EQ(run(send(*made.client, "a whole file", false)), std::errc{});
  auto bare = made.client->release();
  bare->close_write();
  auto whole = run(receive(*made.server));
  EXPECT_EQ(whole.bytes, "a whole file");
  EXPECT_EQ(whole.how.what, state::end);
}

TEST_P(tls, the_hundredth_data_connection_resumes_as_the_first_did) {
  auto made = control();
  const int connections = GetParam().plan.split == pieces::bytes ? 5 : 100;  // byte by byte, a hundred take long
  for (int i = 0; i < connections; ++i) {
    reply(made);
    auto channel = data(made);
    ASSERT_EQ(channel.client_says.cause, "");
    ASSERT_TRUE(channel.server->resumed()) << i;
    ASSERT_TRUE(channel.client->resumed()) << i;
    ASSERT_EQ(carry(*channel.client, *channel.server, "file").bytes, "file");
  }
}

TEST_P(tls, a_session_of_another_control_connection_is_not_this_ones) {
  auto mine = control();
  auto theirs = control();
  reply(mine);
  reply(theirs);
  auto plain = connect();
  auto channel = shake(std::make_unique<tls_stream>(std::move(plain.dialled), *theirs.client),
                       std::make_unique<tls_stream>(std::move(plain.accepted), *mine.server));
  EXPECT_EQ(channel.client_says.cause, "");
  EXPECT_TRUE(channel.client->resumed());
  EXPECT_FALSE(channel.server->resumed());
}

TEST_P(tls, a_new_session_on_a_data_connection_is_none_resumed) {
  auto made = control();
  auto plain = connect();
  auto channel = shake(std::make_unique<tls_stream>(std::move(plain.dialled), client, "ftp.example.com"),
                       std::make_unique<tls_stream>(std::move(plain.accepted), *made.server));
  EXPECT_EQ(channel.client_says.cause, "");
  EXPECT_FALSE(channel.server->resumed());
}

TEST_P(tls, a_session_begun_on_a_data_connection_is_none_resumed_either) {
  auto made = control();
  auto plain = connect();
  auto first = shake(std::make_unique<tls_stream>(std::move(plain.dialled), client, "ftp.example.com"),
                     std::make_unique<tls_stream>(std::move(plain.accepted), *made.server));
  EXPECT_EQ(first.client_says.cause, "");
  EXPECT_EQ(carry(*first.server, *first.client, "and a ticket, if there is one").bytes,
            "and a ticket, if there is one");
  plain = connect();
  auto again = shake(std::make_unique<tls_stream>(std::move(plain.dialled), *first.client),
                     std::make_unique<tls_stream>(std::move(plain.accepted), *made.server));
  EXPECT_EQ(again.client_says.cause, "");
  EXPECT_FALSE(again.server->resumed());
}

TEST_P(tls, the_data_connection_of_somebody_else_is_found_out) {
  auto other = files.make("other", {"ftp.example.com"});
  serve({.identities{other}});
  client = context({.verify = false, .only_1_2 = GetParam().only_1_2});
  auto unverified = control();  // takes any certificate, and `other` is its own
  auto plain = connect();
  auto thief = made(tls_context::server({.identities{identity}, .only_1_2 = GetParam().only_1_2}));
  auto channel = shake(std::make_unique<tls_stream>(std::move(plain.dialled), *unverified.client),
                       std::make_unique<tls_stream>(std::move(plain.accepted), thief));
  EXPECT_EQ(channel.client_says.id, "tls.certificate.other");
}

TEST_P(tls, names_what_is_wrong_with_a_certificate) {
  EXPECT_EQ(control("ftp.example.com").client_says.id, "");
  EXPECT_EQ(control("127.0.0.1").client_says.id, "");
  EXPECT_EQ(control("192.0.2.9").client_says.id, "tls.certificate.name");
  auto wrong = control("other.example.com");
  EXPECT_EQ(wrong.client_says.id, "tls.certificate.name");
  EXPECT_EQ(wrong.client_says.cause, "the server's certificate is not for other.example.com");
  if (GetParam().plan.split != pieces::random) {
    EXPECT_EQ(wrong.server_says.id, "tls.alert");
  }

  client = context({.only_1_2 = GetParam().only_1_2});
  auto unknown = control();
  EXPECT_EQ(unknown.client_says.id, "tls.certificate.issuer");
  EXPECT_NE(unknown.client_says.advice.find("--pin sha256//"), std::string::npos);

  auto old = files.make("old", {"ftp.example.com"}, -1);
  serve({.identities{old}});
  client = context({.authorities = old.certificate, .only_1_2 = GetParam().only_1_2});
  EXPECT_EQ(control().client_says.id, "tls.certificate.date");
}

TEST_P(tls, a_pinned_key_stands_for_the_chain) {
  client = context({.verify = false, .only_1_2 = GetParam().only_1_2});
  const auto pin = control().client->peer_key();
  EXPECT_EQ(pin.size(), 52u);
  client = context({.pin = pin, .only_1_2 = GetParam().only_1_2});
  EXPECT_EQ(control("any.name").client_says.id, "");
  serve({.identities{files.make("new", {"ftp.example.com"})}});
  auto changed = control();
  EXPECT_EQ(changed.client_says.id, "tls.certificate.pin");
  EXPECT_EQ(changed.client->try_write("secret").what, state::failed);
}

TEST_P(tls, the_name_asked_for_chooses_the_certificate) {
  auto second = files.make("second", {"*.example.net"});
  serve({.identities{identity, second}});
  client = context({.authorities = second.certificate, .only_1_2 = GetParam().only_1_2});
  EXPECT_EQ(control("files.example.net").client_says.id, "");
  EXPECT_EQ(control("ftp.example.com").client_says.id, "tls.certificate.issuer");
}

TEST_P(tls, a_client_shows_who_it_is) {
  auto alice = files.make("alice", {"alice"});
  serve({.identities{identity}, .client_authorities = alice.certificate});
  EXPECT_EQ(control().server->peer_name(), "");
  const tls_client_options shows{.authorities = identity.certificate, .own{alice}, .only_1_2 = GetParam().only_1_2};
  client = context(shows);
  auto made = control();
  EXPECT_EQ(made.server_says.id, "");
  EXPECT_EQ(made.server->peer_name(), "alice");

  auto mallory = files.make("mallory", {"alice"});
  client = context({.authorities = identity.certificate, .own{mallory}, .only_1_2 = GetParam().only_1_2});
  EXPECT_EQ(control().server_says.id, "tls.client_certificate");
}

TEST_P(tls, a_client_whose_key_is_known_comes_in_whoever_signed_its_certificate) {
  auto alice = files.make("alice", {"alice"});
  auto bob = files.make("bob", {"bob"});
  for (const auto& authority : {std::string(), bob.certificate}) {
    serve({.identities{identity},
           .client_authorities = authority,
           .client_pins{*pin_of(alice.certificate)},
           .client_must_show = true});
    client = context({.authorities = identity.certificate, .own{alice}, .only_1_2 = GetParam().only_1_2});
    auto made = control();
    EXPECT_EQ(made.server_says.id, "");
    EXPECT_EQ(made.server->peer_key(), *pin_of(alice.certificate));
    EXPECT_EQ(made.server->peer_name(), "");  // anybody could have written it
    client = context({.authorities = identity.certificate, .own{bob}, .only_1_2 = GetParam().only_1_2});
    EXPECT_EQ(control().server_says.id, authority.empty() ? "tls.client_certificate" : "");
    client = context({.authorities = identity.certificate, .only_1_2 = GetParam().only_1_2});
    EXPECT_EQ(control().server_says.id, "tls.client_certificate");
  }
}

TEST_P(tls, without_a_certificate_a_client_may_be_refused) {
  auto alice = files.make("alice", {"alice"});
  serve({.identities{identity}, .client_authorities = alice.certificate, .client_must_show = true});
  EXPECT_EQ(control().server_says.id, "tls.client_certificate");
}

TEST_P(tls, goes_back_to_the_clear) {
  auto made = control();
  EXPECT_EQ(carry(*made.client, *made.server, "CCC\r\n").bytes, "CCC\r\n");
  EXPECT_EQ(carry(*made.server, *made.client, "").how.what, state::end);
  auto a = made.client->release();
  auto b = made.server->release();
  EXPECT_EQ(a->try_write("PWD\r\n").what, state::moved);
  EXPECT_EQ(run(receive(*b, 1)).bytes, "P");
}

TEST_P(tls, what_is_no_tls_is_said_to_be_none) {
  auto plain = connect();
  std::string_view clear = "USER anonymous\r\nPASS x\r\n";
  while (!clear.empty()) {
    auto io = plain.dialled->try_write(clear);
    if (io.what == state::moved) clear.remove_prefix(io.count);
  }
  tls_stream of_server(std::move(plain.accepted), server);
  EXPECT_EQ(run(handshake(of_server)).id, "tls.not_tls");
}

TEST_P(tls, a_peer_that_leaves_in_the_handshake_is_told_of) {
  auto plain = connect();
  tls_stream of_client(std::move(plain.dialled), client, "ftp.example.com");
  plain.accepted->close_write();
  EXPECT_EQ(run(handshake(of_client)).id, "tls.cut");
}

INSTANTIATE_TEST_SUITE_P(
    over, tls,
    testing::Values(way{"tcp", true, {}}, way{"tcp_1_2", true, {}, true}, way{"memory", false, {}},
                    way{"in_pieces", false, {.seed = 3, .split = pieces::random, .delay = 1ms, .window = 5000}},
                    way{"byte_by_byte", false, {.split = pieces::bytes}},
                    way{"byte_by_byte_1_2", false, {.split = pieces::bytes}, true}),
    [](const auto& tried) { return tried.param.name; });

// Wherever the connection breaks, both ends say so and nothing is taken for whole.
TEST(tls_faults, a_break_at_any_byte_is_an_error_at_both_ends) {
  certificates files;
  const auto identity = files.make("server", {"ftp.example.com"});
  auto server = tls_context::server({.identities{identity}});
  auto client = tls_context::client({.authorities = identity.certificate});
  ASSERT_TRUE(server && client);
  int completed = 0;
  for (std::uint64_t at = 0; at < 6000 && completed == 0; at += at < 200 ? 1 : 37) {
    support::loop_runner world;
    memory_network through(world.on, {.split = pieces::whole, .reset_after = at});
    auto ear = through.listen({asio::ip::make_address("127.0.0.1"), 0}, {.backlog = 4});
    received got;
    std::errc sent{};
    world.on.spawn([](listener& from, std::shared_ptr<const tls_context> with, received& into) -> task<> {
      auto next = from.try_accept();
      while (next && !*next) {
        co_await from.ready(time_point::max());
        next = from.try_accept();
      }
      tls_stream mine(std::move(*next), std::move(with));
      into = co_await receive(mine);
    }(**ear, *server, got));
    world.on.spawn(
        [](network& over, endpoint to, std::shared_ptr<const tls_context> with, loop& on, std::errc& out) -> task<> {
          dial_options how{.deadline = on.now() + 1h};
          auto made = co_await over.dial(to, how);
          if (!made) co_return;
          tls_stream mine(std::move(*made), std::move(with), "ftp.example.com");
          out = co_await send(mine, "the file", true);
        }(through, (*ear)->local(), *client, world.on, sent));
    world.on.simulate();
    if (got.how.what == state::end) {
      EXPECT_EQ(got.bytes, "the file");
      EXPECT_EQ(sent, std::errc{});
      ++completed;
    } else {
      EXPECT_EQ(got.how.what, state::failed) << at;
    }
  }
  EXPECT_EQ(completed, 1);
}

TEST(tls_files, errors_name_the_file) {
  certificates files;
  const auto good = files.make("good", {"x"});
  const auto other = files.make("other", {"x"});
  const auto rubbish = files.text("rubbish", "no PEM");
  const auto id_of = [](const auto& made) { return made ? "" : std::string(made.error().id); };
  EXPECT_EQ(id_of(tls_context::server({})), "tls.certificate");
  EXPECT_EQ(id_of(tls_context::server({.identities{{rubbish, good.key}}})), "tls.certificate");
  EXPECT_EQ(id_of(tls_context::server({.identities{{good.certificate, "/nowhere"}}})), "tls.key");
  EXPECT_EQ(id_of(tls_context::server({.identities{{good.certificate, other.key}}})), "tls.key");
  EXPECT_EQ(id_of(tls_context::client({.authorities = rubbish})), "tls.authorities");
  EXPECT_EQ(id_of(tls_context::client({.own{{rubbish, rubbish}}})), "tls.certificate");
}

std::string with_passphrase(const std::string& key) {
  std::unique_ptr<BIO, void (*)(BIO*)> from(BIO_new_file(key.c_str(), "r"), BIO_free_all);
  std::unique_ptr<BIO, void (*)(BIO*)> to(BIO_new(BIO_s_mem()), BIO_free_all);
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> read(PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr),
                                                      EVP_PKEY_free);
  PEM_write_bio_PKCS8PrivateKey(to.get(), read.get(), EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(to.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

TEST(tls_files, nobody_is_asked_for_a_passphrase) {
  certificates files;
  const auto good = files.make("good", {"x"});
  const auto locked = files.text("locked", with_passphrase(good.key));
  const auto made = tls_context::server({.identities{{good.certificate, locked}}});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().cause, testing::StartsWith("no key can be read from " + locked));
  EXPECT_THAT(made.error().advice, testing::HasSubstr("without a passphrase"));
}

TEST(tls_files, say_until_when_they_are_valid) {
  certificates files;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (int days : {-1, 30}) {
    const auto until = valid_until(files.make("x", {"x"}, days).certificate);
    ASSERT_TRUE(until);
    EXPECT_LE(std::chrono::abs(*until - now - std::chrono::days(days)), 60s);
  }
  EXPECT_FALSE(valid_until(files.text("rubbish", "no PEM")));
}

}  // namespace
}  // namespace ferry::net
