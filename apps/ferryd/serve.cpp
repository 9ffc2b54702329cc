#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "accounts/password_hash.hpp"
#include "ferryd/commands.hpp"
#include "ferryd/run.hpp"
#include "ferryd/self_signed.hpp"
#include "shared/secrets.hpp"
#include "shared/streams.hpp"

namespace ferry::ferryd {
namespace {

struct serve_options {
  std::string folder;
  std::string port = "2121";
  std::vector<std::string> listen;
  std::string user, password_file;
  std::string anonymous;
  std::string passive_ports, advertise;
  std::int64_t idle = limits{}.idle.count();
  std::string log_format = "text";
  std::string xferlog;
  std::string durability = "data";
  unsigned threads = 0;
  bool tls = false;
  std::string certificate, key;
  std::string require_tls = "none";
};

constexpr const char* about = R"(Serve a folder.

  ferryd serve /srv/pub                          read-only, to anyone (anonymous)
  ferryd serve ~/inbox --user alice              read-write, to alice; asks for her password
  ferryd serve ~/inbox --user alice --anonymous /srv/pub
  ferryd serve . --listen 127.0.0.1 --port 2100
  ferryd serve ~/inbox --user alice --tls        offers TLS, with a certificate made for it
  ferryd serve /srv/pub --passive-ports 20000-20099 --advertise 203.0.113.7
)";

// Where links lead when the server starts is where they lead for good; nothing when there is no such folder.
std::string real_path(const std::string& given) {
  std::unique_ptr<char, void (*)(void*)> real(::realpath(given.c_str(), nullptr), std::free);
  return real ? real.get() : "";
}

result<std::string> existing(const std::string& folder) {
  auto real = real_path(folder);
  if (real.empty())
    return fail("serve.folder", folder + ": " + std::generic_category().message(errno), "name a folder that exists");
  return real;
}

result<std::string> password_for(const serve_options& given) {
  if (!given.password_file.empty()) {
    std::string warning;
    auto out = shared::password_from_file(given.password_file, warning);
    if (!warning.empty()) shared::print(stderr, "ferryd: warning: {}\n", warning);
    return out;
  }
  auto out = shared::password_from_environment(password_variable);
  if (!out.empty()) return out;
  return shared::ask_password(given.user, password_variable, false);
}

result<accounts::user> user_of(const serve_options& given, const std::string& root) {
  if (!accounts::possible_name(given.user)) {
    return fail("serve.user", "that cannot be the name of a user", "use 1 to 255 bytes without control characters");
  }
  auto password = password_for(given);
  if (!password) return std::unexpected(password.error());
  auto hash = accounts::make_hash(*password);
  if (!hash) return std::unexpected(hash.error());
  accounts::user out;
  out.who.name = given.user;
  out.who.root = root;
  out.who.allow = accounts::rights::all();
  out.hash = std::move(*hash);
  return out;
}

accounts::account anonymous_of(const std::string& root) {
  accounts::account out;
  out.name = "anonymous";
  out.anonymous = true;
  out.root = root;
  out.allow = accounts::rights::read_only();
  return out;
}

// Absolute, as the process may go elsewhere, and as the walls need it.
std::string absolute(const std::string& file) { return std::filesystem::absolute(file).lexically_normal().string(); }

result<server::tls_settings> tls_of(const serve_options& given) {
  server::tls_settings out;
  out.require = *parse_requirement(given.require_tls);
  if (!given.certificate.empty()) {
    const auto& key = given.key.empty() ? given.certificate : given.key;
    out.options.identities = {{absolute(given.certificate), absolute(key)}};
  } else if (given.tls || out.require != server::tls_settings::requirement::none) {
    auto own = own_certificate();
    if (!own) return std::unexpected(own.error());
    out.options.identities = {std::move(*own)};
  }
  return out;
}

// The texts were looked at when the command line was read.
server::settings settings_of(const serve_options& given) {
  server::settings out;
  auto port = *parse_port(given.port);
  for (const auto& each : given.listen) out.listen.push_back({.at = {*parse_address(each), port}});
  if (given.listen.empty()) {
    for (const auto& each : everywhere(port)) out.listen.push_back({.at = each});
  }
  if (!given.passive_ports.empty()) {
    auto range = *parse_ports(given.passive_ports);
    out.passive.first_port = range.first;
    out.passive.last_port = range.last;
  }
  if (!given.advertise.empty()) out.passive.advertise = *parse_advertised(given.advertise);
  out.durability = *parse_durability(given.durability);
  out.threads = given.threads;
  out.limit.idle = std::chrono::seconds(given.idle);
  out.limit.idle_max = std::max(out.limit.idle_max, out.limit.idle);
  return out;
}

result<config> config_of(const serve_options& given) {
  config out;
  out.server = settings_of(given);
  auto tls = tls_of(given);
  if (!tls) return std::unexpected(tls.error());
  out.server.tls = std::move(*tls);
  out.log = {*parse_log_format(given.log_format), given.xferlog};
  auto root = existing(given.folder);
  if (!root) return std::unexpected(root.error());
  if (given.user.empty()) {
    out.anonymous = anonymous_of(*root);
    return out;
  }
  if (!given.anonymous.empty()) {
    auto open = existing(given.anonymous);
    if (!open) return std::unexpected(open.error());
    out.anonymous = anonymous_of(*open);
  }
  auto user = user_of(given, *root);
  if (!user) return std::unexpected(user.error());
  out.users.push_back(std::move(*user));
  return out;
}

int serve(const serve_options& given) {
  auto what = config_of(given);
  if (!what) return complain(what.error());
  auto done = run(std::move(*what));
  return done ? success : complain(done.error());
}

}  // namespace

