#include "ferryd/config.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/fd.hpp"
#include "ferryd/config_keys.hpp"

namespace ferry::ferryd {
namespace {

bool has_ipv6() {
  fd probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  return probe && ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0;
}

// What no key alone gets wrong.
void check_together(table_reader& reader, const config& what) {
  const auto& limit = what.server.limit;
  auto place = [&](const std::string& first, const std::string& other) {
    return reader.places.contains(first) ? reader.places[first] : reader.places[other];
  };
  if (limit.idle_max < limit.idle) {
    reader.wrong(place("limits.idle_max", "limits.idle"),
                 fmt::format("limits.idle_max is {} and limits.idle is {}; expected idle_max not to be the shorter one",
                             limit.idle_max.count(), limit.idle.count()));
  }
  if (limit.login_delay_max < limit.login_delay) {
    reader.wrong(
        place("limits.login_delay_max", "limits.login_delay"),
        fmt::format("limits.login_delay_max is {} and limits.login_delay is {}; expected login_delay_max not to "
                    "be the shorter one",
                    limit.login_delay_max.count(), limit.login_delay.count()));
  }
  const auto& tls = what.server.tls;
  const bool resumes = tls.for_data() && tls.data_sessions == transfer::resumption::require;
  for (const auto& each : what.server.fxp) {
    if (!resumes || each.unresumed) continue;
    reader.wrong(reader.places["fxp"],
                 "fxp can never be used: tls.require and tls.data_sessions ask every data connection to resume a "
                 "session, which no other server can; expected unresumed = true, or another data_sessions");
  }
  const bool implicit = std::ranges::any_of(what.server.listen, &server::listener_settings::implicit);
  if (implicit && !tls.offered() && !reader.places.contains("tls")) {
    reader.wrong(reader.places["listen"], "listen.implicit is of use under TLS only; expected [tls]");
  }
  const auto by_balancers = [](const auto& each) { return each.proxy == server::listener_settings::header::only; };
  if (what.server.proxies.empty() && std::ranges::any_of(what.server.listen, by_balancers)) {
    reader.wrong(reader.places["listen.proxy"], "listen.proxy lets nobody in; expected proxies, or another word here");
  }
  if (!reader.places.contains("users") && !what.anonymous && what.hosts.empty()) {
    reader.wrong({{1, 1}, {1, 1}, nullptr}, "nobody can log in; expected [[users]], [anonymous], or both");
  }
  std::set<std::string> names;
  for (const auto& each : what.hosts) {
    if (each.users.empty() && !each.anonymous) {
      reader.wrong(reader.places["hosts"], fmt::format("nobody can log in at \"{}\"; expected hosts.users, "
                                                       "hosts.anonymous, or both",
                                                       each.name));
    }
    if (!each.certificates.empty() && !what.server.tls.offered()) {
      reader.wrong(reader.places["hosts.certificates"], "hosts.certificates is of use under TLS only; expected [tls]");
    }
    auto all = each.aliases;
    all.push_back(each.name);
    for (const auto& name : all) {
      if (names.insert(name).second) continue;
      reader.wrong(reader.places["hosts"], fmt::format("\"{}\" is the name of two hosts; expected one", name));
    }
  }
  for (const auto& each : what.users) {
    if (what.anonymous && (each.who.name == "anonymous" || each.who.name == "ftp")) {
      reader.wrong(reader.places["anonymous"],
                   fmt::format("there is a user \"{}\", which is a name of anonymous; expected one or the other",
                               each.who.name));
    }
  }
}

// A key is known by itself; a name stands for something where an authority that is trusted vouches for it.
void admit_certificates(table_reader& reader, config& what) {
  auto& options = what.server.tls.options;
  bool names = false, keys = false;
  auto users = what.users;
  for (const auto& host : what.hosts) users.insert(users.end(), host.users.begin(), host.users.end());
  for (const auto& user : users) {
    for (const auto& each : user.certificates) {
      const bool key = each.starts_with(accounts::key_prefix);
      (key ? keys : names) = true;
      if (key) options.client_pins.push_back(each);
    }
  }
  const auto& place = reader.places["users.certificates"];
  if (names && options.client_authorities.empty()) {
    reader.wrong(place,
                 "users.certificates names certificates that nobody vouches for; expected "
                 "tls.client_authorities, or keys (sha256//...)");
  } else if (keys && !what.server.tls.offered()) {
    reader.wrong(place, "users.certificates is of use under TLS only; expected tls.certificates");
  }
}

std::vector<mistake> in_order(std::vector<mistake> all) {
  std::ranges::stable_sort(all, {}, [](const mistake& m) { return std::pair(m.line, m.column); });
  return all;
}

}  // namespace

std::vector<net::endpoint> everywhere(std::uint16_t port) {
  std::vector<net::endpoint> out{{net::asio::ip::address_v4::any(), port}};
  if (has_ipv6()) out.emplace_back(net::asio::ip::address_v6::any(), port);
  return out;
}

reading read_config(std::string_view text) {
  reading out;
  table_reader reader;
  auto parsed = toml::parse(text);
  if (!parsed) {
    reader.wrong(parsed.error().source(), fmt::format("this is not TOML: {}", parsed.error().description()));
  } else {
    read_table(reader, out.what, top_keys(), parsed.table(), "");
    check_together(reader, out.what);
    auto& tls = out.what.server.tls;
    if (tls.offered()) {
      for (const auto& host : out.what.hosts) {
        auto& all = tls.options.identities;
        all.insert(all.end(), host.certificates.begin(), host.certificates.end());
      }
    }
    admit_certificates(reader, out.what);
  }
  if (!reader.places.contains("listen")) {
    for (const auto& each : everywhere(21)) out.what.server.listen.push_back({.at = each});
  }
  out.mistakes = in_order(std::move(reader.mistakes));
  out.warnings = in_order(std::move(reader.warnings));
  return out;
}

result<reading> load_config(const std::string& file) {
  fd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about{};
  if (!opened || ::fstat(opened.get(), &about) != 0) {
    return fail("config.open", file + ": " + std::generic_category().message(errno),
                "name a file that ferryd may read");
  }
  if (!S_ISREG(about.st_mode)) return fail("config.open", file + " is not a file", "name a TOML file");
  if (about.st_mode & S_IWOTH) {
    return fail("config.writable", file + " may be written by every user of this machine, who could let anyone in",
                "run: chmod o-w " + file);
  }
  if (about.st_uid != 0 && about.st_uid != ::geteuid()) {
    return fail("config.writable", file + " belongs to another user, who could let anyone in",
                "make it yours or root's with chown");
  }
  std::string text;
  char some[65536];
  ssize_t count = 0;
  while ((count = ::read(opened.get(), some, sizeof some)) > 0) {
    text.append(some, static_cast<std::size_t>(count));
    if (text.size() > limit::config_file)
      return fail("config.size", file + " is larger than 4 MiB", "name a TOML file");
  }
  if (count < 0) return fail("config.open", file + ": " + std::generic_category().message(errno));
  return read_config(text);
}

std::string describe(const std::string& file, const mistake& wrong, std::string_view kind) {
  return fmt::format("{}:{}:{}: {}{}", file, wrong.line, wrong.column, kind, wrong.text);
}

std::vector<key_description> config_keys() {
  std::vector<key_description> out;
  describe_keys(out, top_keys(), "");
  return out;
}

}  // namespace ferry::ferryd
