#include "client/blocking.hpp"

#include <boost/asio/thread_pool.hpp>
#include <filesystem>

#include "client/get.hpp"
#include "client/listing.hpp"
#include "client/put.hpp"
#include "client/verbs.hpp"
#include "net/tcp.hpp"
#include "proto/command.hpp"
#include "storage/local/local_storage.hpp"

namespace ferry::client {
namespace {

// A file of this machine: the folder it is in, held, and its name there.
struct local_file {
  std::unique_ptr<storage::storage> folder;
  storage::path name;
};

result<local_file> find(net::loop& on, const std::string& file) {
  const std::filesystem::path path(file);
  const auto folder = path.parent_path();
  if (!path.has_filename()) return fail("storage.name", file + " names no file");
  auto root = storage::open_root(folder.empty() ? "." : folder.string());
  if (!root) return std::unexpected(root.error());
  auto opened = storage::open_local(on, *root);
  if (!opened) return std::unexpected(opened.error());
  return local_file{std::move(*opened), storage::path{}.child(path.filename().string())};
}

net::task<result<std::uint64_t>> size_of(net::task<result<file_facts>> moved) {
  auto done = co_await std::move(moved);
  if (!done) co_return std::unexpected(done.error());
  co_return done->size.value_or(done->offset + done->bytes);
}

}  // namespace

struct blocking::state {
  explicit state(settings given, observer* who) : how(std::move(given)), watch(who ? *who : silent) {}
  ~state() { workers.join(); }

  // On this thread, to its end.
  template <class T>
  T run(net::task<T> work) {
    std::optional<T> out;
    on.spawn([](net::loop& loop, net::task<T> from, std::optional<T>& into) -> net::task<> {
      into.emplace(co_await std::move(from));
      loop.stop();
    }(on, std::move(work), out));
    on.context().restart();
    on.run();
    return std::move(*out);
  }

  // With a connection.
  template <class T, class F>
  result<T> with(F verb) {
    if (!current) return fail("control.closed", "there is no connection", "connect first");
    return run([](session& s, F what) -> net::task<result<T>> {
      auto ready = co_await s.recover();
      if (!ready) co_return std::unexpected(ready.error());
      co_return co_await what(s);
    }(*current, std::move(verb)));
  }

  settings how;
  observer silent;
  observer& watch;
  net::asio::thread_pool workers{2};
  net::loop on{workers};
  net::tcp_network through{on};
  system_resolver names{on};
  routes known;
  std::unique_ptr<session> current;
};

blocking::blocking(settings how, observer* watch) : state_(std::make_unique<state>(std::move(how), watch)) {}

blocking::~blocking() { close(); }

result<void> blocking::connect(std::string text) {
  auto where = parse_url(text);
  if (!where) return std::unexpected(where.error());
  close();
  auto& s = *state_;
  auto made =
      std::make_unique<session>(surroundings{s.on, s.through, s.names, s.watch, s.known}, where->where(), s.how);
  auto opened = s.run(made->open());
  if (opened) s.current = std::move(made);
  return opened;
}

void blocking::close() {
  if (!state_->current) return;
  state_->run([](session& s) -> net::task<bool> {
    co_await s.close();
    co_return true;
  }(*state_->current));
  state_->current.reset();
}

result<std::vector<proto::list_entry>> blocking::list(std::string folder) {
  auto all = state_->with<folder_listing>([&](session& s) { return client::list(s, folder); });
  if (!all) return std::unexpected(all.error());
  return std::move(all->entries);
}

result<proto::list_entry> blocking::stat(std::string path) {
  return state_->with<entry>([&](session& s) { return client::stat(s, path); });
}

result<std::uint64_t> blocking::get(std::string remote, std::string local) {
  auto file = find(state_->on, local);
  if (!file) return std::unexpected(file.error());
  return state_->with<std::uint64_t>(
      [&](session& s) { return size_of(client::get(s, remote, *file->folder, file->name)); });
}

result<std::uint64_t> blocking::put(std::string local, std::string remote) {
  auto file = find(state_->on, local);
  if (!file) return std::unexpected(file.error());
  return state_->with<std::uint64_t>(
      [&](session& s) { return size_of(client::put(s, *file->folder, file->name, remote)); });
}

result<void> blocking::remove(std::string path) {
  return state_->with<void>([&](session& s) { return client::remove(s, path); });
}

result<void> blocking::rename(std::string from, std::string to) {
  return state_->with<void>([&](session& s) { return client::rename(s, from, to); });
}

result<void> blocking::make_directory(std::string path) {
  return state_->with<void>([&](session& s) { return client::make_directory(s, path); });
}

result<void> blocking::remove_directory(std::string path) {
  return state_->with<void>([&](session& s) { return client::remove_directory(s, path); });
}

result<std::string> blocking::command(std::string line) {
  auto said = proto::parse_command(line);
  if (!said) return fail("command.malformed", "that is no FTP command");
  auto answer = state_->with<proto::reply>([&](session& s) { return s.command(said->verb, said->argument); });
  if (!answer) return std::unexpected(answer.error());
  return std::to_string(answer->code) + " " + answer->text();
}

}  // namespace ferry::client
