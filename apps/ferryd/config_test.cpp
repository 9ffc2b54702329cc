#include "ferryd/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "net/test_support/certificates.hpp"

namespace ferry::ferryd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const std::string enough = "[anonymous]\nroot = \"/\"\n";  // somebody must be able to log in

std::vector<std::string> mistakes(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& each : read_config(text).mistakes) out.push_back(describe("f", each));
  return out;
}

std::vector<net::endpoint> addresses(const std::vector<server::listener_settings>& of) {
  std::vector<net::endpoint> out;
  for (const auto& each : of) out.push_back(each.at);
  return out;
}

// The mistakes of a file whose first line is this, its other lines being in order.
std::vector<std::string> first_line(const std::string& text) { return mistakes(text + "\n" + enough); }

TEST(config, a_whole_file) {
  auto got = read_config(R"(
listen = ["192.0.2.1:2121", "[::1]:21"]
banner = "hello"
charset = "ISO-8859-1"
active_port = 20
durability = "full"
file_mode = 0o640
threads = 3
run_as = "nobody"
[passive]
ports = "50000-50100"
advertise = "203.0.113.7"
[limits]
login = 61
login_delay = 250
password_checks = 2
[log]
format = "json"
xferlog = "/tmp/xferlog"
[anonymous]
root = "/tmp"
[[users]]
name = "alice"
hash = ")" + hash + R"("
root = "/"
rights = "all"
[[users]]
name = "bob"
hash = "!"
root = "/tmp"
rights = ["list", "read", "write"]
rules = [{ folder = "/in", rights = "write" }, { folder = "/in/x", rights = [] }]
)");
  for (const auto& each : got.mistakes) ADD_FAILURE() << describe("f", each);
  const auto& [server, users, anonymous, hosts, log, run_as] = got.what;
  ASSERT_EQ(server.listen.size(), 2u);
  EXPECT_EQ(server.listen[0].at.port(), 2121);
  EXPECT_TRUE(server.listen[1].at.address().is_v6());
  EXPECT_EQ(server.banner, "hello");
  EXPECT_EQ(server.active_port, 20);
  EXPECT_EQ(server.durability, storage::durability::full);
  EXPECT_EQ(server.file_mode, 0640);
  EXPECT_EQ(server.threads, 3u);
  EXPECT_EQ(server.passive.first_port, 50000);
  EXPECT_EQ(server.passive.last_port, 50100);
  EXPECT_EQ(server.passive.advertise.address->to_string(), "203.0.113.7");
  EXPECT_EQ(server.limit.login, std::chrono::seconds(61));
  EXPECT_EQ(server.limit.login_delay, std::chrono::milliseconds(250));
  EXPECT_EQ(server.limit.password_checks, 2u);
  EXPECT_EQ(server.limit.idle, limits{}.idle);
  EXPECT_EQ(log.format, log_format::json);
  EXPECT_EQ(log.xferlog, "/tmp/xferlog");
  EXPECT_EQ(run_as, "nobody");
  ASSERT_TRUE(anonymous);
  EXPECT_TRUE(anonymous->anonymous);
  EXPECT_EQ(anonymous->root, "/tmp");
  EXPECT_EQ(anonymous->allow, accounts::rights::read_only());
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(users[0].who.name, "alice");
  EXPECT_EQ(users[0].hash, hash);
  EXPECT_EQ(users[0].who.allow, accounts::rights::all());
  EXPECT_EQ(users[1].who.allow, accounts::rights::read_only() | accounts::right::write);
  ASSERT_EQ(users[1].who.rules.size(), 2u);
  EXPECT_EQ(users[1].who.rules[0].folder.text(), "/in");
  EXPECT_EQ(users[1].who.rules[1].allow, accounts::rights());
}

