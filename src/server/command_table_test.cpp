// What must hold for every row of the table, whatever its command.
#include "server/command_table.hpp"
#include "net/test_support/certificates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "accounts/static_directory.hpp"
#include "server/commands.hpp"
#include "server/test_support/running_server.hpp"

namespace ferry::server {
namespace {

using namespace test_support;

bool offered(const row& each) { return each.run != commands::not_implemented; }
bool names_a_path(const row& each) {
  return each.takes != grammar::none && each.takes != grammar::parent && each.takes != grammar::text &&
         each.takes != grammar::optional_text;
}

// The command with a path.
std::string with_path(const row& each, const std::string& path) {
  std::string out(each.verb);
  switch (each.takes) {
    case grammar::word_path:
    case grammar::time_path: {
      if (each.verb == "MFF") return out + " Modify=20200102030405;UNIX.mode=600; " + path;
      return out + (each.verb == "SITE CHMOD" ? " 600 " : " 20200102030405 ") + path;
    }
    // What `path` is to be denied for may be the first of them or the second.
    case grammar::paths: return out + " \"" + path + "\" " + (each.verb == "COMB" ? "/part" : "/link");
    default: return out + " " + path;
  }
}

std::string some_path(const row& each) {
  for (std::string_view verb : {"MKD", "XMKD", "STOR", "STOU", "RNTO", "COMB", "SITE CPTO"}) {
    if (each.verb == verb) return "/pub/new";
  }
  for (std::string_view verb : {"CWD", "XCWD", "LIST", "NLST", "MLSD", "AVBL", "DSIZ"}) {
    if (each.verb == verb) return "/pub";
  }
  for (std::string_view verb : {"RMD", "XRMD", "RMDA", "SITE RMTREE"}) {
    if (each.verb == verb) return "/pub/none";
  }
  return "/pub/a.txt";
}

// The command as a client would send it, right in form.
std::string sample(const row& each) {
  if (names_a_path(each)) return with_path(each, some_path(each));
  return std::string(each.verb) + (each.takes == grammar::text ? " 1" : "");
}

void stock(running_server& served) {
  served.stored.put("/part", "p");
  served.stored.put("/digits.bin", "0123456789");
  served.stored.folder("/pub");
  served.stored.put("/pub/a.txt", "a");
  served.stored.folder("/pub/none");
}

TEST(command_table, is_sorted_and_finds_each_of_its_rows) {
  EXPECT_TRUE(std::ranges::is_sorted(command_table(), std::ranges::less_equal{}, &row::verb) ||
              command_table().size() < 2);
  for (const auto& each : command_table()) EXPECT_EQ(find_row(each.verb), &each) << each.verb;
  EXPECT_EQ(find_row("XYZZY"), nullptr);
  EXPECT_EQ(find_row(""), nullptr);
}

TEST(command_table, every_row_is_complete) {
  for (const auto& each : command_table()) {
    EXPECT_FALSE(each.help.empty() || each.source.empty() || each.replies.empty()) << each.verb;
    EXPECT_NE(each.run, nullptr) << each.verb;
    EXPECT_TRUE(names_a_path(each) || each.takes == grammar::parent || each.needs == accounts::right::none)
        << each.verb << ": a right on what?";
    for (std::size_t at = 0; at < each.replies.size(); at += 4) {
      EXPECT_TRUE(legal(each, std::stoi(std::string(each.replies.substr(at, 3))))) << each.verb;
      EXPECT_TRUE(at + 3 == each.replies.size() || each.replies[at + 3] == ' ') << each.verb;
    }
  }
}

TEST(every_command, that_needs_a_login_says_530_without) {
  running_server served;
  auto client = served.connect();
  for (const auto& each : command_table()) {
    if (each.before_login && each.needs == accounts::right::none) continue;
    EXPECT_EQ(client.ask(sample(each)).code, 530) << each.verb;
  }
  EXPECT_EQ(client.ask("NOOP").code, 200);
}

TEST(every_command, that_needs_an_argument_says_501_without) {
  running_server served;
  auto client = served.login();
  for (const auto& each : command_table()) {
    if (each.takes == grammar::none || each.takes == grammar::parent || each.takes == grammar::optional_text ||
        each.takes == grammar::optional_path || each.takes == grammar::listing) {
      continue;
    }
    EXPECT_EQ(client.ask(each.verb).code, 501) << each.verb;
    EXPECT_EQ(client.ask(std::string(each.verb) + " ").code, 501) << each.verb;
  }
}

TEST(every_command, is_known_in_any_case_of_letters) {
  running_server served;
  for (const auto& each : command_table()) {
    std::string mixed(each.verb);
    for (std::size_t i = 0; i < mixed.size(); i += 2) mixed[i] |= ' ';
    auto one = served.connect();
    auto other = served.connect();
    EXPECT_EQ(one.ask(each.verb).lines[0], other.ask(mixed).lines[0]) << mixed;
  }
}

// A server on which nothing is left out for want of a certificate.
struct whole_server {
  net::test_support::certificates files;
  running_server served{in_memory(), [this] {
                          auto how = brisk();
                          how.tls.options.identities = {files.make("server", {"localhost"})};
                          how.fxp = {{.networks = {*net::address_range::parse("192.0.2.7")}}};
                          return how;
                        }()};
};

TEST(every_command, is_in_help) {
  whole_server whole;
  auto& served = whole.served;
  auto client = served.login();
  auto all = " " + client.ask("HELP").text() + " ";
  std::ranges::replace(all, '\n', ' ');
  auto site = client.ask("SITE HELP").text();
  for (const auto& each : command_table()) {
    if (each.verb.starts_with("SITE ")) {
      EXPECT_NE(site.find(each.verb), site.npos) << each.verb;
    } else {
      EXPECT_EQ(all.find(" " + std::string(each.verb) + " ") != all.npos, offered(each)) << each.verb;
    }
    auto one = client.ask("HELP " + std::string(each.verb));
    EXPECT_EQ(one.code, 214) << each.verb;
    EXPECT_NE(one.text().find(each.help), std::string::npos) << each.verb;
  }
}

TEST(every_command, that_is_not_offered_says_502) {
  running_server served;
  auto stranger = served.connect();
  auto client = served.login();
  for (const auto& each : command_table()) {
    if (offered(each)) continue;
    EXPECT_EQ(client.ask(each.verb).code, 502) << each.verb;
    EXPECT_EQ(stranger.ask(std::string(each.verb) + " x").code, 502) << each.verb;
  }
}

TEST(every_command, that_is_secret_shows_no_argument_in_a_log) {
  int secrets = 0;
  for (const auto& each : command_table()) {
    if (!each.secret) continue;
    ++secrets;
    running_server served;
    auto client = served.connect();
    for (int times = 0; times < 2; ++times) client.ask(std::string(each.verb) + " hidden");
    EXPECT_TRUE(served.told.awaits("refused ")) << each.verb;
    EXPECT_FALSE(served.told.holds("hidden")) << each.verb;
  }
  EXPECT_GT(secrets, 0);
  for (auto verb : {"PASS", "ACCT", "ADAT"}) EXPECT_TRUE(find_row(verb)->secret) << verb;
}

TEST(feat, has_a_line_for_each_feature_and_no_other) {
  std::set<std::string> wanted{" MODE B PIPELINE", " MODE C PIPELINE", " TVFS", " UTF8"};
  for (const auto& each : command_table()) {
    if (!each.feature.empty()) wanted.insert(" " + std::string(each.feature));
  }
  whole_server whole;
  auto told = whole.served.connect().ask("FEAT");
  ASSERT_GE(told.lines.size(), 2u);
  std::set<std::string> got;
  for (std::size_t i = 1; i + 1 < told.lines.size(); ++i) {
    auto line = told.lines[i];
    if (line.starts_with(" MLST ") || line.starts_with(" HASH ")) line.resize(5);
    EXPECT_TRUE(got.insert(line).second) << line << " stands there twice";
  }
  EXPECT_EQ(got, wanted);
}

void refuses_quietly(support::wire& client, running_server& served, const std::string& command) {
  const auto before = served.stored.snapshot();
  EXPECT_EQ(client.ask(command).code, 550) << command;
  EXPECT_EQ(served.stored.snapshot(), before) << command;
}

// One path, one right, one authoriser: a command that is let in by another door is a hole (CVE-2015-3306,
// CVE-2019-12815).
class rights_of_every_command : public ::testing::Test {
 protected:
  void refuses(const std::string& user, const std::string& command) {
    SCOPED_TRACE(user);
    auto client = served.login(user);
    refuses_quietly(client, served, command);
  }

