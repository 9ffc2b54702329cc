#include "server/test_support/running_server.hpp"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "storage/local/local_storage.hpp"

namespace ferry::server::test_support {
namespace {

using accounts::rights;

proto::tvfs_path path_of(const std::string& text) { return proto::tvfs_path().resolve(text).value(); }

template <class T>
T checked(result<T> got) {
  if (!got) throw std::runtime_error(std::string(got.error().id) + ": " + got.error().cause);
  if constexpr (!std::is_void_v<T>) return std::move(*got);
}

class few_accounts : public accounts::directory {
 public:
  bool open_to(std::string_view user) const override { return user == "anonymous" || user == "ftp"; }

  std::shared_ptr<const accounts::account> admits(std::string_view user,
                                                  const accounts::certificate& shown) const override {
    return user == "alice" && shown.name == "alice" ? account("alice", rights::all(), false) : nullptr;
  }

  net::task<result<std::shared_ptr<const accounts::account>>> login(net::loop&, std::string user, std::string password,
                                                                    accounts::caller) override {
    if (open_to(user)) co_return account(user, rights::read_only(), true);
    if (password == "secret") {
      if (user == "alice") co_return account(user, rights::all(), false);
      if (user == "reader") co_return account(user, rights::read_only(), false);
      if (user == "outsider") co_return account(user, {}, false);
      if (user == "neighbour") co_return account(user, rights::all(), false, {{path_of("/pub"), {}}});
      if (user.starts_with("without-")) co_return account(user, all_but(user.substr(8)), false);
    }
    co_return fail("accounts.refused", "the login was refused");
  }

