// ~/.netrc: logins by host, as ftp(1) reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ferry::cli {

struct netrc_login {
  std::string user;
  std::optional<std::string> password;
  std::optional<std::string> account;
};

// The first entry for `host` (and `user`, when one is wanted), or the default entry. Macros are skipped.
std::optional<netrc_login> find_login(std::string_view text, std::string_view host, std::string_view user = {});

}  // namespace ferry::cli