TEST(config, tls_says_what_is_protected) {
  net::test_support::certificates files;
  const auto own = files.make("own", {"localhost"});
  const std::string some = own.certificate;
  auto got =
      read_config("anonymous = { root = \"/\" }\n[tls]\ncertificates = [{ file = \"" + some + "\", key = \"" + own.key +
                  "\" }]\nrequire = \"all\"\ndata_sessions = \"require\"\nimplicit = [\"127.0.0.1:990\"]\n"
                  "allow_ccc = false\nbear_truncation = true\nclient_must_show = true\nclient_authorities = \"" +
                  some + "\"\n");
  for (const auto& each : got.mistakes) ADD_FAILURE() << describe("f", each);
  const auto& tls = got.what.server.tls;
  ASSERT_EQ(tls.options.identities.size(), 1u);
  EXPECT_EQ(tls.options.identities[0].key, own.key);
  EXPECT_TRUE(tls.for_login() && tls.for_data());
  EXPECT_EQ(tls.data_sessions, transfer::resumption::require);
  const auto& listen = got.what.server.listen;
  EXPECT_EQ(listen.front().at.port(), 990);
  EXPECT_TRUE(listen.front().implicit);
  EXPECT_EQ(listen.size(), 1 + everywhere(21).size());
  EXPECT_FALSE(listen.back().implicit);
  EXPECT_FALSE(tls.allow_ccc);
  EXPECT_TRUE(tls.bear_truncation && tls.options.client_must_show);
  EXPECT_EQ(tls.options.client_authorities, some);
  EXPECT_FALSE(read_config("anonymous = { root = \"/\" }\n").what.server.tls.offered());
}

TEST(config, certificates_of_users) {
  net::test_support::certificates files;
  const auto own = files.make("own", {"localhost"});
  const std::string tls = "[tls]\ncertificates = [{ file = \"" + own.certificate + "\", key = \"" + own.key + "\" }]\n";
  const std::string authorities = "client_authorities = \"" + own.certificate + "\"\n";
  const std::string user = "[[users]]\nname = \"alice\"\nroot = \"/\"\n";
  const std::string key = "sha256//" + std::string(43, 'A') + "=";
  auto got = read_config(tls + authorities + user + "certificates = [\"alice\", \"" + key + "\"]\n");
  EXPECT_THAT(got.mistakes, IsEmpty());
  EXPECT_THAT(got.what.users[0].certificates, ElementsAre("alice", key));
  EXPECT_EQ(got.what.users[0].hash, "");
  EXPECT_THAT(got.what.server.tls.options.client_pins, ElementsAre(key));
  EXPECT_THAT(mistakes(tls + user + "certificates = [\"" + key + "\"]\n"), IsEmpty());
  EXPECT_THAT(
      mistakes(tls + user + "certificates = [\"alice\"]\n"),
      ElementsAre(testing::StartsWith("f:6:1: users.certificates names certificates that nobody vouches for;")));
  EXPECT_THAT(mistakes(user + "certificates = [\"" + key + "\"]\n"),
              ElementsAre("f:4:1: users.certificates is of use under TLS only; expected tls.certificates"));
  EXPECT_EQ(mistakes(tls + user + "certificates = [\"sha256//short\", \"\"]\n").size(), 2u);
}

TEST(config, charsets_are_known) {
  EXPECT_EQ(read_config("charset = \"KOI8-R\"\n" + enough).what.server.charset->name(), "KOI8-R");
  EXPECT_EQ(read_config(enough).what.server.charset, nullptr);
  EXPECT_EQ(first_line("charset = \"klingon\"").size(), 1u);
  EXPECT_EQ(first_line("charset = \"UTF-16\"").size(), 1u);
}

