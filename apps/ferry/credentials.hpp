// Who logs in: of the URL, the options, ~/.netrc, the environment or a question on the terminal; else anonymous.
#pragma once

#include "client/url.hpp"
#include "ferry/console.hpp"
#include "ferry/options.hpp"

namespace ferry::cli {

inline constexpr const char* password_variable = "FERRY_PASSWORD";

// Errors: password.*, netrc.permissions, netrc.file
result<client::site> log_in_as(const client::url& where, const options& given, console& out);

}  // namespace ferry::cli
