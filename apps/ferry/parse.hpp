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
// --timeout in FERRY_TIMEOUT; else it is as in `before`. Errors: usage.command, usage.option, usage.value
result<command_line> parse_words(std::span<const char* const> words, options before = {});

// What parse_words() reads as this, the program's name left out.
std::vector<std::string> words_for(const command_row& command, const options& given);
// Of it, the common options alone.
std::vector<std::string> words_for(const options& given);

// Whether the command has as many operands as it needs. Errors: usage.operands
result<void> check_operands(const command_line& line);

error unknown_command(std::string_view typed);

// "FERRY_TIMEOUT", for a row of common_options(); empty for those that make no sense there.
std::string variable_of(const option_row& row);

}  // namespace ferry::cli
