#include <fmt/chrono.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "ferryd/config_keys.hpp"
#include "net/certificate.hpp"

namespace ferry::ferryd {
namespace {

// The key's own words begin with what follows its name: "users.root /srv/x: No such file or directory".
verdict existing_folder(const std::string& path) {
  if (!path.starts_with('/')) return "";
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) {
    return fmt::format("is \"{}\": {}", path, std::generic_category().message(errno));
  }
  if (!S_ISDIR(about.st_mode)) return fmt::format("is \"{}\", which is not a folder", path);
  return taken;
}

result<proto::tvfs_path> parse_folder(const std::string& given) {
  auto path = given.starts_with('/') ? proto::tvfs_path{}.resolve(given) : std::nullopt;
  if (!path) return fail("config.value", "\"" + given + "\" is not a path as a client sees it");
  return *path;
}

constexpr std::string_view rights_words =
    "\"all\", \"read-only\", or a list of list, read, write, append, delete, rename, mkdir, chmod";

// One word, or a list of them.
template <class T, class Field>
key<T> rights_of(std::string_view name, Field field) {
  return {name, std::string(rights_words),
          [=](table_reader& reader, T& into, const toml::node& from, const std::string& where) -> verdict {
            auto& allow = std::invoke(field, into);
            allow = {};
            auto add = [&](const toml::node& node) {
              auto word = node.value_exact<std::string>();
              auto one = word ? accounts::parse_right(*word) : fail("config.value", show(node));
              if (one) allow = allow | *one;
              return one.has_value();
            };
            const auto* list = from.as_array();
            if (!list) return add(from) ? taken : verdict("");
            for (const auto& each : *list) {
              if (!add(each)) reader.wrong(each.source(), complaint(where, each, "", rights_words));
            }
            return taken;
          }};
}

std::string_view path_of(const accounts::rule& one) { return one.folder.text(); }
std::string_view name_of(const accounts::user& one) { return one.who.name; }

const std::vector<key<accounts::rule>>& rule_keys() {
  using rule = accounts::rule;
  static const std::vector<key<rule>> keys = {
      required(parsed<rule>("folder", "a path as the client sees it, such as \"/incoming\"", parse_folder,
                            [](rule& into, auto path) { into.folder = std::move(path); })),
      required(rights_of<rule>("rights", &rule::allow)),
  };
  return keys;
}

// What users and anonymous have alike. `account` finds it in T.
template <class T, class Account>
std::vector<key<T>> account_keys(Account account) {
  return {
      required(text<T>("root", "a folder that exists, as an absolute path",
                       [=](T& into, const std::string& path) {
                         account(into).root = path;
                         return existing_folder(path);
                       })),
      rights_of<T>("rights", [=](T& into) -> auto& { return account(into).allow; }),
      tables<T>(
          "rules", "a list of tables, such as [{ folder = \"/incoming\", rights = \"write\" }]",
          [=](T& into) -> auto& { return account(into).rules; }, rule_keys, "folder", path_of),
  };
}

const std::vector<key<accounts::account>>& mount_keys() {
  using account = accounts::account;
  static const auto keys = [] {
    auto out = account_keys<account>([](account& one) -> auto& { return one; });
    out.push_back(required(text<account>("name", "a word without slashes", [](account& into, const std::string& name) {
      into.name = name;
      return accounts::possible_name(name) && name.find('/') == name.npos ? taken : "cannot be the name of a mount";
    })));
    return out;
  }();
  return keys;
}

const std::vector<key<accounts::account>>& anonymous_keys() {
  static const auto keys = account_keys<accounts::account>([](accounts::account& one) -> auto& { return one; });
  return keys;
}

verdict put_name(accounts::user& into, const std::string& name) {
  into.who.name = name;
  return accounts::possible_name(name) ? taken : "cannot be the name of a user";
}

// What is not a hash is never shown: it may be a password.
verdict put_hash(table_reader&, accounts::user& into, const toml::node& from, const std::string&) {
  auto hash = from.value_exact<std::string>();
  if (!hash) return "is not a text";
  into.hash = *hash;
  auto good = accounts::check_hash(*hash);
  return good ? taken : verdict(": " + good.error().cause + " (" + good.error().advice + ")");
}

verdict put_certificate(accounts::user& into, const std::string& one) {
  const bool key = one.starts_with(accounts::key_prefix);
  if (one.empty() || (key && one.size() != accounts::key_size)) return "";
  into.certificates.push_back(one);
  return taken;
}

template <class T, class Field>
key<T> charset_of(Field field) {
  return parsed<T>("charset", "a charset that `iconv -l` lists and that contains ASCII, such as \"ISO-8859-1\"",
                   proto::charset::open, [=](T& into, auto by) { std::invoke(field, into) = std::move(by); });
}

accounts::account reading_account() {
  accounts::account out;
  out.allow = accounts::rights::read_only();
  return out;
}

// As tables(), but what is read does not change any more.
key<accounts::user> mounts() {
  struct holder {
    std::vector<accounts::account> all;
  };
  auto read = tables<holder>(
      "mounts", "a list of tables, such as [{ name = \"archive\", root = \"/srv/archive\" }]", &holder::all, mount_keys,
      "name", [](const accounts::account& one) -> std::string_view { return one.name; }, reading_account());
  return {read.name, read.expected,
          [take = read.take](table_reader& reader, accounts::user& into, const toml::node& from,
                             const std::string& where) -> verdict {
            holder got;
            auto wrong = take(reader, got, from, where);
            for (auto& each : got.all) {
              into.who.mounts.push_back(std::make_shared<const accounts::account>(std::move(each)));
            }
            return wrong;
          },
          false, read.describe_below};
}

// Either will do, and both.
void look_at_user(table_reader& reader, const accounts::user&, const toml::table& from) {
  if (from.contains("hash") || from.contains("certificates")) return;
  reader.wrong(from.source(), "users.hash is missing; expected what `ferryd passwd` prints (or users.certificates)");
}

const std::vector<key<accounts::user>>& user_keys() {
  using user = accounts::user;
  static const auto keys = [] {
    auto out = account_keys<user>([](user& one) -> auto& { return one.who; });
    out.push_back(required(text<user>("name", "1 to 255 bytes without control characters", put_name)));
    out.push_back(key<user>{"hash", "what `ferryd passwd` prints", put_hash});
    out.push_back(texts<user>("certificates", "names, and keys such as [\"alice\", \"sha256//...\"]", put_certificate));
    out.push_back(texts<user>("accounts", "what ACCT may name, such as [\"project 7\"]",
                              [](user& into, const std::string& one) -> verdict {
                                into.who.accts.push_back(one);
                                return accounts::possible_name(one) ? taken : "cannot be sent";
                              }));
    out.push_back(
        text<user>("accounts_for", "\"login\" or \"storing\"", [](user& into, const std::string& when) -> verdict {
          into.who.acct_to_store = when == "storing";
          return when == "login" || when == "storing" ? taken : "";
        }));
    out.push_back(mounts());
    out.push_back(charset_of<user>([](user& one) -> auto& { return one.who.charset; }));
    return out;
  }();
  return keys;
}

const std::vector<key<limits>>& limit_keys() {
  constexpr std::int64_t hour = 3600, day = 86400, many = 10'000'000;
  static const std::vector<key<limits>> keys = {
      whole<limits>("login", &limits::login, 1, hour),
      whole<limits>("idle", &limits::idle, 1, 7 * day),
      whole<limits>("idle_max", &limits::idle_max, 1, 7 * day),
      whole<limits>("data_open", &limits::data_open, 1, hour),
      whole<limits>("data_idle", &limits::data_idle, 1, 7 * day),
      whole<limits>("stalled", &limits::stalled, 1, day),
      whole<limits>("reply_write", &limits::reply_write, 1, hour),
      whole<limits>("stop", &limits::stop, 0, day),
      whole<limits>("sessions", &limits::sessions, 0, many),
      whole<limits>("sessions_per_address", &limits::sessions_per_address, 0, many),
      whole<limits>("login_failures", &limits::login_failures, 1, 1000),
      whole<limits>("login_delay", &limits::login_delay, 0, 60'000),
      whole<limits>("login_delay_max", &limits::login_delay_max, 0, 600'000),
      whole<limits>("password_checks", &limits::password_checks, 1, 256),
      whole<limits>("list_depth", &limits::list_depth, 1, 1000),
      whole<limits>("list_entries", &limits::list_entries, 1, 1'000'000'000),
      whole<limits>("list_time", &limits::list_time, 1, day),
  };
  return keys;
}

// A list of networks, for the field that is a vector of them.
template <class T, class Field>
key<T> networks_of(std::string_view name, Field field) {
  return texts<T>(name, "networks, such as [\"192.0.2.0/24\", \"2001:db8::/32\"]",
                  [=](T& into, const std::string& given) -> verdict {
                    auto network = net::address_range::parse(given);
                    if (!network) return ": " + network.error().cause + " (" + network.error().advice + ")";
                    std::invoke(field, into).push_back(*network);
                    return taken;
                  });
}

template <class T, class Field>
key<T> advertised_of(Field field) {
  return parsed<T>("advertise",
                   "an IPv4 address that clients reach, such as \"203.0.113.7\", the name of a host, or \"auto\"",
                   parse_advertised, [=](T& into, auto what) { std::invoke(field, into) = std::move(what); });
}

const std::vector<key<server::advertise_rule>>& advertise_keys() {
  using rule = server::advertise_rule;
  static const std::vector<key<rule>> keys = {
      required(networks_of<rule>("clients", &rule::clients)),
      required(advertised_of<rule>(&rule::what)),
  };
  return keys;
}

template <class T>
std::string_view nothing_unique(const T&) {
  return "";
}

const std::vector<key<server::passive_settings>>& passive_keys() {
  using passive = server::passive_settings;
  static const std::vector<key<passive>> keys = {
      parsed<passive>("ports", "a range above 1023, such as \"20000-20099\"", parse_ports,
                      [](passive& into, port_range range) {
                        into.first_port = range.first;
                        into.last_port = range.last;
                      }),
      advertised_of<passive>(&passive::advertise),
      tables<passive>("networks", "a list of tables, such as [{ clients = [\"10.0.0.0/8\"], advertise = \"auto\" }]",
                      &passive::networks, advertise_keys, "", nothing_unique<server::advertise_rule>),
  };
  return keys;
}

verdict readable_file(const std::string& path) {
  if (!path.starts_with('/')) return "";
  if (::access(path.c_str(), R_OK) != 0) {
    return fmt::format("is \"{}\": {}", path, std::generic_category().message(errno));
  }
  return taken;
}

std::string_view file_of(const net::tls_identity& one) { return one.certificate; }

void look_at_identity(table_reader& reader, const net::tls_identity& one, const toml::table& from) {
  if (readable_file(one.certificate) || readable_file(one.key)) return;  // that has been said
  auto place = [&](std::string_view key) { return from.contains(key) ? from.get(key)->source() : from.source(); };
  if (auto good = net::tls_context::server({.identities = {one}}); !good) {
    const auto& why = good.error();
    return reader.wrong(place(why.id == "tls.key" ? "key" : "file"), fmt::format("{}; {}", why.cause, why.advice));
  }
  auto until = net::valid_until(one.certificate);
  if (until && *until < std::chrono::system_clock::now()) {
    reader.warn(place("file"), fmt::format("the certificate in {} has expired on {:%F}: clients will not trust it",
                                           one.certificate, fmt::gmtime(until->time_since_epoch().count())));
  }
}

const std::vector<key<net::tls_identity>>& identity_keys() {
  using identity = net::tls_identity;
  static const std::vector<key<identity>> keys = {
      required(text<identity>("file", "a certificate in PEM form, as an absolute path",
                              [](identity& into, const std::string& path) {
                                into.certificate = path;
                                return readable_file(path);
                              })),
      required(text<identity>("key", "the file with its key in PEM form, as an absolute path",
                              [](identity& into, const std::string& path) {
                                into.key = path;
                                return readable_file(path);
                              })),
  };
  return keys;
}

// Of [tls], and of nothing else.
struct tls_table : server::tls_settings {
  std::vector<server::listener_settings> implicit;
};

verdict put_implicit(tls_table& into, const std::string& given) {
  auto at = parse_endpoint(given);
  if (!at) return ": " + at.error().cause;
  into.implicit.push_back({.at = *at, .implicit = true});
  return taken;
}

const std::vector<key<tls_table>>& tls_keys() {
  using tls = tls_table;
  static const std::vector<key<tls>> keys = {
      required(tables<tls>(
          "certificates",
          "a list of tables, such as [{ file = \"/etc/ferryd/cert.pem\", key = \"/etc/ferryd/key.pem\" }]",
          [](tls& into) -> auto& { return into.options.identities; }, identity_keys, "file", file_of, {},
          look_at_identity)),
      parsed<tls>("require", "\"none\", \"login\", \"data\" or \"all\"", parse_requirement,
                  [](tls& into, auto value) { into.require = value; }),
      parsed<tls>("data_sessions", "\"off\", \"prefer\" or \"require\"", parse_resumption,
                  [](tls& into, auto value) { into.data_sessions = value; }),
      texts<tls>("implicit", "addresses with ports, such as [\"0.0.0.0:990\", \"[::]:990\"]", put_implicit),
      text<tls>("client_authorities", "a file of certificates in PEM form, as an absolute path",
                [](tls& into, const std::string& path) {
                  into.options.client_authorities = path;
                  return readable_file(path);
                }),
      flag<tls>("client_must_show", [](tls& into) -> auto& { return into.options.client_must_show; }),
      flag<tls>("allow_ccc", &tls::allow_ccc),
      flag<tls>("bear_truncation", &tls::bear_truncation),
  };
  return keys;
}

key<config> tls() {
  static const auto read = table<tls_table>("tls", std::identity{}, tls_keys);
  return {read.name, read.expected,
          [](table_reader& reader, config& into, const toml::node& from, const std::string& where) -> verdict {
            tls_table got;
            auto wrong = read.take(reader, got, from, where);
            auto& listen = into.server.listen;
            listen.insert(listen.end(), got.implicit.begin(), got.implicit.end());
            into.server.tls = std::move(got);
            return wrong;
          },
          false, read.describe_below};
}

verdict put_direction(server::fxp_rule& into, const std::string& word) {
  into.send = word != "receive";
  into.receive = word != "send";
  return word == "both" || word == "send" || word == "receive" ? taken : verdict("");
}

verdict put_fxp_user(server::fxp_rule& into, const std::string& name) {
  into.users.push_back(name);
  return accounts::possible_name(name) ? taken : "cannot be the name of a user";
}

const std::vector<key<server::fxp_rule>>& fxp_keys() {
  using rule = server::fxp_rule;
  static const std::vector<key<rule>> keys = {
      required(networks_of<rule>("networks", &rule::networks)),
      texts<rule>("users", "names of users, such as [\"alice\"]", put_fxp_user),
      text<rule>("direction", "\"both\", \"send\" or \"receive\"", put_direction),
      flag<rule>("unresumed", &rule::unresumed),
  };
  return keys;
}

const std::vector<key<log_settings>>& log_keys() {
  static const std::vector<key<log_settings>> keys = {
      parsed<log_settings>("format", "\"text\" or \"json\"", parse_log_format,
                           [](log_settings& into, log_format format) { into.format = format; }),
      text<log_settings>("xferlog", "a file in a folder that exists, as an absolute path",
                         [](log_settings& into, const std::string& file) -> verdict {
                           into.xferlog = file;
                           if (!file.starts_with('/') || file.ends_with('/')) return "";
                           return existing_folder(file.substr(0, file.rfind('/') + 1));
                         }),
  };
  return keys;
}

// Of [[listen]].
struct listen_table {
  std::optional<net::address> address;
  std::optional<std::uint16_t> port;
  server::listener_settings how;
};

verdict put_header(listen_table& into, const std::string& word) {
  using enum server::listener_settings::header;
  into.how.proxy = word == "only" ? only : word == "none" ? none : by_address;
  return word == "only" || word == "none" || word == "by-address" ? taken : "";
}

verdict put_socket_name(listen_table& into, const std::string& name) {
  into.how.name = name;
  return name.empty() || name.find(':') != name.npos ? verdict("") : taken;
}

const std::vector<key<listen_table>>& listen_keys() {
  using listen = listen_table;
  static const std::vector<key<listen>> keys = {
      parsed<listen>("address", "an address of this machine, such as \"192.0.2.1\" or \"::\"", parse_address,
                     [](listen& into, auto address) { into.address = address; }),
      whole<listen>(
          "port", [](listen& into) -> auto& { return into.port; }, 0, 65535),
      flag<listen>("implicit", [](listen& into) -> auto& { return into.how.implicit; }),
      text<listen>("proxy", "\"by-address\", \"only\" or \"none\"", put_header),
      charset_of<listen>([](listen& into) -> auto& { return into.how.charset; }),
      text<listen>("name", "a word without colons, as FileDescriptorName= in a unit of systemd", put_socket_name),
  };
  return keys;
}

bool listens(const config& what, const net::endpoint& at) {
  return at.port() != 0 &&
         std::ranges::find(what.server.listen, at, &server::listener_settings::at) != what.server.listen.end();
}

verdict put_listener(config& into, const std::string& given) {
  auto at = parse_endpoint(given);
  if (!at) return ": " + at.error().cause;
  if (listens(into, *at)) return fmt::format("\"{}\" stands there twice", given);
  into.server.listen.push_back({.at = *at});
  return taken;
}

// Without an address it is every one of this machine.
void add_listeners(table_reader& reader, config& into, const toml::table& from, const std::string& where) {
  listen_table one;
  read_table(reader, one, listen_keys(), from, where);
  const auto port = one.port.value_or(one.how.implicit ? 990 : 21);
  auto all = everywhere(port);
  if (one.address) all = {{*one.address, port}};
  for (const auto& each : all) {
    if (listens(into, each))
      reader.wrong(from.source(), fmt::format("{}: {} stands there twice", where, net::show(each)));
    one.how.at = each;
    into.server.listen.push_back(one.how);
  }
}

key<config> listeners() {
  static const std::string words = "addresses with ports, such as [\"0.0.0.0:21\", \"[::]:21\"], or tables: [[listen]]";
  return {"listen", words,
          [](table_reader& reader, config& into, const toml::node& from, const std::string& where) -> verdict {
            const auto* list = from.as_array();
            if (!list || list->empty()) return "";
            for (const auto& each : *list) {
              if (const auto* inner = each.as_table()) {
                add_listeners(reader, into, *inner, where);
                continue;
              }
              auto value = each.value_exact<std::string>();
              auto problem = value ? put_listener(into, *value) : verdict("");
              if (problem) reader.wrong(each.source(), complaint(where, each, *problem, words));
            }
            return taken;
          },
          false, [](auto& out, const auto& where) { describe_keys(out, listen_keys(), where); }};
}

verdict put_file_mode(table_reader&, config& into, const toml::node& from, const std::string&) {
  const auto* number = from.as_integer();
  bool octal = number && (number->flags() & toml::value_flags::format_as_octal) != toml::value_flags::none;
  if (!octal || number->get() < 0 || number->get() > 0777) return "";
  into.server.file_mode = static_cast<std::uint16_t>(number->get());
  return taken;
}

verdict put_run_as(config& into, const std::string& name) {
  into.run_as = name;
  errno = 0;
  const auto* who = ::getpwnam(name.c_str());
  if (!who) return fmt::format("is \"{}\", which is no user of this machine", name);
  return who->pw_uid == 0 ? verdict("is a user with every right") : taken;
}

verdict put_banner(std::string& into, const std::string& banner) {
  into = banner;
  const bool one_line = std::ranges::none_of(banner, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return one_line && banner.size() <= 500 ? taken : "does not fit one line";
}

template <class T>
accounts::account& anonymous_of(T& into) {
  if (!into.anonymous) {
    into.anonymous.emplace();
    into.anonymous->name = "anonymous";
    into.anonymous->anonymous = true;
    into.anonymous->allow = accounts::rights::read_only();
  }
  return *into.anonymous;
}

accounts::user fresh_user() {
  accounts::user out;
  out.who.allow = accounts::rights::read_only();
  return out;
}

std::string small(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

verdict possible_host(const std::string& name) {
  const bool fine = !name.empty() && name.size() <= 255 && name.find_first_of(" \t/") == name.npos;
  return fine ? taken : "is no name of a host";
}

const std::vector<key<host_settings>>& host_keys() {
  using host = host_settings;
  static const std::vector<key<host>> keys = {
      required(text<host>("name", "the name by which clients reach it",
                          [](host& into, const std::string& name) {
                            into.name = small(name);
                            return possible_host(name);
                          })),
      texts<host>("aliases", "other names of it",
                  [](host& into, const std::string& name) {
                    into.aliases.push_back(small(name));
                    return possible_host(name);
                  }),
      text<host>("banner", "one line of at most 500 bytes",
                 [](host& into, const std::string& text) { return put_banner(into.banner, text); }),
      tables<host>("certificates", "a list of tables, as in [tls]", &host::certificates, identity_keys, "file", file_of,
                   {}, look_at_identity),
      table<host>("anonymous", anonymous_of<host>, anonymous_keys),
      tables<host>("users", "a list of tables: [[hosts.users]]", &host::users, user_keys, "name", name_of, fresh_user(),
                   look_at_user),
  };
  return keys;
}

std::string_view name_of_host(const host_settings& one) { return one.name; }

}  // namespace

const std::vector<key<config>>& top_keys() {
  static const std::vector<key<config>> keys = {
      listeners(),
      text<config>("banner", "one line of at most 500 bytes",
                   [](config& into, const std::string& banner) { return put_banner(into.server.banner, banner); }),
      charset_of<config>([](config& c) -> auto& { return c.server.charset; }),
      whole<config>(
          "active_port", [](config& c) -> auto& { return c.server.active_port; }, 0, 65535),
      parsed<config>("durability", "\"none\", \"data\" or \"full\"", parse_durability,
                     [](config& into, auto value) { into.server.durability = value; }),
      key<config>{"file_mode", "permissions in octal, 0o000 to 0o777, such as 0o644", put_file_mode},
      whole<config>(
          "threads", [](config& c) -> auto& { return c.server.threads; }, 0, 1024),
      text<config>("run_as", "a user of this machine, not root", put_run_as),
      networks_of<config>("proxies", [](config& c) -> auto& { return c.server.proxies; }),
      table<config>(
          "passive", [](config& c) -> auto& { return c.server.passive; }, passive_keys),
      tls(),
      tables<config>(
          "fxp", "a list of tables: [[fxp]]", [](config& c) -> auto& { return c.server.fxp; }, fxp_keys, "",
          nothing_unique<server::fxp_rule>),
      table<config>(
          "limits", [](config& c) -> auto& { return c.server.limit; }, limit_keys),
      table<config>("log", &config::log, log_keys),
      table<config>("anonymous", anonymous_of<config>, anonymous_keys),
      tables<config>("users", "a list of tables: [[users]]", &config::users, user_keys, "name", name_of, fresh_user(),
                     look_at_user),
      tables<config>("hosts", "a list of tables: [[hosts]]", &config::hosts, host_keys, "name", name_of_host),
  };
  return keys;
}

}  // namespace ferry::ferryd
