// Where passwords come from: never a command line, which every user of the machine can read.
#pragma once

#include <string>

#include "base/result.hpp"

namespace ferry::shared {

// The first line of a file. `warning` is set when other users may read it. Errors: password.file
result<std::string> password_from_file(const std::string& file, std::string& warning);

// Of the environment, and out of it: no child and no later look at the environment finds it. Empty when it is not
// there.
std::string password_from_environment(const char* variable);

// Asked for twice on the terminal, without echo; else (`stdin_too`) the first line of a standard input that is no
// terminal. `variable` of the environment is what advice names. Errors: password.terminal, password.differ,
// password.interrupted
result<std::string> ask_password(const std::string& whose, const char* variable, bool stdin_too);

// Asked for once on the terminal, without echo: a password that is known already. Errors: password.terminal,
// password.interrupted
result<std::string> ask_known_password(const std::string& whose, const char* variable);

}  // namespace ferry::shared
