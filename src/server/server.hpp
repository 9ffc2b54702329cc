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

  // Binds every address of settings.listen, none of which may be another server's.
  // Errors: listen.in_use, listen.denied, listen.address, listen.failed, and those of tls_context::server
  result<void> bind();
  const std::vector<listener_settings>& listeners() const;  // as bound: port 0 has become a port

  // From any thread: reads the certificates again. Sessions that are there keep theirs; when something is wrong with
  // the new ones, so do those that come. Errors: those of tls_context::server
  result<void> reload_tls();

  // From any thread: what a name in settings.passive stands for from now on. Without that, PASV is refused where the
  // name is to be told; after an error, the last address stays.
  void resolved(const std::string& name, result<net::address> to);

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