  running_server served;
};

TEST_F(rights_of_every_command, without_rights_nothing_is_done) {
  stock(served);
  for (const auto& each : command_table()) {
    if (each.needs != accounts::right::none) refuses("outsider", sample(each));
  }
}

TEST_F(rights_of_every_command, the_right_of_the_row_is_needed) {
  stock(served);
  for (std::string word : {"list", "read", "write", "append", "delete", "rename", "mkdir", "chmod"}) {
    int rows = 0;
    for (const auto& each : command_table()) {
      if (!accounts::parse_right(word)->holds_any(each.needs | each.others_need)) continue;
      refuses("without-" + word, sample(each));
      ++rows;
    }
    EXPECT_GT(rows, 0) << word;
  }
  auto client = served.login("without-append");
  client.ask("REST 1");
  EXPECT_EQ(client.ask("STOR digits.bin").code, 550);
  client.ask("RANG 0 1");
  EXPECT_EQ(client.ask("STOR digits.bin").code, 550);
}

TEST_F(rights_of_every_command, a_rule_holds_for_a_path_however_it_is_written) {
  stock(served);
  for (const auto& each : command_table()) {
    if (!names_a_path(each)) continue;
    auto path = some_path(each);
    refuses("neighbour", with_path(each, path));
    refuses("neighbour", with_path(each, path.substr(1)));
    refuses("neighbour", with_path(each, "/./nowhere/..//" + path));
  }
  auto client = served.login("neighbour");
  EXPECT_EQ(client.ask("RNFR digits.bin").code, 350);
  EXPECT_EQ(client.ask("RNTO pub/digits.bin").code, 550);
  EXPECT_EQ(client.ask("STAT pub/*").code, 550);
  EXPECT_EQ(client.ask("MKD fine").code, 257);
  auto data = client.passive();
  EXPECT_EQ(client.ask("LIST -R").code, 150);
  EXPECT_EQ(data.receive_all().find("a.txt"), std::string::npos);
  EXPECT_EQ(client.read().code, 226);
}

// The characters of patterns may stand in a name; a rule for it is not led astray by what they would mean.
TEST(rule, for_a_name_that_looks_like_a_pattern_holds) {
  accounts::user alice;
  alice.hash = "$any";
  alice.who = {.name = "alice", .root = {}, .allow = accounts::rights::all(), .rules = {}};
  for (auto name : {"/a[1]", "/b*", "/c?"}) alice.who.rules.push_back({*proto::tvfs_path().resolve(name), {}});
  auto anyone = [](const std::string&, const std::string&) { return true; };
  running_server served(in_memory(), brisk(),
                        std::make_unique<accounts::static_directory>(std::vector{alice}, std::nullopt, 1,
                                                                     accounts::static_directory::verifier(anyone)));
  for (std::string name : {"a[1]", "a1", "b*", "bb", "c?", "cc"}) {
    served.stored.folder("/" + name);
    served.stored.put("/" + name + "/inside", "x");
  }
  auto client = served.login();
  for (const auto& each : command_table()) {
    if (!names_a_path(each) || each.takes == grammar::listing) continue;
    for (std::string name : {"a[1]", "b*", "c?"}) {
      refuses_quietly(client, served, with_path(each, "/" + name));
      refuses_quietly(client, served, with_path(each, name + "/inside"));
    }
  }
  for (std::string verb : {"LIST ", "NLST ", "LIST -R ", "LIST -d ", "NLST -l "}) {
    for (std::string name : {"a[1]", "b*", "c?"}) {
      SCOPED_TRACE(verb + name);
      EXPECT_EQ(client.ask(verb + name + "/inside").code, 550);
      EXPECT_EQ(client.ask(verb + name + "/*").code, 550);
      auto data = client.passive();
      EXPECT_EQ(client.ask(verb + name).code, 150);
      EXPECT_EQ(data.receive_all().find("inside"), std::string::npos);
      EXPECT_EQ(client.read().code, 226);
      EXPECT_EQ(client.ask("STAT " + name).text().find("inside"), std::string::npos);
    }
  }
}

// The other paths of a command are looked at as closely as the first; and where one stands for all below it, so is
// that.
TEST_F(rights_of_every_command, a_rule_holds_for_each_path_and_for_what_lies_below_one) {
  stock(served);
  int others = 0, trees = 0;
  for (const auto& each : command_table()) {
    if (each.takes == grammar::paths) {
      for (auto denied : {"/pub/a.txt", "pub/new", "/./pub"}) {
        refuses("neighbour", std::string(each.verb) + " /fine " + denied);
        refuses("neighbour", std::string(each.verb) + " \"" + denied + "\" /fine");
        if (each.verb == "COMB") refuses("neighbour", "COMB /fine /part \"" + std::string(denied) + "\" /part");
      }
      ++others;
    }
    if (each.whole_tree) {
      refuses("neighbour", std::string(each.verb) + " /");
      ++trees;
    }
  }
  EXPECT_GE(others, 2);
  EXPECT_GE(trees, 3);
}

// What is read needs no room, and only an upload has an offset.
bool possible(std::string_view id, std::string_view operation) {
  if (id == "storage.full" || id == "storage.quota") {
    for (std::string_view reading : {"stat", "look", "list", "next", "open", "read", "available", "remove_tree"}) {
      if (operation == reading) return false;
    }
  }
  return id != "storage.offset" || operation == "create";
}

// Lets one operation of a store fail.
class saboteur {
 public:
  std::optional<error> operator()(std::string_view operation) {
    std::lock_guard held(mutex_);
    if (left_ < 0 || !possible(id_, operation) || left_-- > 0) return std::nullopt;
    happened_ = true;
    return error{.id = id_, .cause = "this was ordered"};
  }
  // `id` stays where it is.
  void order(std::string_view id, int after) {
    std::lock_guard held(mutex_);
    id_ = id;
    left_ = after;
    happened_ = false;
  }
  bool happened() {
    std::lock_guard held(mutex_);
    left_ = -1;
    return happened_;
  }

