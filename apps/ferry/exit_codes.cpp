#include "ferry/exit_codes.hpp"

#include <string>

namespace ferry::cli {
namespace {

using namespace exit_code;

constexpr exit_meaning meanings[] = {
    {success, "everything was done"},
    {other, "an error that no other code names"},
    {usage, "the command line or a URL is wrong"},
    {not_found, "the server has no such file or folder"},
    {denied, "the server does not allow it"},
    {login, "the login was refused, or there was no password"},
    {connect, "the server's name was not found, or there was no connection to it"},
    {data_channel, "no data connection could be made: a firewall or NAT stands in between"},
    {tls, "TLS or a certificate"},
    {timeout, "a wait took longer than --timeout"},
    {verify, "size or digest differ at both ends"},
    {some_failed, "some files failed, others did not"},
    {local, "a file or disk of this machine"},
    {remote_full, "the server's disk is full or a quota is used up"},
    {guard, "refused for safety: too many deletions, or a listing that was not understood"},
    {temporary, "the server is busy or the connection was lost; later it may work"},
    {impaired, "doctor: files move, but somebody should mend something"},
    {interrupted, "interrupted (Ctrl-C)"},
    {terminated, "terminated (SIGTERM)"},
};

struct row {
  std::string_view id;  // of an error, or with a final '.' of all that begin so
  int code;
  std::string_view advice = {};
};

constexpr std::string_view retry_later = "try again later";
constexpr std::string_view longer = "try again, or give it more time with --timeout SECONDS";

// The first row that fits counts.
constexpr row rows[] = {
    {"usage.", usage},
    {"url.", usage},
    {"command.control", usage, "a name with a line end cannot be sent to an FTP server"},
    {"command.malformed", usage},
    {"remote.is_directory", usage, "this is a folder: get, copy and rm take one with -r, ferry ls shows what is in it"},
    {"data.interface", usage, "name an interface that has an address: ip address shows them"},
    {"remote.not_directory", usage, "this is a file, or a file stands where a folder is meant: ferry stat shows it"},
    {"remote.account", denied, "--account NAME gives the account that this server wants for this"},
    {"login.account", login, "--account NAME gives it"},
    {"remote.not_found", not_found, "ferry ls on the folder shows what is there; names are case-sensitive"},
    {"remote.denied", denied, "ask the server's administrator for the right to do this"},
    {"remote.login", login, "check the user's name and the password; --user, ~/.netrc"},
    {"login.", login, "check the user's name and the password; --user, ~/.netrc"},
    {"password.interrupted", interrupted},
    {"password.", login},
    {"netrc.", login},
    {"resolve.timeout", connect, "check the name server of this machine"},
    {"resolve.", connect, "check the spelling of the host's name"},
    {"connect.timeout", connect, "check host and port; a firewall may drop the packets"},
    {"connect.refused", connect, "check the port: no FTP server listens there"},
    {"connect.", connect, "check host, port and network"},
    {"greeting.refused", connect, "the server does not want this client; its words say why"},
    {"greeting.busy", temporary, retry_later},
    {"greeting.timeout", timeout, "check the port: what listens there does not speak FTP, or is overloaded"},
    {"data.blocked", data_channel, "try active mode (-P -) or passive mode only (--ftp-pasv)"},
    {"data.passive.", data_channel, "check the firewall for the ports of data connections"},
    {"data.active.", data_channel, "try passive mode: --ftp-pasv"},
    {"data.way.", data_channel, "try another way: --ftp-pasv, -P - or --no-epsv"},
    {"listen.", data_channel, "active mode needs a free port: -P ADDRESS:FIRST-LAST"},
    {"copy.blocked", data_channel, "--fallback passes the data through this machine"},
    {"copy.", tls, "--fallback passes the data through this machine"},
    {"data.stalled", timeout, longer},
    {"remote.data", data_channel, "try another way: --ftp-pasv, -P - or --no-epsv"},
    {"data.", temporary, "run the same command again: what has arrived is kept"},
    {"tls.", tls},
    {"reply.timeout", timeout, longer},
    {"reply.final", timeout, longer},
    {"verify.unsupported", verify, "the server computes no digests; --verify=size is what it allows"},
    {"verify.", verify, "fetch the file again; if that does not help, it changes while it is moved"},
    {"storage.is_directory", local, "this is a folder: ferry mirror puts whole ones"},
    {"storage.changed", local, "try again when nothing writes to the file"},
    {"storage.", local},
    {"local.", local},
    {"remote.full", remote_full, "free space on the server, or ask for a larger quota"},
    {"remote.listing", guard},
    {"listing.", guard},
    {"mirror.", guard},
    {"guard.", guard},
    {"remote.busy", temporary, retry_later},
    {"remote.closing", temporary, retry_later},
    {"remote.exists", other, "choose another name, or remove what is there"},
    {"remote.not_empty", other, "ferry rm -r removes a folder with all that is in it"},
    {"remote.name", other, "the server does not take this name"},
    {"remote.unsupported", other, "this server cannot do it"},
    {"digest.unsupported", other, "this server computes no digests"},
    {"doctor.impaired", impaired},
    {"control.", temporary, "try again; -v shows how far it came"},
    {"session.cancelled", interrupted},
};

bool fits(std::string_view id, const row& each) {
  return each.id.ends_with('.') ? id.starts_with(each.id) : id == each.id;
}

const row* row_of(std::string_view id) {
  for (const auto& each : rows) {
    if (fits(id, each)) return &each;
  }
  return nullptr;
}

}  // namespace

std::span<const exit_meaning> exit_meanings() { return meanings; }

int exit_code_of(std::string_view id) {
  const auto* found = row_of(id);
  return found ? found->code : other;
}

std::string_view advice_on(std::string_view id) {
  const auto* found = row_of(id);
  return found ? found->advice : "";
}

}  // namespace ferry::cli
