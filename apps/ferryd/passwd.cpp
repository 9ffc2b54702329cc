#include <fmt/format.h>

#include "accounts/password_hash.hpp"
#include "accounts/static_directory.hpp"
#include "ferryd/commands.hpp"
#include "shared/secrets.hpp"
#include "shared/streams.hpp"

namespace ferry::ferryd {
namespace {

// As TOML writes a text.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

int passwd(const std::string& user) {
  if (!user.empty() && !accounts::possible_name(user)) {
    return complain(
        {"passwd.user", "that cannot be the name of a user", "use 1 to 255 bytes without control characters"});
  }
  auto password = shared::ask_password(user.empty() ? "the user" : user, password_variable, true);
  if (!password) return complain(password.error());
  auto hash = accounts::make_hash(*password);
  if (!hash) return complain(hash.error());
  if (user.empty()) {
    shared::print(stdout, "{}\n", *hash);
  } else {
    shared::print(stdout, "[[users]]\nname = {}\nhash = {}\nroot = \"/path/to/folder\"\nrights = \"all\"\n",
                  toml_text(user), toml_text(*hash));
  }
  return success;
}

}  // namespace

void add_passwd(CLI::App& to, action& chosen) {
  auto user = std::make_shared<std::string>();
  auto* command = to.add_subcommand("passwd", R"(Make the hash of a password, for a configuration file.

  ferryd passwd                                  asks twice, prints the hash
  ferryd passwd --user alice >> ferryd.toml      prints a [[users]] table
  ferryd passwd < password.txt                   takes the first line
)");
  command->add_option("--user", *user, "print the lines of the configuration file for this user")->type_name("NAME");
  command->callback([user, &chosen] { chosen = [user] { return passwd(*user); }; });
}

}  // namespace ferry::ferryd
