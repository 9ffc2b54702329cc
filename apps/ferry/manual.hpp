// What the option table says, as people read it: help on the terminal, a man page, and scripts for the shells.
#pragma once

#include <optional>
#include <string>

#include "ferry/table.hpp"

namespace ferry::cli {

std::string help();                               // ferry --help
std::string help_of(const command_row& command);  // ferry help get
std::string man_page();                           // roff
// The script for bash, zsh or fish; nothing for another shell.
std::optional<std::string> completion(std::string_view shell);

// The words of one row as a user types them: "-o, --output FILE".
std::string spelled(const option_row& row);

}  // namespace ferry::cli