TEST(config, listeners_may_be_tables) {
  net::test_support::certificates files;
  const auto own = files.make("own", {"localhost"});
  const auto tls = "[tls]\ncertificates = [{ file = \"" + own.certificate + "\", key = \"" + own.key + "\" }]\n";
  auto got = read_config("proxies = [\"10.0.0.0/8\", \"2001:db8::7\"]\n" + enough + tls + R"(
[[listen]]
address = "192.0.2.1"
port = 2121
proxy = "only"
charset = "ISO-8859-1"
name = "inner"
[[listen]]
implicit = true
proxy = "none"
)");
  for (const auto& each : got.mistakes) ADD_FAILURE() << describe("f", each);
  const auto& listen = got.what.server.listen;
  ASSERT_EQ(listen.size(), 1 + everywhere(990).size());
  EXPECT_EQ(net::show(listen[0].at), "192.0.2.1:2121");
  EXPECT_EQ(listen[0].proxy, server::listener_settings::header::only);
  EXPECT_EQ(listen[0].charset->name(), "ISO-8859-1");
  EXPECT_EQ(listen[0].name, "inner");
  EXPECT_FALSE(listen[0].implicit);
  EXPECT_EQ(listen[1].at, everywhere(990)[0]);
  EXPECT_TRUE(listen[1].implicit);
  EXPECT_EQ(listen[1].proxy, server::listener_settings::header::none);
  EXPECT_EQ(got.what.server.proxies.size(), 2u);

  EXPECT_THAT(mistakes(enough + "[[listen]]\nimplicit = true\n"),
              ElementsAre(testing::HasSubstr("listen.implicit is of use under TLS only; expected [tls]")));
  EXPECT_THAT(mistakes(enough + "[[listen]]\nproxy = \"only\"\n"),
              ElementsAre(testing::HasSubstr("f:4:1: listen.proxy lets nobody in; expected proxies")));
  EXPECT_THAT(mistakes(enough + "[[listen]]\naddress = \"::1\"\n[[listen]]\naddress = \"::1\"\n"),
              ElementsAre(testing::HasSubstr("listen: [::1]:21 stands there twice")));
  EXPECT_THAT(mistakes(enough + "[[listen]]\nprot = 21\n"),
              ElementsAre(testing::HasSubstr("unknown key listen.prot; did you mean listen.port?")));
  EXPECT_EQ(mistakes(enough + "[[listen]]\nport = 65536\nproxy = \"often\"\nname = \"a:b\"\n").size(), 3u);
  EXPECT_EQ(first_line("listen = []").size(), 1u);
  EXPECT_THAT(first_line("listen = [\"127.0.0.1:0\", { port = 0 }]"), IsEmpty());
}

TEST(config, passive_addresses_may_be_names_and_others_for_some) {
  auto got = read_config(enough + R"(
[passive]
advertise = "home.example.org"
networks = [{ clients = ["192.168.0.0/16", "fc00::/7"], advertise = "auto" }, { clients = ["10.0.0.0/8"], advertise = "10.0.0.1" }]
)");
  for (const auto& each : got.mistakes) ADD_FAILURE() << describe("f", each);
  const auto& passive = got.what.server.passive;
  EXPECT_EQ(passive.advertise.name, "home.example.org");
  ASSERT_EQ(passive.networks.size(), 2u);
  EXPECT_EQ(passive.networks[0].clients.size(), 2u);
  EXPECT_EQ(passive.networks[0].what, server::advertised{});
  EXPECT_EQ(passive.networks[1].what.address->to_string(), "10.0.0.1");
  EXPECT_EQ(read_config(enough + "[passive]\nadvertise = \"auto\"").what.server.passive.advertise,
            server::advertised{});
  for (std::string bad : {"::1", "1.2.3", "-a.org", "a b", "", "a_b.org/"}) {
    EXPECT_EQ(mistakes(enough + "[passive]\nadvertise = \"" + bad + "\"").size(), 1u) << bad;
  }
  EXPECT_THAT(mistakes(enough + "[passive]\nnetworks = [{ clients = [\"10.0.0.1/8\"] }]"),
              testing::UnorderedElementsAre(testing::HasSubstr("write 10.0.0.0/8"),
                                            testing::HasSubstr("passive.networks.advertise is missing")));
}

