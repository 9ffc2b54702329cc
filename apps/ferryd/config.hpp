// What ferryd is told to do, by a command line or by a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/static_directory.hpp"
#include "ferryd/values.hpp"
#include "server/settings.hpp"

namespace ferry::limit {

inline constexpr std::size_t config_file = 4 << 20;  // bytes

}  // namespace ferry::limit

namespace ferry::ferryd {

struct log_settings {
  log_format format = log_format::text;
  std::string xferlog;  // a file; empty: none
};

// The users of a host that HOST chooses.
struct host_settings {
  std::string name;
  std::vector<std::string> aliases;
  std::string banner;
  std::vector<net::tls_identity> certificates;
  std::vector<accounts::user> users;
  std::optional<accounts::account> anonymous;
};

struct config {
  server::settings server;
  std::vector<accounts::user> users;
  std::optional<accounts::account> anonymous;
  std::vector<host_settings> hosts;
  log_settings log;
  std::string run_as;  // the user to become once the ports are bound; empty: nobody else
};

// Every address of this machine, in each of the protocols that it has.
std::vector<net::endpoint> everywhere(std::uint16_t port);

struct mistake {
  unsigned line = 1, column = 1;
  std::string text;  // "what is wrong; expected ..."
};

struct reading {
  config what;                    // of use only when there are no mistakes
  std::vector<mistake> mistakes;  // every one, in the order of the file
  std::vector<mistake> warnings;  // what will work, but not as it should
};

// The text of a configuration file. Looks at the folders and users of this machine that it names, and changes nothing.
reading read_config(std::string_view text);

// The same for a file. Errors: config.open, config.writable (by anyone), config.size
result<reading> load_config(const std::string& file);

// "FILE:LINE:COLUMN: KINDTEXT"; a kind: "warning: "
std::string describe(const std::string& file, const mistake& wrong, std::string_view kind = "");

// Every key that a file may hold: documentation and completions follow from it.
struct key_description {
  std::string table;  // "", "limits", "users", "users.rules"
  std::string name;
  std::string expected;
  bool required = false;
};
std::vector<key_description> config_keys();

}  // namespace ferry::ferryd
