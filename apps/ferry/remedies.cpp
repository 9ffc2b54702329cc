#include "ferry/remedies.hpp"

#include <fmt/format.h>

#include <array>

namespace ferry::cli {
namespace {

using client::remedy;

struct entry {
  std::string_view software;
  remedy what;
  std::string_view lines;  // {} is the server's public address
};

constexpr std::array entries = std::to_array<entry>({
    {"ferryd", remedy::ports, "[passive]\nports = \"20000-20099\""},
    {"ferryd", remedy::address, "[passive]\nadvertise = \"{}\""},
    {"ferryd", remedy::tls,
     "[tls]\ncertificates = [{ file = \"/etc/ferryd/cert.pem\", key = \"/etc/ferryd/key.pem\" }]"},
    {"vsftpd", remedy::ports, "pasv_min_port=20000\npasv_max_port=20099"},
    {"vsftpd", remedy::address,
     "pasv_address={}\nlisten=YES\nlisten_ipv6=NO    (one listener for both families answers 0,0,0,0)"},
    {"vsftpd", remedy::tls, "ssl_enable=YES\nrsa_cert_file=/etc/ssl/chain.pem\nrsa_private_key_file=/etc/ssl/key.pem"},
    {"ProFTPD", remedy::ports, "PassivePorts 20000 20099"},
    {"ProFTPD", remedy::address, "MasqueradeAddress {}"},
    {"ProFTPD", remedy::tls,
     "TLSEngine on\nTLSRSACertificateFile /etc/ssl/chain.pem\nTLSRSACertificateKeyFile /etc/ssl/key.pem"},
    {"Pure-FTPd", remedy::ports, "PassivePortRange 20000 20099"},
    {"Pure-FTPd", remedy::address, "ForcePassiveIP {}"},
    {"Pure-FTPd", remedy::tls, "TLS 1\nCertFile /etc/ssl/private/pure-ftpd.pem"},
    {"FileZilla Server", remedy::ports,
     "Server > Configure > FTP and FTP over TLS > Passive mode: use custom port range, 20000 to 20099"},
    {"FileZilla Server", remedy::address,
     "Server > Configure > FTP and FTP over TLS > Passive mode: public IP or hostname, {}"},
    {"FileZilla Server", remedy::tls,
     "Server > Configure > Server listeners: explicit FTP over TLS; FTP and FTP over TLS > Connection security"},
    {"IIS", remedy::ports, "FTP Firewall Support (of the server, not the site): Data Channel Port Range 20000-20099"},
    {"IIS", remedy::address, "FTP Firewall Support: External IP Address of Firewall {}"},
    {"IIS", remedy::tls, "FTP SSL Settings: a certificate, and Require or Allow SSL connections"},
    {"", remedy::keepalive, "sysctl net.ipv4.tcp_keepalive_time=60 net.ipv4.tcp_keepalive_intvl=15"},
});

void append(std::string& out, const entry& each, std::string_view address) {
  if (!out.empty()) out += '\n';
  std::string lines(each.lines);
  // A table of a file is opened once.
  const auto table = lines.starts_with('[') ? lines.substr(0, lines.find('\n') + 1) : std::string();
  if (!table.empty() && out.contains(table)) lines.erase(0, table.size());
  if (auto at = lines.find("{}"); at != lines.npos) lines.replace(at, 2, address);
  out += lines;
}

std::string lines_of(remedy what, std::string_view software, std::string_view address) {
  std::string out;
  for (const auto& each : entries) {
    const bool wanted = each.what == what || (what == remedy::address_and_ports &&
                                              (each.what == remedy::ports || each.what == remedy::address));
    if (wanted && each.software == software) append(out, each, address);
  }
  return out;
}

}  // namespace

std::string remedy_lines(remedy what, std::string_view software, std::string_view address) {
  if (what == remedy::none) return {};
  if (what == remedy::keepalive) return lines_of(what, "", address);
  if (!software.empty()) return lines_of(what, software, address);
  std::string out;
  for (std::string_view each : {"ferryd", "vsftpd", "ProFTPD", "Pure-FTPd", "FileZilla Server", "IIS"}) {
    out += fmt::format("{}# {}\n{}", out.empty() ? "" : "\n", each, lines_of(what, each, address));
  }
  return out;
}

}  // namespace ferry::cli
