#include <fmt/format.h>

#include <algorithm>

#include "ferry/manual.hpp"

namespace ferry::cli {
namespace {

constexpr std::size_t width = 100;  // of a line of help
constexpr std::size_t column = 32;  // where the explanations stand
constexpr std::size_t examples_column = 6;

// `text` in lines of at most `width`, each after the first set in by `indent`.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t used = indent;
  for (auto word : split(text, ' ')) {
    if (used > indent && used + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
  }
  return out;
}

void append_pair(std::string& out, std::string_view left, std::string_view right, std::size_t at) {
  bool fits = left.size() + 3 <= at;
  fmt::format_to(std::back_inserter(out), "  {}", left);
  out += fits ? std::string(at - left.size() - 2, ' ') : '\n' + std::string(at, ' ');
  out += wrapped(right, at) + '\n';
}

void append_examples(std::string& out, std::span<const example> examples) {
  std::size_t longest = 0;
  for (const auto& each : examples) longest = std::max(longest, each.line.size());
  // Behind a long one there is no room.
  for (const auto& each : examples) {
    append_pair(out, each.line, each.about, longest <= width / 2 + 8 ? longest + 5 : examples_column);
  }
}

void append_rows(std::string& out, std::string_view title, std::span<const option_row> rows) {
  if (rows.empty()) return;
  fmt::format_to(std::back_inserter(out), "\n{}:\n", title);
  for (const auto& row : rows) append_pair(out, spelled(row), row.about, column);
}

}  // namespace

std::string spelled(const option_row& row) {
  auto out = fmt::format("{}", fmt::join(split(row.names, ','), ", "));
  return row.value.empty() ? out : fmt::format("{} {}", out, row.value);
}

std::string help() {
  std::string out = "An FTP client.\n\n";
  append_examples(out, common_examples());
  out += "\nCommands:\n";
  for (const auto* each : commands()) append_pair(out, each->name, each->summary, 14);
  for (const auto& group : common_options()) append_rows(out, group.title, group.rows);
  return out + "\nferry help COMMAND says more of each; ferry help --man prints the man page.\n";
}

std::string help_of(const command_row& command) {
  auto out = fmt::format("{}.\n\n", command.summary);
  append_examples(out, command.examples);
  fmt::format_to(std::back_inserter(out), "\nUsage: ferry {}{}{} [OPTION...]\n", command.name,
                 command.operands.empty() ? "" : " ", command.operands);
  for (auto paragraph : split(command.about, '\n')) {
    if (!paragraph.empty()) out += '\n' + wrapped(paragraph, 0) + '\n';
  }
  append_rows(out, "Options", command.rows);
  for (const auto& group : common_options()) append_rows(out, group.title, group.rows);
  return out;
}

}  // namespace ferry::cli
