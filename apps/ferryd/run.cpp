#include "ferryd/run.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>

#include "base/limits.hpp"
#include "ferryd/activation.hpp"
#include "ferryd/announcement.hpp"
#include "ferryd/exit_codes.hpp"
#include "ferryd/logs.hpp"
#include "ferryd/name_watch.hpp"
#include "ferryd/signals.hpp"
#include "ferryd/walls.hpp"
#include "net/certificate.hpp"
#include "server/server.hpp"
#include "storage/local/local_storage.hpp"

namespace ferry::ferryd {
namespace {

// By folder, and by whether links are followed: rules go by the path as named, and a link would lead around them.
using root_key = std::pair<std::string, bool>;
using roots = std::map<root_key, std::shared_ptr<const storage::root_folder>>;

root_key root_of(const accounts::account& whose) { return {whose.root, whose.rules.empty()}; }

bool only_reads(accounts::rights allow) {
  return (allow | accounts::rights::read_only()) == accounts::rights::read_only();
}

bool only_reads(const accounts::account& who) {
  for (const auto& each : who.rules) {
    if (!only_reads(each.allow)) return false;
  }
  return only_reads(who.allow);
}

std::vector<const accounts::account*> accounts_of(const config& what) {
  std::vector<const accounts::account*> out;
  auto add = [&](const std::vector<accounts::user>& users, const std::optional<accounts::account>& anonymous) {
    if (anonymous) out.push_back(&*anonymous);
    for (const auto& each : users) {
      out.push_back(&each.who);
      for (const auto& mount : each.who.mounts) out.push_back(mount.get());
    }
  };
  add(what.users, what.anonymous);
  for (const auto& each : what.hosts) add(each.users, each.anonymous);
  return out;
}

std::unexpected<error> cannot_serve(const std::string& root, const error& why) {
  return fail(why.id, fmt::format("{} cannot be served: {}", root, why.cause),
              "name a folder that exists and that the user who runs ferryd may read");
}

// Opened once, before the walls: a folder may lie where the user that ferryd becomes cannot go.
result<roots> open_roots(const config& what) {
  roots out;
  for (const auto* who : accounts_of(what)) {
    const auto key = root_of(*who);
    if (out.contains(key)) continue;
    const storage::root_options how{.follow_links = key.second,
                                    .stale_upload = limit::stale_upload + what.server.limit.stalled};
    auto opened = storage::open_root(who->root, how);
    if (!opened) return cannot_serve(who->root, opened.error());
    out.emplace(key, std::move(*opened));
  }
  return out;
}

std::string folder_of(const std::string& file) {
  auto slash = file.rfind('/');
  return slash == std::string::npos ? "." : file.substr(0, slash + 1);
}

std::vector<grant> grants(const config& what) {
  std::vector<grant> out;
  for (const auto* who : accounts_of(what)) {
    out.push_back({who->root, only_reads(*who) ? grant::access::read : grant::access::write});
  }
  // Certificates are renewed under the same names, often by changing where a link leads.
  const auto& tls = what.server.tls.options;
  std::vector<std::string> read_again{tls.client_authorities};
  for (const auto& each : tls.identities) read_again.insert(read_again.end(), {each.certificate, each.key});
  for (const auto& each : read_again) {
    if (each.empty()) continue;
    std::error_code gone;
    out.push_back({folder_of(each), grant::access::read});
    out.push_back({folder_of(std::filesystem::canonical(each, gone).string()), grant::access::read});
  }
  // Where logrotate renames it, it is made anew.
  if (!what.log.xferlog.empty()) out.push_back({folder_of(what.log.xferlog), grant::access::log});
  return out;
}

net::task<> list_each(net::loop& on, const roots& all, result<void>& out) {
  for (const auto& [key, root] : all) {
    const auto& folder = key.first;
    auto files = storage::open_local(on, root);
    if (!files) {
      out = cannot_serve(folder, files.error());
      co_return;
    }
    storage::path top;
    auto entries = co_await (*files)->list(std::move(top));
    if (!entries) out = cannot_serve(folder, entries.error());
  }
}

// As whoever ferryd has become by now: better a clear word at the start than a refusal to every client.
result<void> try_roots(const roots& all) {
  net::asio::thread_pool worker(1);
  net::loop loop(worker);
  result<void> out;
  loop.spawn(list_each(loop, all, out));
  loop.run();
  worker.join();
  return out;
}

// What stands between a defect in this process and the machine, in words.
struct walls {
  std::string landlock;
  bool complete = true;
};

result<walls> raise_walls(const config& what) {
  if (auto done = no_new_privileges(); !done) return std::unexpected(done.error());
  auto abi = confine(grants(what));
  if (!abi) return walls{"no (" + abi.error().cause + ")", false};
  return walls{fmt::format("ABI {}", *abi), true};
}

bool wants_low_port(const config& what) { return what.server.active_port > 0 && what.server.active_port < 1024; }

result<void> give_up_privileges(const config& what, const std::optional<identity>& who) {
  if (who) return become(*who, wants_low_port(what));
  if (::geteuid() != 0) return drop_capabilities(wants_low_port(what));
  return {};
}

void note_walls(server::journal& to, const walls& raised, std::size_t descriptors) {
  to.note(
      fmt::format("walls: openat2 yes, landlock {}, {}; {} descriptors", raised.landlock, privileges(), descriptors));
  if (!raised.complete)
    to.note("WARNING: without Landlock a defect in ferryd could reach every file that its user can");
  if (::geteuid() == 0) {
    to.note("WARNING: ferryd runs as root; start it as another user, or name one as run_as in its configuration");
  }
}

void renew_certificates(const server::tls_settings& what, server::server& serving, server::journal& to) {
  if (!what.offered()) return;
  if (auto renewed = serving.reload_tls(); !renewed) {
    return to.note("WARNING: the certificates stay as they were: " + renewed.error().cause);
  }
  auto pin = net::pin_of(what.options.identities.front().certificate);
  to.note("the certificates were read anew; the key: " + pin.value_or("?"));
}

// Root could read them; whoever ferryd has become since then may not.
void note_renewal(server::server& serving, server::journal& to) {
  if (auto again = serving.reload_tls(); !again) {
    to.note("WARNING: certificates can be renewed only by starting anew: " + again.error().cause);
  }
}

// Null when no name is to be looked up.
result<std::unique_ptr<name_watch>> watch_names(const config& what, const std::optional<identity>& who) {
  auto wanted = server::names_in(what.server.passive);
  if (wanted.empty()) return nullptr;
  return name_watch::start(std::move(wanted), who);
}

name_watch::listener news_of_names(server::server& serving, server::journal& to) {
  return [&serving, &to](const std::string& name, result<net::address> found) {
    to.note(found ? fmt::format("passive connections: {} is {}", name, found->to_string())
                  : fmt::format("WARNING: passive connections: {} cannot be looked up: {}; the address that was known "
                                "last, if any, is told on",
                                name, found.error().cause));
    serving.resolved(name, std::move(found));
  };
}

obedience::orders orders(const config& what, server::server& serving, logs& log) {
  return {.renew =
              [&what, &log, &serving, watched = ::isatty(STDERR_FILENO) == 1] {
                log.reopen();
                renew_certificates(what.server.tls, serving, log.journal());
                return !watched || ::isatty(STDERR_FILENO) == 1;  // else the terminal was closed
              },
          .stop =
              [&log, &serving, most = what.server.limit.stop] {
                log.journal().note(
                    fmt::format("stopping: transfers may take another {} s; a second signal ends them", most.count()));
                serving.stop();
              },
          .patience = what.server.limit.stop + limit::stop_patience,
          .end =
              [&log, &serving](const std::string& why) {
                const auto left = serving.sessions();
                log.journal().note(fmt::format("ended by force: {}, and {} not ended", why,
                                               left == 1 ? "1 session has" : fmt::format("{} sessions have", left)));
                log.flush();
                ::_exit(failed);
              }};
}

}  // namespace

result<void> run(config what) {
  // What the walls put out of reach comes first: users, folders, logs, the time zone.
  hold_signals();
  ::tzset();
  if (sodium_init() < 0) return fail("run.sodium", "libsodium does not start");
  auto descriptors = raise_descriptors();
  std::optional<identity> who;
  if (!what.run_as.empty()) {
    auto found = find_identity(what.run_as);
    if (!found) return std::unexpected(found.error());
    if (found->user != ::geteuid()) who = std::move(*found);
  }
  auto sockets = inherited_sockets();
  if (!sockets) return std::unexpected(sockets.error());
  if (!sockets->empty()) what.server.listen = listeners_at(*sockets, what.server.listen);
  auto names = watch_names(what, who);
  if (!names) return std::unexpected(names.error());
  auto opened = open_roots(what);
  if (!opened) return std::unexpected(opened.error());
  // No thread is started before privileges are given up: it would keep them.
  auto log = logs::open(what.log);
  if (!log) return std::unexpected(log.error());

  auto raised = raise_walls(what);
  if (!raised) return std::unexpected(raised.error());

  accounts::static_directory directory(what.users, what.anonymous, what.server.limit.password_checks);
  std::vector<std::unique_ptr<accounts::static_directory>> of_hosts;
  std::vector<server::virtual_host> hosts;
  for (const auto& each : what.hosts) {
    of_hosts.push_back(std::make_unique<accounts::static_directory>(each.users, each.anonymous, directory));
    hosts.push_back({.names = {each.name}, .accounts = of_hosts.back().get(), .banner = each.banner});
    hosts.back().names.insert(hosts.back().names.end(), each.aliases.begin(), each.aliases.end());
  }
  auto open = [&roots = *opened](net::loop& on, const accounts::account& whose) {
    return storage::open_local(on, roots.at(root_of(whose)));
  };
  server::server serving(what.server, directory, open, (*log)->journal(), std::move(hosts));
  if (auto bound = serving.bind(); !bound) return bound;
  if (auto given = give_up_privileges(what, who); !given) return given;
  if (auto readable = try_roots(*opened); !readable) return readable;
  if (auto logging = (*log)->start(); !logging) return logging;

  auto text = announcement(what, serving.listeners());
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) (*log)->journal().note("nobody reads standard output");
  note_walls((*log)->journal(), *raised, descriptors);
  note_renewal(serving, (*log)->journal());

  if (*names) (*names)->tell(news_of_names(serving, (*log)->journal()));
  obedience signals(orders(what, serving, **log));
  auto served = serving.run();
  names->reset();
  (*log)->journal().note("stopped");
  return served;
}

}  // namespace ferry::ferryd
