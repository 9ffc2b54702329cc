// The certificates of a ferryd that runs: made, kept, renewed, and named when they cannot be used.
#include <gmock/gmock.h>
#include <pwd.h>

#include <csignal>
#include <regex>

#include "ferryd/test_support/process.hpp"
#include "ferryd/test_support/run_test.hpp"
#include "net/certificate.hpp"
#include "server/test_support/tls_client.hpp"

namespace ferry::ferryd {
namespace {

using server::test_support::tls_client;
using testing::HasSubstr;

// A session under TLS that is there; its server's key.
class visitor : public tls_client {
 public:
  explicit visitor(std::uint16_t port, const net::tls_client_options& how = {.verify = false}) : tls_client(port, how) {
    hear();
    ask("AUTH TLS");
    begin_tls();
  }
  std::string key() { return tls().peer_key(); }
};

class run_tls_test : public run_test {
 protected:
  std::string in(const std::string& file) const { return std::string(folder_) + "/" + file; }

  // As a `name`.pem and `name`.key, which replace older ones; the pin of the key.
  std::string make(const std::string& name, int days = 30) const {
    auto made = net::self_signed({"localhost"}, days);
    std::ofstream(in(name + ".pem")) << made->certificate;
    std::ofstream(in(name + ".key")) << made->key;
    return *net::pin_of(in(name + ".pem"));
  }
  std::vector<std::string> with_tls(const std::string& certificate, const std::string& key,
                                    const std::string& more = "") const {
    return configured(more + "[[tls.certificates]]\nfile = \"" + in(certificate) + "\"\nkey = \"" + in(key) + "\"");
  }
};

std::string pin_in(const std::string& announcement) {
  std::smatch found;
  return std::regex_search(announcement, found, std::regex("sha256//[A-Za-z0-9+/=]{44}")) ? found.str() : "";
}

TEST_F(run_tls_test, makes_a_certificate_and_keeps_it) {
  const process_start at_home{.before = [this] { ::setenv("XDG_STATE_HOME", folder_, 1); }};
  std::string first;
  for (int start = 0; start < 2; ++start) {
    process server({"serve", served(), "--listen", "127.0.0.1", "--port", "0", "--tls"}, at_home);
    auto announced = server.wait_for("try");
    if (start == 0) first = pin_in(announced);
    EXPECT_EQ(pin_in(announced), first);
    EXPECT_EQ(visitor(port_in(announced)).key(), first);
    server.signal(SIGTERM);
    EXPECT_EQ(server.finish().code, 0);
  }
  EXPECT_EQ(first.size(), 52u);
  struct stat about{};
  ASSERT_EQ(::stat(in("ferryd/key.pem").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

TEST_F(run_tls_test, takes_new_certificates_for_new_sessions) {
  const auto first = make("own");
  process server(with_tls("own.pem", "own.key"));
  const auto port = port_in(server.wait_for("try"));
  visitor early(port);
  EXPECT_EQ(early.key(), first);
  const auto second = make("own");
  ASSERT_NE(first, second);
  EXPECT_EQ(visitor(port).key(), first);  // nobody has said so yet
  server.signal(SIGHUP);
  server.wait_for_err(" the certificates were read anew; the key: " + second + "\n");
  EXPECT_EQ(visitor(port).key(), second);
  EXPECT_THAT(early.ask("NOOP"), testing::StartsWith("200"));
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

TEST_F(run_tls_test, keeps_its_certificates_where_the_new_ones_are_none) {
  const auto first = make("own");
  process server(with_tls("own.pem", "own.key"));
  const auto port = port_in(server.wait_for("try"));
  std::ofstream(in("own.pem")) << "half a certif";
  server.signal(SIGHUP);
  server.wait_for_err("WARNING: the certificates stay as they were: no certificate can be read from " + in("own.pem"));
  EXPECT_EQ(visitor(port).key(), first);
  make("own");
  std::filesystem::copy_file(in("own.key"), in("other.key"));
  make("own");
  std::filesystem::rename(in("other.key"), in("own.key"));
  server.signal(SIGHUP);
  server.wait_for_err("the key in " + in("own.key") + " is not that of the certificate in " + in("own.pem"));
  EXPECT_EQ(visitor(port).key(), first);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

// As certbot keeps them: what the configuration names are links into a folder elsewhere, changed by a renewal.
TEST_F(run_tls_test, follows_links_that_a_renewal_has_changed) {
  std::filesystem::create_directories(in("archive/ftp"));
  std::filesystem::create_directories(in("live/ftp"));
  const auto point_to = [&](const std::string& which) {
    for (const std::string kind : {".pem", ".key"}) {
      std::filesystem::create_symlink("../../archive/ftp/" + which + kind, in("live/ftp/fresh"));
      std::filesystem::rename(in("live/ftp/fresh"), in("live/ftp/own" + kind));
    }
  };
  const auto first = make("archive/ftp/1");
  point_to("1");
  process server(with_tls("live/ftp/own.pem", "live/ftp/own.key"));
  const auto port = port_in(server.wait_for("try"));
  EXPECT_EQ(visitor(port).key(), first);
  const auto second = make("archive/ftp/2");
  point_to("2");
  server.signal(SIGHUP);
  server.wait_for_err(" the certificates were read anew; the key: " + second + "\n");
  EXPECT_EQ(visitor(port).key(), second);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

void become_nobody() {
  const auto* nobody = ::getpwnam("nobody");
  if (!nobody || ::setresgid(nobody->pw_gid, nobody->pw_gid, nobody->pw_gid) != 0 ||
      ::setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) != 0) {
    ::_exit(125);
  }
}

class unreadable_key_test : public run_tls_test {
 protected:
  void SetUp() override {
    run_tls_test::SetUp();
    if (::geteuid() != 0) GTEST_SKIP() << "takes root to be somebody else";
    make("own");
    ::chmod(in("own.key").c_str(), 0600);
  }
};

TEST_F(unreadable_key_test, is_named) {
  const process_start as_nobody{.before = become_nobody};
  process by_flags({"serve", served(), "--listen", "127.0.0.1", "--port", "0", "--certificate", in("own.pem"), "--key",
                    in("own.key")},
                   as_nobody);
  auto got = by_flags.finish();
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, HasSubstr("no key can be read from " + in("own.key") + ": Permission denied"));
  auto words = with_tls("own.pem", "own.key");
  words.insert(words.begin(), "check");
  process checked(words, as_nobody);
  got = checked.finish();
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err,
              HasSubstr("ferryd.toml:4:7: tls.certificates.key is \"" + in("own.key") + "\": Permission denied"));
}

// It may be root's alone; then root must start ferryd again for a renewal.
TEST_F(unreadable_key_test, is_told_of_where_only_root_can_read_it) {
  process server(with_tls("own.pem", "own.key", "run_as = \"nobody\"\n"));
  const auto port = port_in(server.wait_for("try"));
  server.wait_for_err("WARNING: certificates can be renewed only by starting anew: no key can be read from " +
                      in("own.key") + ": Permission denied");
  EXPECT_EQ(visitor(port).key(), *net::pin_of(in("own.pem")));
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

TEST_F(run_tls_test, lets_in_who_has_the_key) {
  make("own");
  const auto key = make("alice");
  make("mallory");
  process server(
      with_tls("own.pem", "own.key",
               "users = [{ name = \"alice\", root = \"" + served() + "\", certificates = [\"" + key + "\"] }]\n"));
  const auto port = port_in(server.wait_for("try"));
  const auto with = [&](const std::string& name) {
    return net::tls_client_options{.verify = false, .own{{in(name + ".pem"), in(name + ".key")}}};
  };
  visitor alice(port, with("alice"));
  EXPECT_THAT(alice.ask("USER alice"), testing::StartsWith("232"));
  EXPECT_THAT(alice.ask("PWD"), testing::StartsWith("257"));
  server.wait_for_err(" alice logged in by certificate over TLSv1.3");
  EXPECT_EQ(visitor(port, with("mallory")).ask("USER alice"), "closed");
  visitor nobody(port);
  EXPECT_THAT(nobody.ask("USER alice"), testing::StartsWith("331"));
  EXPECT_THAT(nobody.ask("PASS "), testing::StartsWith("530"));
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().code, 0);
}

TEST_F(run_tls_test, is_not_begun_with_what_check_names) {
  make("own");
  make("other");
  auto words = with_tls("own.pem", "other.key");
  for (bool only_check : {true, false}) {
    if (!only_check) words.erase(words.begin());
    if (only_check) words.insert(words.begin(), "check");
    auto got = process(words).finish();
    EXPECT_EQ(got.code, 1);
    EXPECT_THAT(got.err, HasSubstr("ferryd.toml:4:7: the key in " + in("other.key") +
                                   " is not that of the certificate in " + in("own.pem")));
  }
}

TEST_F(run_tls_test, warns_of_a_certificate_that_has_expired) {
  make("own", -1);
  auto words = with_tls("own.pem", "own.key");
  words.insert(words.begin(), "check");
  auto got = process(words).finish();
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_THAT(got.err, HasSubstr("ferryd.toml:3:8: warning: the certificate in " + in("own.pem") + " has expired on "));
}

}  // namespace
}  // namespace ferry::ferryd