TEST(config, hosts_have_users_of_their_own) {
  const std::string users = "[[hosts.users]]\nname = \"bob\"\nhash = \"" + hash + "\"\nroot = \"/\"\n";
  auto got =
      read_config("[[hosts]]\nname = \"FTP.example.org\"\naliases = [\"Example.org\"]\nbanner = \"hi\"\n" + users +
                  "accounts = [\"a\", \"b\"]\naccounts_for = \"storing\"\n"
                  "mounts = [{ name = \"old\", root = \"/tmp\", rules = [{ folder = \"/x\", rights = [] }] }]\n"
                  "[hosts.anonymous]\nroot = \"/tmp\"\n");
  ASSERT_THAT(got.mistakes, IsEmpty());
  ASSERT_EQ(got.what.hosts.size(), 1u);
  const auto& host = got.what.hosts[0];
  EXPECT_EQ(host.name, "ftp.example.org");
  EXPECT_THAT(host.aliases, ElementsAre("example.org"));
  EXPECT_EQ(host.banner, "hi");
  EXPECT_EQ(host.anonymous->root, "/tmp");
  const auto& bob = host.users.at(0).who;
  EXPECT_EQ(bob.name, "bob");
  EXPECT_THAT(bob.accts, ElementsAre("a", "b"));
  EXPECT_TRUE(bob.acct_to_store);
  ASSERT_EQ(bob.mounts.size(), 1u);
  EXPECT_EQ(bob.mounts[0]->name, "old");
  EXPECT_EQ(bob.mounts[0]->root, "/tmp");
  EXPECT_EQ(bob.mounts[0]->allow, accounts::rights::read_only());
  EXPECT_EQ(bob.mounts[0]->rules.size(), 1u);

  EXPECT_EQ(mistakes("[[hosts]]\nname = \"a\"\n").size(), 1u) << "nobody can log in there";
  EXPECT_EQ(mistakes(enough + "[[hosts]]\nname = \"a\"\naliases = [\"A\"]\n" + users).size(), 1u) << "one name twice";
  EXPECT_EQ(mistakes(enough + "[[hosts]]\nname = \"a b\"\n" + users).size(), 1u);
  EXPECT_EQ(
      mistakes(enough + "[[users]]\nname = \"x\"\nroot = \"/\"\nhash = \"" + hash + "\"\naccounts_for = \"fun\"\n")
          .size(),
      1u);
  EXPECT_EQ(mistakes(enough + "[[users]]\nname = \"x\"\nroot = \"/\"\nhash = \"" + hash +
                     "\"\nmounts = [{ name = \"a/b\", root = \"/\" }]\n")
                .size(),
            1u);
}

TEST(config, fxp_says_where_else_data_may_go) {
  auto got = read_config(enough + R"(
[[fxp]]
networks = ["192.0.2.0/24", "2001:db8::7"]
[[fxp]]
networks = ["192.0.2.0/24"]
users = ["alice", "anonymous"]
direction = "send"
unresumed = true
)");
  for (const auto& each : got.mistakes) ADD_FAILURE() << describe("f", each);
  const auto& rules = got.what.server.fxp;
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].networks.size(), 2u);
  EXPECT_TRUE(rules[0].users.empty() && rules[0].send && rules[0].receive && !rules[0].unresumed);
  EXPECT_THAT(rules[1].users, ElementsAre("alice", "anonymous"));
  EXPECT_TRUE(rules[1].send && !rules[1].receive && rules[1].unresumed);

  EXPECT_THAT(mistakes(enough + "[[fxp]]\nnetworks = [\"192.0.2.1/24\"]\n"),
              ElementsAre(testing::HasSubstr("names an address within the network (write 192.0.2.0/24)")));
  EXPECT_THAT(mistakes(enough + "[[fxp]]\ndirection = \"up\"\nnetworks = [\"::/0\"]\n"),
              ElementsAre(testing::HasSubstr("fxp.direction is \"up\"; expected \"both\"")));
  EXPECT_THAT(mistakes(enough + "[[fxp]]\n"), ElementsAre(testing::HasSubstr("fxp.networks is missing")));
}

