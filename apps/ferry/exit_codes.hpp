// The exit codes of ferry: what an error's id means to a script. Documented in the man page from here.
#pragma once

#include <span>
#include <string_view>

namespace ferry::cli {

namespace exit_code {
inline constexpr int success = 0;
inline constexpr int other = 1;
inline constexpr int usage = 2;
inline constexpr int not_found = 3;
inline constexpr int denied = 4;
inline constexpr int login = 5;
inline constexpr int connect = 6;
inline constexpr int data_channel = 7;
inline constexpr int tls = 8;
inline constexpr int timeout = 9;
inline constexpr int verify = 10;
inline constexpr int some_failed = 11;
inline constexpr int local = 12;
inline constexpr int remote_full = 13;
inline constexpr int guard = 14;
inline constexpr int temporary = 15;
inline constexpr int impaired = 16;
inline constexpr int interrupted = 130;
inline constexpr int terminated = 143;
}  // namespace exit_code

struct exit_meaning {
  int code;
  std::string_view about;
};
std::span<const exit_meaning> exit_meanings();

// Of an error, by its id.
int exit_code_of(std::string_view id);

// What to do about an error that brings no advice of its own; may be empty.
std::string_view advice_on(std::string_view id);

}  // namespace ferry::cli
