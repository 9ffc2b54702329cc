// A server and those who visit it, in one thread: over a network in memory, with files in memory, in a time that
// leaps. What goes wrong is planned by a seed, so a run can be had again.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/limits.hpp"
#include "net/memory_network.hpp"
#include "server/session.hpp"
#include "storage/memory/memory_tree.hpp"

namespace ferry::sim {

struct world_plan {
  net::fault_plan network;
  std::uint64_t storage_fails_at = net::fault_plan::never;  // the operation of the storage, counted from 1, that fails
  unsigned storage_faults = 0;                              // of 1,000 operations of the storage
  std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();  // bytes of all files
  std::optional<duration> stops_after;                                 // the server is told to
};

class world {
 public:
  explicit world(world_plan plan);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // A visit is a coroutine; the server opens before the first and ends behind the last.
  void plan_visit(net::task<> visit) { visits_.push_back(std::move(visit)); }
  void run();  // and looks at what is left

  bool serves(const net::address& whom) const;

  // What a client has sent to its end, in order: only such contents may ever stand under a name outside /inplace.
  void was_sent_whole(const std::string& content) { whole_.insert(content); }
  net::task<std::optional<std::string>> content(std::string path);
  net::task<> look_for_halves();

  void note(unsigned visitor, const std::string& line);
  std::uint64_t storage_operations() const { return storage_operations_; }

  net::asio::thread_pool workers{1};
  net::loop on{workers};
  net::memory_network through;
  const net::endpoint service{net::asio::ip::make_address("192.0.2.1"), 21};

 private:
  using snapshot = std::map<std::string, std::string>;  // path -> content

  std::optional<error> storage_fault();
  net::task<> accept();
  net::task<> serve(std::unique_ptr<net::stream> control);
  net::task<> accompany(net::task<> visit);
  net::task<> watch();
  net::task<> stop(duration after);
  net::task<snapshot> everything();
  net::task<> describe(storage::storage& all, storage::path at, snapshot& into);
  net::task<> look_at_the_end();

  const world_plan plan_;
  std::mt19937_64 random_;
  std::shared_ptr<storage::memory_tree> tree_;
  bool calm_ = false;  // the storage obeys: it is a look of the test's
  std::uint64_t storage_operations_ = 0;

  server::settings how_;
  server::open_storage open_;
  std::unique_ptr<accounts::directory> accounts_;
  std::unique_ptr<server::journal> journal_;
  server::tls_source no_tls_;
  const std::vector<server::virtual_host> no_hosts_;
  const server::known_names no_names_;
  net::turnstile turns_{1, limit::turns_waiting};
  server::surroundings around_{how_, open_, *accounts_, *journal_, no_tls_, turns_, no_hosts_, no_names_};
  std::unique_ptr<net::listener> ear_;
  std::unordered_set<server::session*> sessions_;
  std::uint64_t last_id_ = 0;

  std::vector<net::task<>> visits_;
  std::size_t visiting_ = 0;
  time_point last_left_{}, last_served_{};
  std::set<std::string> whole_;
  std::vector<std::string> notes_;
};

}  // namespace ferry::sim