TEST(config, fxp_and_sessions_that_must_be_resumed_exclude_each_other) {
  net::test_support::certificates files;
  const auto own = files.make("own", {"localhost"});
  const auto tls = "[tls]\ncertificates = [{ file = \"" + own.certificate + "\", key = \"" + own.key +
                   "\" }]\ndata_sessions = \"require\"\n";
  const std::string rule = "[[fxp]]\nnetworks = [\"192.0.2.7\"]\n";
  EXPECT_THAT(mistakes(enough + tls + "require = \"data\"\n" + rule),
              ElementsAre(testing::HasSubstr("f:7:3: fxp can never be used")));
  EXPECT_THAT(mistakes(enough + tls + "require = \"data\"\n" + rule + "unresumed = true\n"), IsEmpty());
  EXPECT_THAT(mistakes(enough + tls + rule), IsEmpty());
}

TEST(config, what_is_left_out_is_as_the_server_has_it) {
  auto got = read_config("[[users]]\nname = \"a\"\nroot = \"/\"\nhash = \"!\"\n");
  EXPECT_THAT(got.mistakes, IsEmpty());
  EXPECT_EQ(addresses(got.what.server.listen), everywhere(21));
  EXPECT_EQ(got.what.server.file_mode, 0644);
  EXPECT_FALSE(got.what.anonymous);
  EXPECT_EQ(got.what.users[0].who.allow, accounts::rights::read_only());
}

TEST(config, unknown_keys_and_what_was_meant) {
  EXPECT_THAT(first_line("lisen = []"), ElementsAre("f:1:1: unknown key lisen; did you mean listen?"));
  EXPECT_THAT(mistakes(enough + "[limits]\nidel = 1\nfrobnicate = 2"),
              ElementsAre("f:4:1: unknown key limits.idel; did you mean limits.idle?",
                          testing::StartsWith("f:5:1: unknown key limits.frobnicate; expected one of login, idle, ")));
  EXPECT_THAT(
      mistakes("[[users]]\nnmae = \"a\"\nname = \"a\"\nroot = \"/\"\nhash = \"!\"\npassword = \"x\""),
      ElementsAre("f:2:1: unknown key users.nmae; did you mean users.name?",
                  "f:6:1: unknown key users.password; expected one of root, rights, rules, name, hash, certificates, "
                  "accounts, accounts_for, mounts, charset"));
}

TEST(config, wrong_kinds_and_ranges) {
  EXPECT_THAT(first_line("threads = \"two\""), ElementsAre("f:1:11: threads is \"two\"; expected 0 to 1024"));
  EXPECT_THAT(first_line("threads = 2.0"), ElementsAre("f:1:11: threads is a date or a fraction; expected 0 to 1024"));
  EXPECT_THAT(first_line("threads = -1"), ElementsAre("f:1:11: threads is -1; expected 0 to 1024"));
  EXPECT_THAT(first_line("active_port = 65536"), ElementsAre("f:1:15: active_port is 65536; expected 0 to 65535"));
  EXPECT_THAT(first_line("passive = true"), ElementsAre("f:1:11: passive is true; expected a table: [passive]"));
  EXPECT_THAT(first_line("users = {}"), ElementsAre("f:1:9: users is a table; expected a list of tables: [[users]]"));
  EXPECT_THAT(first_line("users = [1]"), ElementsAre("f:1:10: users is 1; expected a table"));
  EXPECT_THAT(first_line("durability = \"some\""),
              ElementsAre("f:1:14: durability: \"some\" is not a durability; expected \"none\", \"data\" or \"full\""));
  EXPECT_THAT(first_line("banner = \"a\\nb\""),
              ElementsAre("f:1:10: banner does not fit one line; expected one line of at most 500 bytes"));
  EXPECT_THAT(mistakes(enough + "[limits]\nidle = 0\nlogin_delay = 60001\nlist_time = \"1s\""),
              ElementsAre("f:4:8: limits.idle is 0; expected seconds, 1 to 604800",
                          "f:5:15: limits.login_delay is 60001; expected milliseconds, 0 to 60000",
                          "f:6:13: limits.list_time is \"1s\"; expected seconds, 1 to 86400"));
}

