// The server's table of contents: one row a command. HELP, FEAT, the gate and the generic tests derive from it. A
// command that ferry refuses has a row too.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/accounts.hpp"
#include "net/task.hpp"
#include "proto/reply.hpp"
#include "proto/tvfs_path.hpp"
#include "server/state.hpp"

namespace ferry::server {

class session;

// What follows the verb.
enum class grammar : std::uint8_t {
  none,    // nothing; what comes is ignored, as old clients send it
  parent,  // nothing; the folder above is meant
  text,    // something
  optional_text,
  path,           // a path
  optional_path,  // without one, the current folder
  listing,        // options as `ls` has them, then perhaps a path whose last part may be a pattern
  word_path,      // a word, one space, a path
  time_path,      // a time and a path, in either order that SITE UTIME is sent in
  path_range,     // a path, perhaps between quotes, then perhaps two numbers: the range of its bytes
  paths           // at least two, one space between them; one with a space in it stands between quotes
};

// An argument read by its grammar.
struct argument {
  std::string text;                      // as it came
  std::string word;                      // word_path, time_path
  proto::tvfs_path path;                 // what it names, or the current folder
  std::string as_given;                  // the path in the client's words; empty when there was none
  std::string options;                   // listing: the letters
  std::string pattern;                   // listing: the last part, when it is a pattern; `path` is then its folder
  std::optional<octet_range> range;      // path_range
  std::vector<proto::tvfs_path> others;  // paths: those after the first

  bool names_a_path() const { return !as_given.empty() || !options.empty(); }
};

enum class during : std::uint8_t {
  waits,     // while data moves it waits its turn
  answered,  // it is answered at once, unless it names a path
  stops      // it stops the transfer, and is answered after it
};

using handler = net::task<proto::reply> (*)(session&, argument);

struct row {
  std::string_view verb;  // "RETR"; of SITE with its own verb: "SITE CHMOD"
  grammar takes;
  std::string_view syntax;   // of the argument, for people
  std::string_view source;   // where it is written down
  std::string_view replies;  // the legal final and preliminary codes, apart from 421, 500, 501 and 530 that all may get
  bool before_login;         // allowed without a login, as long as no path is named
  accounts::rights needs;    // on the path of the argument
  bool moves_data;           // uses a data connection
  during transfer;
  std::string_view feature;  // its line in FEAT
  handler run;
  std::string_view help;
  bool secret = false;   // what follows the verb may be a password: no log shows it
  bool lengthy = false;  // it may take long without moving data: the control connection is heard meanwhile

  accounts::rights others_need = {};  // on the other paths
  bool whole_tree = false;            // the path stands for all that lies below it, too

  bool uploads() const { return moves_data && (needs == accounts::right::write || needs == accounts::right::append); }
};

std::span<const row> command_table();

// The row of a verb, or of "SITE VERB"; null when there is none.
const row* find_row(std::string_view verb);

// What a line asks for.
struct request {
  std::string verb;  // in capitals; "SITE CHMOD"
  std::string argument;
  const row* command = nullptr;  // null: unknown
};

// Nothing when the line is no command at all.
std::optional<request> recognise(std::string_view line);

// Whether `code` may answer the command, by its row and the replies that any command may get.
bool legal(const row& command, int code);

// Reads `text` by the row's grammar, paths as seen from `cwd`. Errors are replies: 501.
std::expected<argument, proto::reply> read_argument(const row& command, std::string text, const proto::tvfs_path& cwd);

}  // namespace ferry::server