 private:
  std::mutex mutex_;
  std::string_view id_;
  int left_ = -1;
  bool happened_ = false;
};

// The final reply.
int carried_out(support::wire& client, const row& each, const std::string& command,
                std::optional<support::wire_socket> data) {
  const bool upload = each.needs == accounts::right::write || each.needs == accounts::right::append;
  auto said = client.ask(command);
  if (said.code != 150) return said.code;
  try {
    if (upload) data->send("new");
    data->finish();
    data->receive_all();
  } catch (const support::wire_reset&) {
    // the store failed first
  }
  return client.read().code;
}

// Whatever operation of the store fails, and however, the reply is a legal one, no upload is half done, and the
// session goes on.
TEST(every_command, survives_every_failure_of_the_store) {
  saboteur fault;
  running_server served(
      in_memory({.fault = [&](std::string_view operation, const auto&) { return fault(operation); }}));
  stock(served);
  auto client = served.login();
  int failures = 0;
  for (const auto& each : command_table()) {
    if (!names_a_path(each) && each.takes != grammar::parent) continue;
    const auto command =
        each.verb == "STOR" || each.verb == "APPE" ? std::string(each.verb) + " /digits.bin" : sample(each);
    for (std::string_view id :
         {"storage.not_found", "storage.denied", "storage.exists", "storage.not_directory", "storage.is_directory",
          "storage.not_empty", "storage.escape", "storage.full", "storage.quota", "storage.name", "storage.offset",
          "storage.busy", "storage.read_only", "storage.unsupported", "storage.failed", "storage.changed"}) {
      if (id == "storage.offset" && each.verb != "STOR") continue;
      // Each operation fails in its turn, until the command has no more of them.
      for (int operation = 0;; ++operation) {
        SCOPED_TRACE(command + " with " + std::string(id) + " at operation " + std::to_string(operation));
        std::optional<support::wire_socket> data;
        if (each.moves_data) data = client.passive();
        if (each.verb == "RNTO") ASSERT_EQ(client.ask("RNFR /digits.bin").code, 350);
        if (each.verb == "SITE CPTO") ASSERT_EQ(client.ask("SITE CPFR /digits.bin").code, 350);
        if (each.verb == "COMB") served.stored.put("/part", "p");
        const auto before = served.stored.get("/digits.bin");
        fault.order(id, operation);
        const int code = carried_out(client, each, command, std::move(data));
        if (!fault.happened()) break;
        ++failures;
        // STOU only looks for a free name; a pattern may be a name. COMB makes its file where there is none, and a
        // folder below that vanishes has no bytes.
        const bool may_be_missing = (each.verb == "COMB" || each.verb == "DSIZ") && id == "storage.not_found";
        if (each.verb != "STOU" && !may_be_missing) EXPECT_GE(code, 400);
        if (each.verb == "STOR") EXPECT_EQ(served.stored.get("/digits.bin"), before);
      }
      served.stored.put("/digits.bin", "0123456789");
    }
  }
  EXPECT_GT(failures, 500);
  EXPECT_EQ(client.ask("NOOP").code, 200);
}

}  // namespace
}  // namespace ferry::server