TEST(config, file_modes_are_octal) {
  const std::string expected = "; expected permissions in octal, 0o000 to 0o777, such as 0o644";
  EXPECT_THAT(first_line("file_mode = 0o600"), IsEmpty());
  EXPECT_THAT(first_line("file_mode = 444"), ElementsAre("f:1:13: file_mode is 444" + expected));
  EXPECT_THAT(first_line("file_mode = 0o1777"), ElementsAre("f:1:13: file_mode is 1023" + expected));
}

TEST(config, addresses_and_ports) {
  const std::string listen =
      "; expected addresses with ports, such as [\"0.0.0.0:21\", \"[::]:21\"], or tables: [[listen]]";
  for (std::string bad :
       {"localhost:21", "1.2.3.4", "::1:21", "[1.2.3.4]:21", "1.2.3.4:65536", "1.2.3.4:", ":21", "[::1]"}) {
    EXPECT_THAT(first_line("listen = [\"" + bad + "\"]"),
                ElementsAre("f:1:11: listen: \"" + bad + "\" is not an address and a port" + listen));
  }
  EXPECT_THAT(first_line("listen = [\"[::]:21\", 7, \"[::]:21\"]"),
              ElementsAre("f:1:22: listen is 7" + listen, "f:1:25: listen \"[::]:21\" stands there twice" + listen));
  const std::string ports = "; expected a range above 1023, such as \"20000-20099\"";
  EXPECT_THAT(
      mistakes(enough + "[passive]\nports = \"50100-50000\""),
      ElementsAre("f:4:9: passive.ports: \"50100-50000\" is not a range of ports: its first lies behind its last" +
                  ports));
  for (std::string bad : {"20-21", "5000-", "a-b", "50000-70000", "-1-2"}) {
    EXPECT_EQ(mistakes(enough + "[passive]\nports = \"" + bad + "\"").size(), 1u) << bad;
  }
  EXPECT_EQ(mistakes(enough + "[passive]\nadvertise = \"::1\"").size(), 1u);
}

TEST(config, folders_must_be_there) {
  EXPECT_THAT(mistakes("[anonymous]\nroot = \"/no/such\""),
              ElementsAre("f:2:8: anonymous.root is \"/no/such\": No such file or directory; expected a folder that "
                          "exists, as an absolute path"));
  EXPECT_THAT(
      mistakes("[anonymous]\nroot = \"/etc/passwd\""),
      ElementsAre("f:2:8: anonymous.root is \"/etc/passwd\", which is not a folder; expected a folder that exists, "
                  "as an absolute path"));
  EXPECT_EQ(mistakes("[anonymous]\nroot = \"tmp\"").size(), 1u);
  EXPECT_EQ(mistakes(enough + "[log]\nxferlog = \"/no/such/file\"").size(), 1u);
  EXPECT_EQ(mistakes(enough + "[log]\nxferlog = \"xferlog\"").size(), 1u);
}

TEST(config, users) {
  EXPECT_THAT(mistakes("[[users]]\nrights = \"al\""),
              ElementsAre("f:1:1: users.root is missing; expected a folder that exists, as an absolute path",
                          "f:1:1: users.name is missing; expected 1 to 255 bytes without control characters",
                          "f:1:1: users.hash is missing; expected what `ferryd passwd` prints (or users.certificates)",
                          "f:2:10: users.rights is \"al\"; expected \"all\", \"read-only\", or a list of list, read, "
                          "write, append, delete, rename, mkdir, chmod"));
  const std::string alice = "[[users]]\nname = \"alice\"\nroot = \"/\"\nhash = \"!\"\n";
  EXPECT_THAT(mistakes(alice + alice),
              ElementsAre("f:6:8: users.name is \"alice\" and stands in line 2 already; expected each only once"));
  EXPECT_THAT(mistakes(alice + "rights = [\"read\", \"raed\", 1]"), testing::SizeIs(2));
  EXPECT_THAT(mistakes(alice + "rules = [{ folder = \"in\", rights = \"all\" }, { folder = \"/x\" }]"),
              ElementsAre(testing::StartsWith("f:5:21: users.rules.folder: \"in\" is not a path"),
                          testing::StartsWith("f:5:45: users.rules.rights is missing")));
  EXPECT_THAT(
      mistakes(alice + "rules = [{ folder = \"/a\", rights = \"all\" }, { folder = \"/b/../a\", rights = [] }]"),
      testing::SizeIs(1));
  EXPECT_THAT(mistakes("[[users]]\nname = \"ftp\"\nroot = \"/\"\nhash = \"!\"\n" + enough),
              ElementsAre("f:5:2: there is a user \"ftp\", which is a name of anonymous; expected one or the other"));
}

