#include <fmt/format.h>

#include <filesystem>

#include "ferryd/commands.hpp"
#include "ferryd/self_signed.hpp"
#include "net/certificate.hpp"
#include "shared/streams.hpp"

namespace ferry::ferryd {
namespace {

struct cert_options {
  std::vector<std::string> names;
  std::string folder = ".";
  int days = certificate_days;
};

int cert(const cert_options& given) {
  // "." becomes "/folder/"
  auto folder = std::filesystem::absolute(given.folder).lexically_normal();
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  auto made = make_certificate(folder.string(), given.names, given.days);
  if (!made) return complain(made.error());
  auto pin = net::pin_of(made->certificate);
  if (!pin) return complain(pin.error());
  shared::print(stdout, "{} and {}\n\n", made->certificate, made->key);
  shared::print(stdout, "In a configuration file:\n\n[tls]\ncertificates = [{{ file = \"{}\", key = \"{}\" }}]\n\n",
                made->certificate, made->key);
  shared::print(stdout,
                "Nobody but you vouches for it. Clients trust it by its key:\n\n  ferry --pin {} get ftpes://{}/file\n",
                *pin, given.names.front());
  return success;
}

}  // namespace

void add_cert(CLI::App& to, action& chosen) {
  auto given = std::make_shared<cert_options>();
  auto* command = to.add_subcommand("cert", R"(Make a certificate for TLS, signed by itself.

  ferryd cert ftp.example.com                    writes cert.pem and key.pem here
  ferryd cert ftp.example.com 203.0.113.7 --out /etc/ferryd
)");
  command->add_option("NAME", given->names, "the names and addresses that clients use")->type_name("")->required();
  command->add_option("--out", given->folder, "the folder for cert.pem and key.pem [.]")->type_name("DIR");
  command->add_option("--days", given->days, fmt::format("how long it is valid [{}]", given->days))
      ->type_name("N")
      ->check(in_range(1, 36500));
  command->callback([given, &chosen] { chosen = [given] { return cert(*given); }; });
}

}  // namespace ferry::ferryd
