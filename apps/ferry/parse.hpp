// The command line, read by the option table.
#pragma once

#include "base/result.hpp"
#include "ferry/table.hpp"

namespace ferry::cli {

struct command_line {
  const command_row* command = nullptr;  // none: ferry alone, --help, --version
  options given;
};

// An option stands before or after the command. A common option that is not given is looked for in the environment:
// --timeout in FERRY_TIMEOUT. Errors: usage.command, usage.option, usage.value, usage.operands
result<command_line> parse(std::span<const char* const> words);

// "FERRY_TIMEOUT", for a row of common_options(); empty for those that make no sense there.
std::string variable_of(const option_row& row);

}  // namespace ferry::cli