TEST(config, a_password_in_plain_text_is_refused_and_not_shown) {
  for (std::string secret :
       {"hunter2", "$1$hunter2$x", "$2b$20$hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunte"}) {
    auto got = mistakes("[[users]]\nname = \"alice\"\nroot = \"/\"\nhash = \"" + secret + "\"");
    ASSERT_EQ(got.size(), 1u);
    EXPECT_TRUE(got[0].starts_with("f:4:8: users.hash: ")) << got[0];
    EXPECT_TRUE(got[0].contains("ferryd passwd")) << got[0];
    EXPECT_FALSE(got[0].contains("hunter2")) << got[0];
  }
  auto number = mistakes("[[users]]\nname = \"alice\"\nroot = \"/\"\nhash = 12345");
  ASSERT_EQ(number.size(), 1u);
  EXPECT_FALSE(number[0].contains("12345"));
}

TEST(config, what_only_two_keys_together_get_wrong) {
  EXPECT_THAT(mistakes("threads = 1"),
              ElementsAre("f:1:1: nobody can log in; expected [[users]], [anonymous], or both"));
  EXPECT_THAT(mistakes(enough + "[limits]\nidle = 9000"), testing::SizeIs(1));
  EXPECT_THAT(mistakes(enough + "[limits]\nidle = 9000\nidle_max = 9000"), IsEmpty());
  EXPECT_THAT(mistakes(enough + "[limits]\nlogin_delay_max = 100"), testing::SizeIs(1));
}

TEST(config, every_mistake_in_one_run_in_the_order_of_the_file) {
  auto got = mistakes("threads = -1\nbanner = 1\nfoo = 2\n[anonymous]\nroot = 3\n[log]\nformat = \"xml\"");
  ASSERT_EQ(got.size(), 5u);
  for (std::size_t i = 0; const char* line : {"f:1:", "f:2:", "f:3:", "f:5:", "f:7:"})
    EXPECT_TRUE(got[i++].starts_with(line));
}

TEST(config, what_is_not_toml) {
  auto got = mistakes("threads = 1\nlisten = [\n");
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(got[0].contains(": this is not TOML: "));
  EXPECT_EQ(mistakes("threads = 1\nthreads = 2\n").size(), 1u);
}

class config_file : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(::mkdtemp(folder_));
    std::ofstream(file_ = std::string(folder_) + "/f.toml") << enough;
    ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
  }
  void TearDown() override {
    ::unlink(file_.c_str());
    ::rmdir(folder_);
  }
  char folder_[32] = "/tmp/ferry-config-XXXXXX";
  std::string file_;
};

TEST_F(config_file, is_read) {
  auto got = load_config(file_);
  ASSERT_TRUE(got);
  EXPECT_THAT(got->mistakes, IsEmpty());
  EXPECT_EQ(got->what.anonymous->root, "/");
}

TEST_F(config_file, that_everyone_may_write_is_refused) {
  ASSERT_EQ(::chmod(file_.c_str(), 0602), 0);
  auto got = load_config(file_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().id, "config.writable");
}

TEST_F(config_file, of_somebody_else_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root to give a file away";
  ASSERT_EQ(::chown(file_.c_str(), 12345, 12345), 0);
  auto got = load_config(file_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().id, "config.writable");
}

