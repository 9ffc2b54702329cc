// A server on the loopback address for the length of a test, the files it serves, and what it tells its owner.
//
// Users, all with the password "secret": alice may do everything, reader may list and read, outsider nothing,
// neighbour everything but in /pub, without-read everything but that (and so on for each right). anonymous and ftp may
// list and read. Who shows a certificate of the name alice comes in as alice without a password.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/server.hpp"
#include "server/test_support/reply_lint.hpp"
#include "storage/memory/memory_storage.hpp"
#include "support/loop_runner.hpp"
#include "support/wire.hpp"

namespace ferry::server::test_support {

// The files behind a server, as a test prepares and inspects them. The file system's own time and mode of new files.
class files {
 public:
  explicit files(open_storage open);

  void folder(const std::string& path);
  void put(const std::string& path, std::string_view content);
  std::optional<std::string> get(const std::string& path);
  // Everything: path -> type, mode, time and content.
  std::map<std::string, std::string> snapshot();

 private:
  support::loop_runner runner_;
  std::unique_ptr<storage::storage> all_;
};

open_storage in_memory(storage::memory_options options = {});
open_storage in_folder(const std::string& directory);

// A folder of this machine that vanishes with the test. `below`: "/dev/shm" or a mounted file system.
class temporary_folder {
 public:
  explicit temporary_folder(const std::string& below = "/tmp");
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Lines of what was told: "refused command RETR x: 550 ...", "transferred RETR /x 12 bytes 226".
class recording_journal : public journal {
 public:
  void note(std::string_view text) override { add("note " + std::string(text)); }
  void connected(const session_facts&) override { add("connected"); }
  void logged_in(const session_facts& who) override { add("logged in " + who.user); }
  void transferred(const session_facts& who, const transfer_facts& what) override;
  void refused(const session_facts& who, refusal kind, std::string_view what, std::string_view reply) override;
  void changed(const session_facts& who, std::string_view verb, std::string_view path) override;
  void closed(const session_facts&, std::string_view why) override { add("closed: " + std::string(why)); }

  std::vector<std::string> lines() const;
  bool holds(std::string_view text) const;
  bool awaits(std::string_view text) const;  // until a line holds the text; false when none comes in time

 private:
  void add(std::string line);

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

listener_settings loopback();  // 127.0.0.1, any port

// 127.0.0.1, two loops, and limits that let a test see the end of a wait.
settings brisk();

class running_server {
 public:
  // `who`: others than the users above.
  explicit running_server(open_storage open = in_memory(), settings how = brisk(),
                          std::unique_ptr<accounts::directory> who = nullptr, std::vector<virtual_host> hosts = {});
  ~running_server();

  support::wire connect(const std::string& from = "127.0.0.1");  // the greeting was read
  support::wire login(const std::string& user = "alice");
  support::wire_socket dial(const std::string& from = "127.0.0.1") { return support::wire_socket::dial(port, from); }
  // A client that sees the replies unchecked: for what is no dialogue.
  support::wire unchecked();

  void stop() { server_->stop(); }
  result<void> reload_tls() { return server_->reload_tls(); }
  void resolved(const std::string& name, result<net::address> to) { server_->resolved(name, std::move(to)); }
  bool ended(std::chrono::milliseconds within);  // run() has returned

  recording_journal told;
  files stored;
  std::vector<std::uint16_t> ports;  // of settings.listen
  std::uint16_t port = 0;            // the first of them

 private:
  std::unique_ptr<accounts::directory> accounts_;
  std::unique_ptr<server> server_;
  std::vector<std::unique_ptr<reply_lint>> lints_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace ferry::server::test_support
