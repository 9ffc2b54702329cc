#include "shared/completion.hpp"
#include "ferry/manual.hpp"

namespace ferry::cli {
namespace {

using shared::completed_command;
using shared::completed_option;

std::vector<std::string> texts(const std::vector<std::string_view>& words) { return {words.begin(), words.end()}; }

void append(std::vector<completed_option>& to, std::span<const option_row> rows) {
  for (const auto& row : rows) {
    to.push_back({.names = texts(split(row.names, ',')),
                  .value = std::string(row.value),
                  .words = texts(choices(row)),
                  .about = std::string(row.about)});
  }
}

completed_command described(const command_row& row) {
  completed_command out{.name = std::string(row.name), .about = std::string(row.summary)};
  append(out.options, row.rows);
  if (row.name == "help" || row.name == "completion" || row.name == "open")
    out.operands = completed_command::kind::words;
  if (row.name == "completion") out.words.assign(std::begin(shared::shells), std::end(shared::shells));
  if (row.name == "open") out.words_from = "ferry bookmark list 2>/dev/null | cut -f1";
  if (row.name == "help") {
    for (const auto* each : commands()) out.words.emplace_back(each->name);
  }
  return out;
}

}  // namespace

std::optional<std::string> completion(std::string_view shell) {
  shared::completed_program out{.name = "ferry"};
  for (const auto& group : common_options()) append(out.everywhere, group.rows);
  for (const auto* each : commands()) out.commands.push_back(described(*each));
  return shared::completion(shell, out);
}

}  // namespace ferry::cli