void add_serve(CLI::App& to, action& chosen) {
  auto given = std::make_shared<serve_options>();
  auto* command = to.add_subcommand("serve", about);
  auto* o = given.get();
  command->add_option("DIR", o->folder, "the folder to serve")->type_name("")->required();
  command->add_option("--port", o->port, "the port of the control connection; 0: any that is free [2121]")
      ->type_name("PORT")
      ->check(accepted_by(parse_port));
  command->add_option("--listen", o->listen, "an address to listen on, repeatable [all]")
      ->type_name("ADDR")
      ->allow_extra_args(false)
      ->check(accepted_by(parse_address));
  auto* user = command->add_option("--user", o->user, "a user who may read and write DIR; anonymous then sees nothing")
                   ->type_name("NAME");
  command
      ->add_option("--password-file", o->password_file,
                   fmt::format("its first line is the password; without it {} or the terminal", password_variable))
      ->type_name("FILE")
      ->needs(user);
  command->add_option("--anonymous", o->anonymous, "with --user: a folder for anonymous, read-only")
      ->type_name("DIR")
      ->needs(user);
  command->add_option("--passive-ports", o->passive_ports, "the ports of passive data connections [any]")
      ->type_name("A-B")
      ->check(accepted_by(parse_ports));
  command
      ->add_option("--advertise", o->advertise,
                   "the IPv4 address, or the name of it, that passive replies tell, behind NAT")
      ->type_name("HOST")
      ->check(accepted_by(parse_advertised));
  command->add_flag("--tls", o->tls, "offer TLS, with a certificate that is made at the first start and kept");
  auto* certificate = command->add_option("--certificate", o->certificate, "offer TLS, with this certificate (PEM)")
                          ->type_name("FILE")
                          ->check(CLI::ExistingFile.description(""));
  command->add_option("--key", o->key, "its key, where the certificate's file does not hold it")
      ->type_name("FILE")
      ->check(CLI::ExistingFile.description(""))
      ->needs(certificate);
  command->add_option("--require-tls", o->require_tls, "what is refused in the clear [none]")
      ->type_name("none|login|data|all")
      ->check(accepted_by(parse_requirement));
  command->add_option("--idle", o->idle, fmt::format("an idle session ends after this [{}]", o->idle))
      ->type_name("SECONDS")
      ->check(in_range(1, 604800));
  command->add_option("--durability", o->durability, "what is on the disk before a 226 [data]")
      ->type_name("none|data|full")
      ->check(accepted_by(parse_durability));
  command->add_option("--log-format", o->log_format, "of the log, on stderr [text]")
      ->type_name("text|json")
      ->check(accepted_by(parse_log_format));
  command->add_option("--xferlog", o->xferlog, "a file for transfers in wu-ftpd's form")->type_name("FILE");
  command->add_option("--threads", o->threads, "event loops; 0: one a processor [0]")
      ->type_name("N")
      ->check(in_range(0, 1024));
  command->callback([given, &chosen] { chosen = [given] { return serve(*given); }; });
}

}  // namespace ferry::ferryd
