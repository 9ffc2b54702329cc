// Who logs in: of the URL, the options, ~/.netrc, the environment or a question on the terminal; else anonymous.
#pragma once

#include "client/url.hpp"
#include "ferry/console.hpp"
#include "ferry/options.hpp"

namespace ferry::cli {

inline constexpr const char* password_variable = "FERRY_PASSWORD";

struct login {
  client::site to;
  bool nameless = false;  // the password is that of --password-file or FERRY_PASSWORD, which name no server
};

// With a certificate nobody is asked: the password is empty until the server wants one (login.password).
// Errors: password.*, netrc.permissions, netrc.file
result<login> log_in_as(const client::url& where, const options& given, console& out);

// On the terminal. Errors: password.*
result<void> ask_password(client::site& of);

}  // namespace ferry::cli
