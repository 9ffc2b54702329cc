#include "server/command_table.hpp"

#include <algorithm>
#include <charconv>

#include "proto/command.hpp"
#include "proto/glob.hpp"
#include "proto/quoted_path.hpp"
#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"

namespace ferry::server {
namespace {

using accounts::right;
using enum grammar;

// Sorted by verb.
// clang-format off
constexpr row rows[] = {
    {"ABOR", none, "", "RFC 959 §4.1.3",
     "225 226", true, right::none, false, during::stops, "", commands::abor,
     "Stops the transfer that is under way."},
    {"ACCT", text, "<account>", "RFC 959 §4.1.1",
     "202 230 503", true, right::none, false, during::waits, "", commands::acct,
     "Names the account that a login, or what it stores, is to be counted to.", true},
    {"ADAT", optional_text, "", "RFC 2228",
     "502", true, right::none, false, during::waits, "", commands::not_implemented,
     "Not implemented.", true},
    {"ALLO", text, "<bytes> [R <record size>]", "RFC 959 §4.1.3",
     "200 202 452 552", false, right::none, false, during::waits, "", commands::allo,
     "Sets room aside for the next upload."},
    {"APPE", path, "<path>", "RFC 959 §4.1.3",
     "110 125 150 226 250 425 426 450 451 452 503 521 522 532 550 551 552 553 554", false, right::append, true, during::waits, "", commands::appe,
     "Uploads to the end of a file."},
    {"AUTH", text, "TLS", "RFC 4217 §4, RFC 2228 §3",
     "234 334 431 502 503 504 534", true, right::none, false, during::waits, "AUTH TLS", commands::auth,
     "Begins TLS on the control connection."},
    {"AVBL", optional_path, "[<path>]", "draft-peterson-streamlined-ftp-command-extensions-10 §4",
     "213 450 451 550 553", false, right::list, false, during::waits, "AVBL", commands::avbl,
     "Tells how many bytes may still be stored in a folder."},
    {"CCC", none, "", "RFC 4217 §12, RFC 2228 §3",
     "200 533 534", false, right::none, false, during::waits, "CCC", commands::ccc,
     "Ends TLS on the control connection, for firewalls that must read it."},
    {"CDUP", parent, "", "RFC 959 §4.1.1",
     "200 250 450 451 550 553", false, right::list, false, during::waits, "", commands::cdup,
     "Goes to the folder above."},
    {"CLNT", text, "<name of the client>", "in use, unspecified",
     "200", true, right::none, false, during::waits, "CLNT", commands::clnt,
     "Tells which client this is."},
    {"COMB", paths, "<path> <part> ...", "in use, unspecified",
     "250 426 450 451 452 532 550 552 553", false, accounts::rights(right::write) | right::append, false, during::waits, "COMB", commands::comb,
     "Adds the parts to the end of a file, in order, and deletes them.", false, true, accounts::rights(right::read) | right::remove},
    {"CONF", optional_text, "", "RFC 2228",
     "502", true, right::none, false, during::waits, "", commands::not_implemented,
     "Not implemented.", true},
    {"CPSV", none, "", "in use, unspecified",
     "227 425 502 503 534", false, right::none, false, during::waits, "CPSV", commands::cpsv,
     "The same as PASV, for another server whose TLS client this one is then."},
    {"CSID", text, "<fact>=<value>; ...", "draft-peterson-streamlined-ftp-command-extensions-10 §7",
     "200", true, right::none, false, during::waits, "CSID", commands::csid,
     "Tells which client this is, and asks which server."},
    {"CWD", path, "<path>", "RFC 959 §4.1.1",
     "250 450 451 550 553", false, right::list, false, during::waits, "", commands::cwd,
     "Goes to a folder."},
    {"DELE", path, "<path>", "RFC 959 §4.1.3",
     "250 450 451 452 550 552 553", false, right::remove, false, during::waits, "", commands::dele,
     "Deletes a file."},
    {"DSIZ", optional_path, "[<path>]", "draft-peterson-streamlined-ftp-command-extensions-10 §5",
     "213 426 450 451 550 553", false, right::list, false, during::waits, "DSIZ", commands::dsiz,
     "Tells how many bytes the files in a folder and below it have.", false, true, {}, true},
    {"ENC", optional_text, "", "RFC 2228",
     "502", true, right::none, false, during::waits, "", commands::not_implemented,
     "Not implemented.", true},
    {"EPRT", text, "|1 or 2|<address>|<port>|", "RFC 2428 §2",
     "200 522", false, right::none, false, during::waits, "EPRT", commands::eprt,
     "Names the address to which the server connects for data."},
    {"EPSV", optional_text, "[1 | 2 | ALL]", "RFC 2428 §3",
     "200 229 425 522", false, right::none, false, during::waits, "EPSV", commands::epsv,
     "Asks for a port to connect to for data."},
    {"ESTA", none, "", "in use, unspecified",
     "225 425 426 503", false, right::none, false, during::waits, "ESTA", commands::esta,
     "Makes the data connection of PORT or EPRT now, and tells where it comes from.", false, true},
    {"ESTP", none, "", "in use, unspecified",
     "225 425 426 503", false, right::none, false, during::waits, "ESTP", commands::estp,
     "Waits for the data connection of PASV or EPSV now, and tells where it came from.", false, true},
    {"FEAT", none, "", "RFC 2389 §3",
     "211", true, right::none, false, during::waits, "", commands::feat,
     "Lists the extensions on offer."},
    {"HASH", path, "<path>", "draft-bryan-ftpext-hash-02",
     "213 426 450 451 550 551 553 554", false, right::read, false, during::waits, "HASH", commands::hash,
     "Computes a digest of a file, or of the part that RANG chose.", false, true},
    {"HELP", optional_text, "[<command>]", "RFC 959 §4.1.3",
     "211 214 502", true, right::none, false, during::waits, "", commands::help,
     "Lists the commands, or explains one."},
    {"HOST", text, "<name>", "RFC 7151",
     "220 503 504", true, right::none, false, during::waits, "HOST", commands::host,
     "Chooses one of several hosts at the same address, before USER."},
    {"LANG", optional_text, "[<language>]", "RFC 2640 §4.1",
     "200 504", true, right::none, false, during::waits, "LANG EN*", commands::lang,
     "Chooses the language of replies."},
    {"LIST", listing, "[-alRtrS] [<path or pattern>]", "RFC 959 §4.1.3",
     "125 150 226 250 425 426 450 451 521 522 550 553", false, right::list, true, during::waits, "", commands::list,
     "Lists a folder in lines as `ls -l` has them."},
    {"LPRT", text, "af,hal,h1,h2,...,pal,p1,p2", "RFC 1639 §2",
     "200 521", false, right::none, false, during::waits, "LPRT", commands::lprt,
     "Names the address to which the server connects for data."},
    {"LPSV", none, "", "RFC 1639 §3",
     "228 425", false, right::none, false, during::waits, "LPSV", commands::lpsv,
     "Asks for an address and port to connect to for data."},
    {"MDTM", path, "<path>", "RFC 3659 §3",
     "213 450 451 550 553", false, right::read, false, during::waits, "MDTM", commands::mdtm,
     "Tells when a file was last changed."},
    {"MFCT", word_path, "<YYYYMMDDHHMMSS> <path>", "draft-somers-ftp-mfxx-04 §4",
     "504 550", false, right::chmod, false, during::waits, "", commands::mfct,
     "Would set when a file was made; the system keeps that time for itself."},
    {"MFF", word_path, "<fact>=<value>;... <path>", "draft-somers-ftp-mfxx-04 §5",
     "213 450 451 452 504 550 552 553", false, right::chmod, false, during::waits, "MFF Modify;UNIX.mode;", commands::mff,
     "Sets facts of a file: when it was last changed, its permission bits."},
    {"MFMT", word_path, "<YYYYMMDDHHMMSS> <path>", "draft-somers-ftp-mfxx-04 §3",
     "213 450 451 452 550 552 553", false, right::chmod, false, during::waits, "MFMT", commands::mfmt,
     "Sets when a file was last changed."},
    {"MIC", optional_text, "", "RFC 2228",
     "502", true, right::none, false, during::waits, "", commands::not_implemented,
     "Not implemented.", true},
    {"MKD", path, "<path>", "RFC 959 §4.1.3",
     "257 450 451 452 550 552 553", false, right::mkdir, false, during::waits, "", commands::mkd,
     "Makes a folder."},
    {"MLSD", optional_path, "[<path>]", "RFC 3659 §7",
     "125 150 226 250 425 426 450 451 521 522 550 553", false, right::list, true, during::waits, "", commands::mlsd,
     "Lists a folder for programs."},
    {"MLST", optional_path, "[<path>]", "RFC 3659 §7",
     "250 450 451 550 553", false, right::list, false, during::waits, "MLST", commands::mlst,
     "Tells the facts of one file or folder."},
    {"MODE", text, "S | B | C | Z", "RFC 959 §3.4, draft-preston-ftpext-deflate",
     "200", false, right::none, false, during::waits, "MODE Z", commands::mode,
     "Chooses the transfer mode: stream, block, compressed or deflate."},
    {"NLST", listing, "[-at] [<path or pattern>]", "RFC 959 §4.1.3",
     "125 150 226 250 425 426 450 451 521 522 550 553", false, right::list, true, during::waits, "", commands::nlst,
     "Lists the names in a folder."},
    {"NOOP", optional_text, "", "RFC 959 §4.1.3",
     "200", true, right::none, false, during::answered, "", commands::noop,
     "Does nothing, and says so."},
    {"OPTS", text, "<command> [<options>]", "RFC 2389 §4",
     "200 451 504", true, right::none, false, during::waits, "", commands::opts,
     "Chooses options: HASH, MLST, UTF8, MODE B PIPELINE, MODE Z LEVEL."},
    {"PASS", optional_text, "<password>", "RFC 959 §4.1.1",
     "202 230 332 503", true, right::none, false, during::waits, "", commands::pass,
     "Gives the password.", true},
    {"PASV", none, "", "RFC 959 §4.1.2",
     "227 425", false, right::none, false, during::waits, "PASV", commands::pasv,
     "Asks for an address and port to connect to for data."},
    {"PBSZ", text, "0", "RFC 4217 §9, RFC 2228 §3",
     "200 503", true, right::none, false, during::waits, "PBSZ", commands::pbsz,
     "Comes before PROT; says nothing with TLS."},
    {"PORT", text, "h1,h2,h3,h4,p1,p2", "RFC 959 §4.1.2",
     "200", false, right::none, false, during::waits, "", commands::port,
     "Names the address to which the server connects for data."},
    {"PRET", text, "<command>", "in use, unspecified",
     "200 450 451 521 532 550 553", false, right::none, false, during::waits, "PRET", commands::pret,
     "Announces what the data connection that is to be agreed on will be for."},
    {"PROT", text, "C | P", "RFC 4217 §9, RFC 2228 §3",
     "200 503 504 534 536", true, right::none, false, during::waits, "PROT", commands::prot,
     "Chooses whether data connections are in the clear (C) or under TLS (P)."},
    {"PWD", none, "", "RFC 959 §4.1.3",
     "257", false, right::none, false, during::waits, "", commands::pwd,
     "Tells the current folder."},
    {"QUIT", none, "", "RFC 959 §4.1.1",
     "221", true, right::none, false, during::waits, "", commands::quit,
     "Says goodbye."},
    {"RANG", text, "<first byte> <last byte>", "draft-bryan-ftp-range-08",
     "350 551", false, right::none, false, during::waits, "RANG STREAM", commands::rang,
     "Chooses the bytes of a file that the next RETR, STOR or HASH is about; RANG 1 0 chooses all."},
    {"REIN", none, "", "RFC 959 §4.1.1",
     "220", true, right::none, false, during::waits, "", commands::rein,
     "Starts again from before the login."},
    {"REST", text, "<byte or marker>", "RFC 959 §3.5, RFC 3659 §5",
     "350 554", false, right::none, false, during::waits, "REST STREAM", commands::rest,
     "Starts the next transfer at a byte of the file."},
    {"RETR", path, "<path>", "RFC 959 §4.1.3",
     "125 150 226 250 425 426 450 451 521 522 550 551 553 554", false, right::read, true, during::waits, "", commands::retr,
     "Downloads a file."},
    {"RMD", path, "<path>", "RFC 959 §4.1.3",
     "250 450 451 452 550 552 553", false, right::remove, false, during::waits, "", commands::rmd,
     "Removes an empty folder."},
    {"RMDA", path, "<path>", "draft-peterson-streamlined-ftp-command-extensions-10 §3",
     "250 426 450 451 452 550 552 553", false, right::remove, false, during::waits, "RMDA", commands::rmda,
     "Removes a folder with all that is in it.", false, true, {}, true},
    {"RNFR", path, "<path>", "RFC 959 §4.1.3",
     "350 450 451 550 553", false, right::rename, false, during::waits, "", commands::rnfr,
     "Names the file to rename; RNTO follows."},
    {"RNTO", path, "<path>", "RFC 959 §4.1.3",
     "250 450 451 452 503 532 550 552 553", false, right::rename, false, during::waits, "", commands::rnto,
     "Gives the file of RNFR its new name."},
    {"SITE", optional_text, "<command>", "RFC 959 §4.1.3",
     "214", false, right::none, false, during::waits, "", commands::site,
     "Commands of this server; see SITE HELP."},
    {"SITE CHMOD", word_path, "<octal mode> <path>", "in use, unspecified",
     "200 450 451 452 550 552 553", false, right::chmod, false, during::waits, "", commands::site_chmod,
     "Sets the permission bits of a file."},
    {"SITE CPFR", path, "<path>", "in use, unspecified",
     "350 450 451 550 553", false, right::read, false, during::waits, "SITE COPY", commands::site_cpfr,
     "Names the file to copy; SITE CPTO follows."},
    {"SITE CPTO", path, "<path>", "in use, unspecified",
     "250 426 450 451 452 503 532 550 552 553", false, right::write, false, during::waits, "", commands::site_cpto,
     "Copies the file of SITE CPFR on the server.", false, true},
    {"SITE HELP", none, "", "in use, unspecified",
     "214", false, right::none, false, during::waits, "", commands::site_help,
     "Lists the SITE commands."},
    {"SITE IDLE", optional_text, "[<seconds>]", "in use, unspecified",
     "200", false, right::none, false, during::waits, "", commands::site_idle,
     "Tells or sets how long a session may be idle."},
    {"SITE RMTREE", path, "<path>", "in use, unspecified",
     "250 426 450 451 452 550 552 553", false, right::remove, false, during::waits, "SITE RMTREE", commands::rmda,
     "Removes a folder with all that is in it.", false, true, {}, true},
    {"SITE SYMLINK", paths, "<path> <link>", "in use, unspecified",
     "200 450 451 452 550 552 553", false, right::read, false, during::waits, "SITE SYMLINK", commands::site_symlink,
     "Makes a link that leads to a path.", false, false, right::write},
    {"SITE UTIME", time_path, "<YYYYMMDDhhmm[ss]> <path>", "in use, unspecified",
     "200 213 450 451 452 550 552 553", false, right::chmod, false, during::waits, "SITE UTIME", commands::site_utime,
     "Sets when a file was last changed."},
    {"SITE WHO", none, "", "in use, unspecified",
     "200", false, right::none, false, during::waits, "", commands::site_who,
     "Tells the address that the server sees you come from."},
    {"SIZE", path, "<path>", "RFC 3659 §4",
     "213 450 451 550 553", false, right::read, false, during::waits, "SIZE", commands::size,
     "Tells the size of a file as it would be transferred."},
    {"SMNT", text, "<name>", "RFC 959 §4.1.1",
     "250 550", false, right::none, false, during::waits, "", commands::smnt,
     "Goes to another root that this login may use, or back to its own: SMNT /."},
    {"SSCN", optional_text, "[ON | OFF]", "in use, unspecified",
     "200 502 503 534", false, right::none, false, during::waits, "SSCN", commands::sscn,
     "Makes this server the TLS client of data connections for files, or tells which it is."},
    {"STAT", listing, "[<path>]", "RFC 959 §4.1.3",
     "211 212 213 450 451 550 553", true, right::list, false, during::answered, "", commands::stat,
     "Tells the state of the session or transfer, or lists a path over the control connection."},
    {"STOR", path, "<path>", "RFC 959 §4.1.3",
     "110 125 150 226 250 425 426 450 451 452 521 522 532 550 551 552 553 554", false, right::write, true, during::waits, "", commands::stor,
     "Uploads a file."},
    {"STOU", optional_path, "[<path>]", "RFC 959 §4.1.3",
     "110 125 150 226 250 425 426 450 451 452 521 522 532 550 551 552 553", false, right::write, true, during::waits, "", commands::stou,
     "Uploads a file under a name that is free."},
    {"STRU", text, "F | R | P", "RFC 959 §3.1.2",
     "200", false, right::none, false, during::waits, "", commands::stru,
     "Chooses the structure of files: none, records or pages."},
    {"SYST", none, "", "RFC 959 §4.1.3",
     "215", true, right::none, false, during::waits, "", commands::syst,
     "Tells the kind of system."},
    {"THMB", optional_text, "", "draft-peterson-streamlined-ftp-command-extensions",
     "502", true, right::none, false, during::waits, "", commands::not_implemented,
     "Not implemented."},
    {"TYPE", text, "A [N | T | C] | E [N | T | C] | I | L 8", "RFC 959 §3.1.1",
     "200 504", false, right::none, false, during::waits, "", commands::type,
     "Chooses text in ASCII (A) or EBCDIC (E), or bytes as they are (I)."},
    {"USER", text, "<name>", "RFC 959 §4.1.1, RFC 2228 §4",
     "230 232 331 332", true, right::none, false, during::waits, "", commands::user,
     "Says who logs in."},
    {"XCRC", path_range, "<path> [<first byte> <byte behind the last>]", "in use, unspecified",
     "250 426 450 451 550 551 553 554", false, right::read, false, during::waits, "XCRC filename;start;end", commands::xcrc,
     "Computes the CRC32 digest of a file or of a part of it.", false, true},
    {"XCUP", parent, "", "RFC 775, RFC 1123 §4.1.3.1",
     "200 250 450 451 550 553", false, right::list, false, during::waits, "", commands::cdup,
     "The same as CDUP."},
    {"XCWD", path, "<path>", "RFC 775, RFC 1123 §4.1.3.1",
     "250 450 451 550 553", false, right::list, false, during::waits, "", commands::cwd,
     "The same as CWD."},
    {"XMD5", path_range, "<path> [<first byte> <byte behind the last>]", "in use, unspecified",
     "250 426 450 451 550 551 553 554", false, right::read, false, during::waits, "XMD5 filename;start;end", commands::xmd5,
     "Computes the MD5 digest of a file or of a part of it.", false, true},
    {"XMKD", path, "<path>", "RFC 775, RFC 1123 §4.1.3.1",
     "257 450 451 452 550 552 553", false, right::mkdir, false, during::waits, "", commands::mkd,
     "The same as MKD."},
    {"XPWD", none, "", "RFC 775, RFC 1123 §4.1.3.1",
     "257", false, right::none, false, during::waits, "", commands::pwd,
     "The same as PWD."},
    {"XRMD", path, "<path>", "RFC 775, RFC 1123 §4.1.3.1",
     "250 450 451 452 550 552 553", false, right::remove, false, during::waits, "", commands::rmd,
     "The same as RMD."},
    {"XSHA1", path_range, "<path> [<first byte> <byte behind the last>]", "in use, unspecified",
     "250 426 450 451 550 551 553 554", false, right::read, false, during::waits, "XSHA1 filename;start;end", commands::xsha1,
     "Computes the SHA-1 digest of a file or of a part of it.", false, true},
    {"XSHA256", path_range, "<path> [<first byte> <byte behind the last>]", "in use, unspecified",
     "250 426 450 451 550 551 553 554", false, right::read, false, during::waits, "XSHA256 filename;start;end", commands::xsha256,
     "Computes the SHA-256 digest of a file or of a part of it.", false, true},
    {"XSHA512", path_range, "<path> [<first byte> <byte behind the last>]", "in use, unspecified",
     "250 426 450 451 550 551 553 554", false, right::read, false, during::waits, "XSHA512 filename;start;end", commands::xsha512,
     "Computes the SHA-512 digest of a file or of a part of it.", false, true},
};
// clang-format on

constexpr std::string_view any_command = "421 500 501 530";  // RFC 959 §5.4, RFC 1123 §4.1.2

bool lists(std::string_view codes, int code) {
  char text[4];
  auto end = std::to_chars(text, text + 4, code).ptr;
  return codes.find(std::string_view(text, end)) != std::string_view::npos;
}

proto::reply bad(const row& command, std::string_view what) {
  std::string text(what);
  text.append(" Use: ").append(command.verb);
  if (!command.syntax.empty()) text.append(" ").append(command.syntax);
  return {proto::reply_code::bad_argument, std::move(text)};
}

proto::reply too_long() { return {proto::reply_code::bad_argument, "The path is too long."}; }

// "-la -t name": options up to the first word that is none; "--" ends them.
std::string_view take_options(std::string_view text, std::string& options) {
  while (text.starts_with('-')) {
    auto space = text.find(' ');
    auto word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word == "--") break;
    options += word.substr(1);
  }
  return text;
}

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// `"a ""path""" 0 100` or `path 0 100`: a path without quotes ends before two numbers.
std::optional<std::string> take_range(std::string_view text, std::optional<octet_range>& range) {
  std::string path;
  if (text.starts_with('"')) {
    auto quoted = proto::take_quoted(text);
    if (!quoted) return std::nullopt;
    path = std::move(*quoted);
  } else {
    auto second = text.rfind(' ');
    auto first = second == std::string_view::npos || second == 0 ? second : text.rfind(' ', second - 1);
    const bool ranged = first != std::string_view::npos && first != second && digits(text.substr(second + 1)) &&
                        digits(text.substr(first + 1, second - first - 1));
    path = text.substr(0, ranged ? first : text.size());
    text.remove_prefix(path.size());
  }
  if (text.empty()) return path;
  auto space = text.find(' ', 1);
  if (!text.starts_with(' ') || space == std::string_view::npos) return std::nullopt;
  auto begin = proto::parse_offset(text.substr(1, space - 1));
  auto end = proto::parse_offset(text.substr(space + 1));
  if (!begin || !end || *begin > *end) return std::nullopt;
  range = {*begin, *end};
  return path;
}

// `a "b c" d`, without the empty ones. Nothing when a quote is not ended, or something clings to it.
std::optional<std::vector<std::string>> take_paths(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    if (text.starts_with('"')) {
      auto quoted = proto::take_quoted(text);
      if (!quoted || (!text.empty() && !text.starts_with(' '))) return std::nullopt;
      out.push_back(std::move(*quoted));
    } else {
      auto end = std::min(text.find(' '), text.size());
      if (end > 0) out.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (!text.empty()) text.remove_prefix(1);
  }
  return out;
}

// "<time> <path>", or as ncftp has it "<path> <access time> <change time> <creation time> UTC".
std::string_view take_time(std::string_view text, std::string& time) {
  auto space = text.find(' ');
  if ((space == 12 || space == 14) && digits(text.substr(0, space))) {
    time = text.substr(0, space);
    return text.substr(space + 1);
  }
  if (!text.ends_with(" UTC")) return {};
  text.remove_suffix(4);
  for (int i = 0; i < 3; ++i) {
    space = text.rfind(' ');
    if (space == std::string_view::npos || !digits(text.substr(space + 1))) return {};
    if (i == 1) time = text.substr(space + 1);
    text = text.substr(0, space);
  }
  return text;
}

}  // namespace