 private:
  static rights all_but(const std::string& word) {
    const auto missing = checked(accounts::parse_right(word));
    rights out;
    for (unsigned bit = 1; bit < 256; bit *= 2) {
      if (auto one = accounts::right(bit); !missing.holds(one)) out = out | one;
    }
    return out;
  }
  static std::shared_ptr<const accounts::account> account(const std::string& name, rights allow, bool anonymous,
                                                          std::vector<accounts::rule> rules = {}) {
    return std::make_shared<accounts::account>(
        accounts::account{.name = name, .anonymous = anonymous, .root = {}, .allow = allow, .rules = std::move(rules)});
  }
};

net::task<std::string> read_all(storage::source& from) {
  std::string out(from.about().size, '\0');
  for (std::size_t have = 0; have < out.size();) {
    auto count = checked(co_await from.read(have, std::span(out).subspan(have)));
    if (count == 0) throw std::runtime_error("a file became shorter");
    have += count;
  }
  co_return out;
}

net::task<> describe(storage::storage& all, proto::tvfs_path at, std::map<std::string, std::string>& into) {
  auto listing = checked(co_await all.list(at));
  std::vector<storage::entry> batch;
  while (checked(co_await listing->next(batch))) {
    for (const auto& each : batch) {
      auto path = at.child(each.name);
      auto& line = into[std::string(path.text())];
      line = std::to_string(static_cast<int>(each.facts.type)) + " " + std::to_string(each.facts.mode) + " " +
             std::to_string(each.facts.modified.time_since_epoch().count()) + " " + each.target;
      if (each.facts.type == storage::kind::file) {
        auto source = checked(co_await all.open(path));
        line += co_await read_all(*source);
      }
      if (each.facts.type == storage::kind::directory) co_await describe(all, path, into);
    }
  }
}

}  // namespace

files::files(open_storage open) : all_(checked(open(runner_.on, {}))) {}

void files::folder(const std::string& path) { checked(runner_.run(all_->make_directory(path_of(path)))); }

void files::put(const std::string& path, std::string_view content) {
  auto write = [](storage::storage& into, proto::tvfs_path at, std::string_view what) -> net::task<> {
    const storage::create_options plain;
    auto sink = checked(co_await into.create(at, plain));
    checked(co_await sink->write(what));
    checked(co_await sink->commit());
  };
  runner_.run(write(*all_, path_of(path), content));
}

std::optional<std::string> files::get(const std::string& path) {
  auto read = [](storage::storage& from, proto::tvfs_path at) -> net::task<std::optional<std::string>> {
    auto source = co_await from.open(at);
    if (!source) co_return std::nullopt;
    co_return co_await read_all(**source);
  };
  return runner_.run(read(*all_, path_of(path)));
}

std::map<std::string, std::string> files::snapshot() {
  std::map<std::string, std::string> out;
  runner_.run(describe(*all_, {}, out));
  return out;
}

open_storage in_memory(storage::memory_options options) {
  return [tree = storage::make_memory_tree(std::move(options))](net::loop&, const accounts::account&) {
    return storage::open_memory(tree);
  };
}

open_storage in_folder(const std::string& directory) {
  auto root = checked(storage::open_root(directory));
  return [root](net::loop& on, const accounts::account&) { return storage::open_local(on, root); };
}

temporary_folder::temporary_folder(const std::string& below) : path_(below + "/ferry-XXXXXX") {
  if (!::mkdtemp(path_.data())) throw std::runtime_error("cannot make a folder in " + below);
}

temporary_folder::~temporary_folder() { std::filesystem::remove_all(path_); }

void recording_journal::transferred(const session_facts&, const transfer_facts& what) {
  add("transferred " + std::string(what.verb) + " " + what.path + " " + std::to_string(what.bytes) + " bytes " +
      std::to_string(what.code) + " " + what.error + (what.data_peer.empty() ? "" : " with " + what.data_peer));
}

void recording_journal::refused(const session_facts&, refusal kind, std::string_view what, std::string_view reply) {
  constexpr std::string_view kinds[] = {"connection", "login", "command"};
  add("refused " + std::string(kinds[static_cast<int>(kind)]) + " " + std::string(what) + ": " + std::string(reply));
}

void recording_journal::changed(const session_facts&, std::string_view verb, std::string_view path) {
  add("changed " + std::string(verb) + " " + std::string(path));
}

std::vector<std::string> recording_journal::lines() const {
  std::lock_guard held(mutex_);
  return lines_;
}

bool recording_journal::holds(std::string_view text) const {
  return std::ranges::any_of(lines(), [&](const std::string& each) { return each.find(text) != each.npos; });
}

bool recording_journal::awaits(std::string_view text) const {
  for (auto until = clock::now() + support::patience; clock::now() < until;) {
    if (holds(text)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

void recording_journal::add(std::string line) {
  std::lock_guard held(mutex_);
  lines_.push_back(std::move(line));
}

listener_settings loopback() { return {.at = {net::asio::ip::address_v4::loopback(), 0}}; }

settings brisk() {
  settings out;
  out.listen = {loopback()};
  out.banner = "ready";
  out.durability = storage::durability::none;
  out.threads = 2;
  out.limit.login_delay = std::chrono::milliseconds(1);
  out.limit.stop = std::chrono::seconds(1);
  return out;
}

running_server::running_server(open_storage open, settings how, std::unique_ptr<accounts::directory> who,
                               std::vector<virtual_host> hosts)
    : stored(open), accounts_(who ? std::move(who) : std::make_unique<few_accounts>()) {
  server_ = std::make_unique<server>(std::move(how), *accounts_, std::move(open), told, std::move(hosts));
  checked(server_->bind());
  for (const auto& each : server_->listeners()) ports.push_back(each.at.port());
  port = ports.front();
  thread_ = std::thread([this] {
    server_->run();
    std::lock_guard held(mutex_);
    ended_ = true;
    changed_.notify_all();
  });
}

running_server::~running_server() {
  server_->stop();
  thread_.join();
}

support::wire running_server::connect(const std::string& from) {
  lints_.push_back(std::make_unique<reply_lint>());
  support::wire out(dial(from), lints_.back().get());
  if (auto greeting = out.read(); greeting.code != 220) throw support::wire_error("not welcome: " + greeting.text());
  return out;
}

support::wire running_server::login(const std::string& user) {
  auto out = connect();
  out.ask("USER " + user);
  if (auto in = out.ask("PASS secret"); in.code != 230) throw support::wire_error("no login: " + in.text());
  out.ask("TYPE I");
  return out;
}

support::wire running_server::unchecked() { return support::wire(dial()); }

bool running_server::ended(std::chrono::milliseconds within) {
  std::unique_lock held(mutex_);
  return changed_.wait_for(held, within, [this] { return ended_; });
}

}  // namespace ferry::server::test_support
