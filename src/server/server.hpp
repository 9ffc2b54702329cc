// A running FTP server: listeners on every loop, the sessions they make, and an orderly end.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "accounts/accounts.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "server/journal.hpp"
#include "server/settings.hpp"
#include "storage/storage.hpp"

namespace ferry::server {

// Opens what an account may see, for one session.
using open_storage =
    std::function<result<std::unique_ptr<storage::storage>>(net::loop& on, const accounts::account& whose)>;

// A server of other names on the same addresses, chosen by HOST (RFC 7151).
struct virtual_host {
  std::vector<std::string> names;  // in small letters
  accounts::directory* accounts = nullptr;
  std::string banner;
};

class server {
 public:
  // `accounts`, those of the hosts and `journal` outlive the server. Starts no thread: what a thread may do is settled
  // when it starts, and a server binds its ports before it gives up the right to.
  server(settings how, accounts::directory& accounts, open_storage storage, journal& journal,
         std::vector<virtual_host> hosts = {});
  ~server();

  // Binds every address of settings.listen and settings.tls.implicit, none of which may be another server's.
  // Errors: listen.in_use, listen.denied, listen.address, listen.failed, and those of tls_context::server
  result<void> bind();
  std::vector<net::endpoint> addresses() const;  // as bound: port 0 has become a port
  std::vector<net::endpoint> implicit_addresses() const;

  // From any thread: reads the certificates again. Sessions that are there keep theirs; when something is wrong with
  // the new ones, so do those that come. Errors: those of tls_context::server
  result<void> reload_tls();

  // Serves until stop(), on this thread, as many more as settings.threads says, and limit::worker_threads. Once.
  // Errors: server.threads
  result<void> run();
  // From any thread: no new connections, transfers may finish within limits.stop, then 421. What waits for a disk or a
  // password check then is waited for, however long.
  void stop();
  std::uint32_t sessions();  // at this moment

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace ferry::server
