// The option table: every command and option of ferry, as rows. The parser, the help, the man page and the completion
// scripts are all made of it.
#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "ferry/options.hpp"

namespace ferry::cli {

// A flag sets `member` to `to`.
struct flag {
  bool options::* member;
  bool to = true;
};

struct number {
  std::uint64_t options::* member;
  std::uint64_t least;
  std::uint64_t most;
};

using text_value = std::string options::*;
using text_list = std::vector<std::string> options::*;  // may be given more than once

struct option_row {
  std::string_view names;  // "-o,--output": the long name stands last
  std::string_view value;  // "FILE"; words with '|' between them are all it may be; empty for a flag
  std::string_view about;
  std::variant<flag, number, text_value, text_list> into;
  std::string_view displaces{};  // the long name of a common option that means the contrary: of both the last counts
};

struct option_group {
  std::string_view title;
  std::span<const option_row> rows;
};

struct example {
  std::string_view line;
  std::string_view about;
};

class context;

struct command_row {
  std::string_view name;
  std::string_view operands;  // "URL..."
  std::size_t least = 0;      // operands
  std::size_t most = 0;
  std::string_view summary;
  std::string_view about;  // paragraphs, an empty line between them
  std::span<const example> examples;
  std::span<const option_row> rows;
  void (*run)(context&);
};

inline constexpr std::size_t any_number = 10'000;  // of operands

std::span<const command_row* const> commands();
std::span<const option_group> common_options();
std::span<const example> common_examples();

const command_row* command_named(std::string_view name);

// "--output" of "-o,--output"
std::string_view long_name(const option_row& row);
// What a value may be, when it is one of a few words; else nothing.
std::vector<std::string_view> choices(const option_row& row);
// The words between `separator`s.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace ferry::cli