std::span<const row> command_table() { return rows; }

const row* find_row(std::string_view verb) {
  auto at = std::ranges::lower_bound(rows, verb, {}, &row::verb);
  return at != std::end(rows) && at->verb == verb ? &*at : nullptr;
}

std::optional<request> recognise(std::string_view line) {
  auto said = proto::parse_command(line);
  if (!said) return std::nullopt;
  request out{std::move(said->verb), std::move(said->argument)};
  const bool of_site = out.verb == "SITE" && !out.argument.empty();
  if (of_site) {
    said = proto::parse_command(out.argument);
    if (!said) return out;
    out.verb += " " + said->verb;
    out.argument = std::move(said->argument);
  }
  out.command = find_row(out.verb);
  return out;
}

bool legal(const row& command, int code) { return lists(command.replies, code) || lists(any_command, code); }

std::expected<argument, proto::reply> read_argument(const row& command, std::string text, const proto::tvfs_path& cwd) {
  argument out{.text = std::move(text), .path = cwd};
  std::string_view path = out.text;
  switch (command.takes) {
    case none:
    case optional_text: return out;
    case parent: out.path = cwd.parent(); return out;
    case grammar::text:
      if (out.text.empty()) return std::unexpected(bad(command, "An argument is missing."));
      return out;
    case listing: path = take_options(path, out.options); break;
    case word_path: {
      auto space = path.find(' ');
      if (space == std::string_view::npos || space == 0)
        return std::unexpected(bad(command, "An argument is missing."));
      out.word = path.substr(0, space);
      path.remove_prefix(space + 1);
      break;
    }
    case time_path: path = take_time(path, out.word); break;
    case path_range: {
      auto taken = take_range(path, out.range);
      if (!taken) return std::unexpected(bad(command, "That is no path with a range."));
      out.as_given = std::move(*taken);
      path = out.as_given;
      break;
    }
    case paths: {
      auto taken = take_paths(path);
      if (!taken) return std::unexpected(bad(command, "A quote is not ended."));
      if (taken->size() < 2) return std::unexpected(bad(command, "A path is missing."));
      for (std::size_t i = 1; i < taken->size(); ++i) {
        auto other = cwd.resolve((*taken)[i]);
        if (!other) return std::unexpected(too_long());
        out.others.push_back(std::move(*other));
      }
      out.as_given = std::move(taken->front());
      path = out.as_given;
      break;
    }
    case grammar::path:
    case optional_path: break;
  }
  const bool required = command.takes != listing && command.takes != optional_path;
  if (path.empty() && required) return std::unexpected(bad(command, "A path is missing."));
  auto resolved = cwd.resolve(path);
  if (!resolved) return std::unexpected(too_long());
  out.as_given = std::string(path);
  out.path = std::move(*resolved);
  if (command.takes == listing && proto::has_glob(out.path.name())) {
    out.pattern = out.path.name();
    out.path = out.path.parent();
  }
  return out;
}

}  // namespace ferry::server