TEST_F(config_file, that_is_none_is_refused) {
  for (const auto& path : {std::string(folder_), std::string(folder_) + "/none"}) {
    auto got = load_config(path);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().id, "config.open");
  }
}

std::string text_of(const std::string& file) {
  std::stringstream out;
  out << std::ifstream(std::string(FERRY_SOURCE_DIR) + "/" + file).rdbuf();
  return out.str();
}

// The part of the documentation from one heading to the next.
std::string section(const std::string& text, const std::string& heading) {
  auto begin = text.find(heading);
  if (begin == std::string::npos) return "";
  auto end = text.find("\n#", begin + heading.size());
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

TEST(config_keys, every_one_is_documented_in_its_place) {
  const std::map<std::string, std::string> heading = {
      {"", "\n## The top of the file"}, {"passive", "\n## `[passive]`"},
      {"listen", "\n## `[[listen]]`"},  {"passive.networks", "\n### Other addresses for some clients"},
      {"tls", "\n## `[tls]`"},          {"tls.certificates", "\n### Certificates"},
      {"fxp", "\n## `[[fxp]]`"},        {"anonymous", "\n## `[anonymous]`"},
      {"users", "\n## `[[users]]`"},    {"log", "\n## `[log]`"},
      {"limits", "\n## `[limits]`"},    {"anonymous.rules", "\n### Rules"},
      {"users.rules", "\n### Rules"},   {"users.mounts", "\n### Mounts"},
      {"hosts", "\n## `[[hosts]]`"}};
  // Of a host, what the same tables hold at the top.
  auto of = [](std::string table) {
    if (table.starts_with("hosts.certificates")) return std::string("tls.certificates");
    if (table.starts_with("hosts.")) table.erase(0, 6);
    return table == "users.mounts.rules" ? "users.rules" : table;
  };
  auto text = text_of("docs/configuration.md");
  for (const auto& each : config_keys()) {
    const auto table = of(each.table);
    ASSERT_TRUE(heading.contains(table)) << each.table;
    auto row = "\n| `" + each.name + "` |";
    EXPECT_TRUE(section(text, heading.at(table)).contains(row)) << each.table << "." << each.name;
    auto line = section(text, heading.at(table));
    line = line.substr(line.find(row) + 1);
    EXPECT_EQ(line.substr(0, line.find('\n')).contains("required"), each.required) << each.table << "." << each.name;
  }
}

TEST(config_keys, no_other_is_documented) {
  std::set<std::string> known = {"list", "read", "write", "append", "delete", "rename", "mkdir", "chmod", "event"};
  for (std::string event : {"note", "connected", "login", "transfer", "changed", "refused", "closed"})
    known.insert(event);
  for (const auto& each : config_keys()) known.insert(each.name);
  auto text = text_of("docs/configuration.md");
  std::regex row("\n\\| `([a-z_]+)` \\|");
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at)
    EXPECT_TRUE(known.contains((*at)[1])) << (*at)[1];
}

TEST(config_keys, every_limit_is_one) {
  std::set<std::string> keys;
  for (const auto& each : config_keys()) {
    if (each.table == "limits") keys.insert(each.name);
  }
  auto text = text_of("src/base/limits.hpp");
  text = text.substr(text.find("struct limits {"));
  text = text.substr(0, text.find("\n};"));
  std::regex field(R"(\n  std::\S+ (\w+)\{(\d+)\};)");
  std::size_t fields = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), field), end; at != end; ++at, ++fields) {
    EXPECT_TRUE(keys.contains((*at)[1])) << (*at)[1];
    auto row = section(text_of("docs/configuration.md"), "\n## `[limits]`");
    row = row.substr(row.find("| `" + (*at)[1].str() + "` |"));
    EXPECT_TRUE(row.substr(0, row.find('\n')).ends_with("| " + (*at)[2].str() + " |")) << (*at)[1];
  }
  EXPECT_EQ(fields, keys.size());
}

}  // namespace
}  // namespace ferry::ferryd
