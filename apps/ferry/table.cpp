#include "ferry/table.hpp"

#include <algorithm>

#include "ferry/commands.hpp"

namespace ferry::cli {
namespace {

using o = options;

constexpr option_row connection_rows[] = {
    {"--timeout", "SECONDS",
     "the longest that any one wait may take; when not given, 5 to 60, each as long as it deserves",
     number{&o::timeout, 1, 86400}},
    {"--retries", "N", "how often to try again after a lost connection or a passing error; 5 when not given",
     number{&o::retries, 0, 1000}},
    {"--ftp-pasv", "", "passive mode only: never ask the server to connect to this machine", flag{&o::passive},
     "--ftp-port"},
    {"-P,--ftp-port", "ADDRESS",
     "active mode only: the server connects to this address or interface; - is the address of the control "
     "connection; :PORT or :FIRST-LAST may follow",
     &o::port_address},
    {"--external-address", "ADDRESS", "active mode behind NAT: the address to tell the server", &o::external_address},
    {"--no-epsv,--disable-epsv", "", "do not use EPSV", flag{&o::epsv, false}},
    {"--no-eprt,--disable-eprt", "", "do not use EPRT", flag{&o::eprt, false}},
    {"--ftp-skip-pasv-ip", "", "connect to the server's own address, whatever its answer to PASV says (the default)",
     flag{&o::skip_pasv_ip}},
    {"--no-ftp-skip-pasv-ip", "", "connect to the address in the answer to PASV", flag{&o::skip_pasv_ip, false},
     "--ftp-skip-pasv-ip"},
    {"-4,--ipv4", "", "use IPv4 only", flag{&o::ipv4}, "--ipv6"},
    {"-6,--ipv6", "", "use IPv6 only", flag{&o::ipv6}},
};

constexpr option_row tls_rows[] = {
    {"--tls", "auto|explicit|implicit|off",
     "auto: as the URL says, ftpes:// (AUTH TLS) or ftps:// (from the first byte); with ftp:// and a password, AUTH "
     "TLS "
     "where the server has it",
     &o::tls},
    {"--cacert", "FILE", "trust the authorities in FILE (PEM) instead of those of this system", &o::authorities},
    {"--pin,--pinnedpubkey", "sha256//KEY", "trust the server with this public key, whoever signed its certificate",
     &o::pin},
    {"-k,--insecure", "", "trust any certificate: whoever answers may be somebody else",
     flag{&o::verify_certificate, false}},
    {"--cert", "FILE", "the certificate (PEM) that tells the server who you are", &o::certificate},
    {"--key", "FILE", "its key, where the certificate's file does not hold it", &o::key},
    {"--ccc,--ftp-ssl-ccc", "", "after the login, commands in the clear, for firewalls that must read them",
     flag{&o::clear_commands}},
};

constexpr option_row login_rows[] = {
    {"--user", "NAME", "log in as NAME, when the URL names nobody", &o::user},
    {"--password-file", "FILE", "the first line of FILE is the password", &o::password_file},
    {"--netrc-file", "FILE", "look for logins in FILE instead of ~/.netrc", &o::netrc_file},
    {"--no-netrc", "", "do not look into ~/.netrc", flag{&o::netrc, false}},
    {"--account", "NAME", "the account, for a server that asks for one (ACCT)", &o::account},
};

constexpr option_row output_rows[] = {
    {"-v,--verbose", "", "show the dialogue with the server; passwords are masked", flag{&o::verbose}},
    {"-q,--quiet", "", "say nothing but errors", flag{&o::quiet}},
    {"--json", "", "one JSON object a line on standard output: the events, or what was asked for", flag{&o::json}},
    {"--no-progress", "", "no progress display, even on a terminal", flag{&o::progress, false}},
    {"--color", "auto|always|never", "colour; auto is: on a terminal, unless NO_COLOR is set", &o::color},
    {"--trace", "FILE", "draw the session as a ladder diagram into FILE, an HTML page", &o::trace},
    {"-h,--help", "", "show this help", flag{&o::help}},
    {"--version", "", "show the version", flag{&o::version}},
};

constexpr option_row transfer_rows[] = {
    {"--verify", "auto|size|digest|off",
     "how to make sure that both ends hold the same file; auto: by digest where the server has one, else by size",
     &o::verify},
    {"--mode", "auto|stream|block|deflate",
     "the transfer mode; auto: many small files go one behind the other over one data connection (MODE B) where the "
     "server takes that, all else in stream mode; deflate: compressed (MODE Z)",
     &o::mode},
};

constexpr option_group groups[] = {
    {"Connection", connection_rows}, {"TLS", tls_rows},       {"Login", login_rows},
    {"Transfers", transfer_rows},    {"Output", output_rows},
};

constexpr example examples[] = {
    {"ferry get ftp://ftp.example.org/pub/disk.iso", "a file, into this folder"},
    {"ferry put report.pdf ftp://alice@example.org/inbox/", "a file, to the server"},
    {"ferry get ftpes://alice@example.org/inbox/report.pdf", "the same, under TLS or not at all"},
    {"ferry ls ftp://ftp.example.org/pub/", "what is there"},
    {"ferry mirror ftp://ftp.example.org/pub/ pub", "a whole tree, only what changed"},
    {"ferry shell ftp://alice@example.org/", "look around"},
};

constexpr const command_row* rows[] = {
    &get_command,  &put_command,      &copy_command,       &ls_command,    &ll_command,     &cat_command,
    &rm_command,   &mv_command,       &mkdir_command,      &rmdir_command, &stat_command,   &hash_command,
    &du_command,   &find_command,     &mirror_command,     &quote_command, &doctor_command, &shell_command,
    &open_command, &bookmark_command, &completion_command, &help_command,
};

}  // namespace

std::span<const command_row* const> commands() { return rows; }
std::span<const option_group> common_options() { return groups; }
std::span<const example> common_examples() { return examples; }

const command_row* command_named(std::string_view name) {
  auto found = std::ranges::find(rows, name, &command_row::name);
  return found == std::end(rows) ? nullptr : *found;
}

std::string_view long_name(const option_row& row) {
  for (auto name : split(row.names, ',')) {
    if (name.starts_with("--")) return name;
  }
  return row.names;
}

std::vector<std::string_view> choices(const option_row& row) {
  return row.value.contains('|') ? split(row.value, '|') : std::vector<std::string_view>{};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    auto end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

}  // namespace ferry::cli
