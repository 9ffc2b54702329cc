// The commands of ferryd. Each adds its options to the command line, and what it does once that is read to `chosen`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "ferryd/config.hpp"
#include "ferryd/exit_codes.hpp"

namespace ferry::ferryd {

inline constexpr const char* password_variable = "FERRYD_PASSWORD";

using action = std::function<int()>;

void add_serve(CLI::App& to, action& chosen);       // ferryd serve DIR
void add_config(CLI::App& to, action& chosen);      // ferryd --config FILE
void add_check(CLI::App& to, action& chosen);       // ferryd check --config FILE
void add_doctor(CLI::App& to, action& chosen);      // ferryd doctor --config FILE
void add_passwd(CLI::App& to, action& chosen);      // ferryd passwd
void add_completion(CLI::App& to, action& chosen);  // ferryd completion SHELL
void add_cert(CLI::App& to, action& chosen);        // ferryd cert NAME

// The manual page, in roff.
std::string man_page(const CLI::App& app);

// The script for bash, zsh or fish; nothing for another shell.
std::optional<std::string> completion(std::string_view shell, const CLI::App& app);

// Says on stderr what went wrong and what to do. Returns `failed`.
int complain(const error& what);

// What a configuration file says, when it has no mistakes; else each of them is said on stderr.
std::optional<config> accepted(const std::string& file);

// An option whose text parse() must accept.
template <class Parse>
CLI::Validator accepted_by(Parse parse) {
  return CLI::Validator(
      [parse](std::string& text) {
        auto got = parse(text);
        return got ? std::string() : got.error().cause + "; " + got.error().advice;
      },
      "");
}

inline CLI::Validator in_range(std::int64_t least, std::int64_t most) {
  return CLI::Range(least, most).description("");
}

}  // namespace ferry::ferryd
