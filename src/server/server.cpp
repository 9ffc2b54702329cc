#include "server/server.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <limits>
#include <system_error>
#include <thread>

#include "net/tcp.hpp"
#include "server/door.hpp"

namespace ferry::server {
namespace {

unsigned processors() {
  cpu_set_t mine;
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&mine)));
}

// So many sessions can be active at once.
std::uint32_t sessions_that_fit() {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0 || descriptors.rlim_cur == RLIM_INFINITY) return limit::sessions;
  const std::uint64_t all = descriptors.rlim_cur;
  const auto fit = (all - std::min(all / 4, limit::other_descriptors)) / limit::session_descriptors;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(fit, 1, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

struct server::state {
  settings how;
  open_storage open;
  std::vector<virtual_host> hosts;
  tls_source tls;
  net::turnstile turns;
  net::shared_ports ports;
  known_names names;
  surroundings around;
  guest_list guests;
  net::asio::thread_pool workers{0};  // run() lends it threads
  std::vector<std::unique_ptr<net::loop>> loops;
  std::vector<std::unique_ptr<door>> doors;  // one a loop
  std::atomic<bool> stopping = false;
  std::string warning;  // for the journal, when the server runs

  state(settings s, accounts::directory& accounts, open_storage storage, ferry::server::journal& journal,
        std::vector<virtual_host> others)
      : how(std::move(s)),
        open(std::move(storage)),
        hosts(std::move(others)),
        turns(how.threads ? how.threads : processors(), limit::turns_waiting),
        around{how, open, accounts, journal, tls, turns, hosts, names, &ports},
        guests(how.limit) {
    const auto fit = sessions_that_fit();
    // What nobody asked for is worth a warning only when it is little.
    const auto wanted = how.limit.sessions ? how.limit.sessions : limit::sessions_expected;
    if (fit < wanted) {
      warning = fmt::format(
          "WARNING: the limit of open files has room for {} sessions at once, not for {}; "
          "raise it (LimitNOFILE= of systemd, ulimit -n)",
          fit, wanted);
    }
    if (how.limit.sessions == 0) how.limit.sessions = std::min(fit, limit::sessions);
    const unsigned count = how.threads ? how.threads : processors();
    for (unsigned i = 0; i < count; ++i) {
      loops.push_back(std::make_unique<net::loop>(workers));
      doors.push_back(std::make_unique<door>(*loops.back(), around, guests));
    }
  }
  // The threads of this server share a port, and the kernel would let those of another share it too. To be asked of all
  // before the first is bound, for one address may cover another.
  result<void> see_whether_free() {
    net::tcp_network network(*loops.front());
    for (const auto& each : how.listen) {
      if (each.inherited >= 0) continue;
      if (auto alone = network.listen(each.at, {}); !alone) return std::unexpected(alone.error());
    }
    return {};
  }
  result<void> bind() {
    for (auto& wanted : how.listen) {
      for (auto& each : doors) {
        auto bound = each->listen(wanted);
        if (!bound) return std::unexpected(bound.error());
        wanted.at = *bound;  // the other loops share the port that the first was given
      }
    }
    return {};
  }
  ~state() { doors.clear(); }
};

server::server(settings how, accounts::directory& accounts, open_storage storage, journal& journal,
               std::vector<virtual_host> hosts)
    : state_(std::make_unique<state>(std::move(how), accounts, std::move(storage), journal, std::move(hosts))) {}

server::~server() = default;

result<void> server::bind() {
  if (auto ready = reload_tls(); !ready) return ready;
  if (auto free = state_->see_whether_free(); !free) return free;
  return state_->bind();
}

result<void> server::reload_tls() {
  if (!state_->how.tls.offered()) return {};
  const auto& how = state_->how.tls.options;
  auto made = net::tls_context::server(how);
  if (!made) return std::unexpected(made.error());
  // Another server may ask who comes.
  auto as_client = net::tls_context::client({.verify = false, .own = {how.identities[0]}, .only_1_2 = how.only_1_2});
  if (!as_client) return std::unexpected(as_client.error());
  state_->tls.replace(std::move(*made), std::move(*as_client));
  return {};
}

const std::vector<listener_settings>& server::listeners() const { return state_->how.listen; }

void server::resolved(const std::string& name, result<net::address> to) { state_->names.learn(name, std::move(to)); }

result<void> server::run() {
  auto& all = *state_;
  std::vector<std::jthread> workers, others;
  result<void> begun;
  if (!all.warning.empty()) all.around.journal.note(all.warning);
  try {
    for (std::size_t i = 0; i < limit::worker_threads; ++i) workers.emplace_back([&all] { all.workers.attach(); });
    for (auto& each : all.doors) each->open();
    for (std::size_t i = 1; i < all.loops.size(); ++i) {
      others.emplace_back([loop = all.loops[i].get()] { loop->run(); });
    }
  } catch (const std::system_error& none) {
    begun = fail("server.threads", std::string("no more threads can be had: ") + none.code().message(),
                 "raise the limit of processes and threads");
    for (auto& each : all.loops) each->stop();
  }
  all.loops[0]->run();
  others.clear();
  all.workers.wait();
  return begun;
}

std::uint32_t server::sessions() { return state_->guests.count(); }

void server::stop() {
  if (state_->stopping.exchange(true)) return;
  for (std::size_t i = 0; i < state_->loops.size(); ++i) {
    net::asio::post(state_->loops[i]->context(), [door = state_->doors[i].get()] { door->close(); });
  }
}

}  // namespace ferry::server
