#include <fmt/format.h>

#include <iterator>

#include "ferry/manual.hpp"

namespace ferry::cli {
namespace {

std::vector<std::string_view> names_of(std::span<const option_row> rows) {
  std::vector<std::string_view> out;
  for (const auto& row : rows) {
    for (auto name : split(row.names, ',')) out.push_back(name);
  }
  return out;
}

std::vector<std::string_view> common_names() {
  std::vector<std::string_view> out;
  for (const auto& group : common_options()) {
    for (auto name : names_of(group.rows)) out.push_back(name);
  }
  return out;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> out;
  for (const auto* each : commands()) out.push_back(each->name);
  return out;
}

template <class Each>
void for_each_row(Each each) {
  for (const auto& group : common_options()) {
    for (const auto& row : group.rows) each(nullptr, row);
  }
  for (const auto* command : commands()) {
    for (const auto& row : command->rows) each(command, row);
  }
}

// Between single quotes of a shell.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// In a zsh argument specification these end a part.
std::string zsh_words(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const option_row& row) {
  auto words = choices(row);
  if (!words.empty()) return fmt::format(":{}:({})", zsh_words(row.value), fmt::join(words, " "));
  if (row.value == "FILE") return ":FILE:_files";
  if (row.value == "DIR") return ":DIR:_files -/";
  return row.value.empty() ? "" : fmt::format(":{}:", row.value);
}

void append_zsh_rows(std::string& out, std::span<const option_row> rows) {
  for (const auto& row : rows) {
    for (auto name : split(row.names, ',')) {
      auto spec = fmt::format("*{}[{}]{}", name, zsh_words(row.about), zsh_action(row));
      fmt::format_to(std::back_inserter(out), "    {}\n", quoted(spec));
    }
  }
}

}  // namespace

std::string bash_completion() {
  std::string out = R"(# bash completion of ferry; to be read by ~/.bashrc: source <(ferry completion bash)
_ferry() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= words= i
  local commands='@'
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      -*) ;;
)";
  auto all = command_names();
  out.replace(out.find('@'), 1, fmt::format("{}", fmt::join(all, " ")));
  auto add = std::back_inserter(out);
  fmt::format_to(add, "      {}", fmt::join(all, "|"));
  out += ") command=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n  case $before in\n";
  for_each_row([&](const command_row*, const option_row& row) {
    auto words = choices(row);
    auto names = fmt::format("{}", fmt::join(split(row.names, ','), "|"));
    if (!words.empty()) {
      fmt::format_to(add, "    {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n", names,
                     fmt::join(words, " "));
    } else if (row.value == "FILE") {
      fmt::format_to(add, "    {}) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", names);
    } else if (row.value == "DIR") {
      fmt::format_to(add, "    {}) compopt -o filenames; COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n", names);
    }
  });
  fmt::format_to(add, "  esac\n  local options='{}'\n  case $command in\n", fmt::join(common_names(), " "));
  for (const auto* each : commands()) {
    if (!each->rows.empty())
      fmt::format_to(add, "    {}) options+=' {}' ;;\n", each->name, fmt::join(names_of(each->rows), " "));
  }
  out += R"(  esac
  case $command in
    '' | help) words=$commands ;;
    completion) words='bash zsh fish' ;;
    open) words=$(ferry bookmark list 2>/dev/null | cut -f1) ;;
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *)
      compopt -o filenames
      COMPREPLY=($(compgen -W "$words" -- "$word"))
      [ -n "$words" ] || COMPREPLY=($(compgen -f -- "$word"))
      ;;
  esac
}
complete -F _ferry ferry
)";
  return out;
}

std::string zsh_completion() {
  std::string out = R"(#compdef ferry
# zsh completion of ferry; save it as _ferry in a folder of $fpath
_ferry() {
  local -a common commands own
  common=(
)";
  for (const auto& group : common_options()) append_zsh_rows(out, group.rows);
  out += "  )\n  commands=(\n";
  for (const auto* each : commands()) {
    fmt::format_to(std::back_inserter(out), "    {}\n",
                   quoted(fmt::format("{}:{}", each->name, zsh_words(each->summary))));
  }
  out += R"(  )
  local command=${words[(r)[a-z]*]}
  if (( CURRENT == 2 )) || [[ -z $command || $command == $words[CURRENT] ]]; then
    _arguments $common '1: :{_describe command commands}'
    return
  fi
  case $words[2] in
)";
  for (const auto* each : commands()) {
    if (each->rows.empty()) continue;
    fmt::format_to(std::back_inserter(out), "  {})\n  own=(\n", each->name);
    append_zsh_rows(out, each->rows);
    out += "  ) ;;\n";
  }
  out += R"zsh(  esac
  case $words[2] in
  help) _arguments $common '2: :{_describe command commands}' ;;
  completion) _arguments $common '2: :(bash zsh fish)' ;;
  open) _arguments $common "2: :($(ferry bookmark list 2>/dev/null | cut -f1))";
  ;
  *) _arguments $common $own '*: :_files' ;
  ;
  esac
}
_ferry "$@"
)zsh";
  return out;
}

std::string fish_completion() {
  std::string out = "# fish completion of ferry; save it as ~/.config/fish/completions/ferry.fish\n";
  auto add = std::back_inserter(out);
  for (const auto* each : commands()) {
    fmt::format_to(add, "complete -c ferry -n __fish_use_subcommand -f -a {} -d {}\n", each->name,
                   quoted(each->summary));
  }
  for_each_row([&](const command_row* command, const option_row& row) {
    out += "complete -c ferry";
    if (command) fmt::format_to(add, " -n '__fish_seen_subcommand_from {}'", command->name);
    for (auto name : split(row.names, ',')) {
      bool is_long = name.starts_with("--");
      fmt::format_to(add, " -{} {}", is_long ? 'l' : 's', name.substr(is_long ? 2 : 1));
    }
    auto words = choices(row);
    if (!words.empty()) {
      fmt::format_to(add, " -x -a '{}'", fmt::join(words, " "));
    } else if (!row.value.empty()) {
      out += row.value == "FILE" || row.value == "DIR" ? " -r -F" : " -x";
    }
    fmt::format_to(add, " -d {}\n", quoted(row.about));
  });
  out += "complete -c ferry -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n";
  out += "complete -c ferry -n '__fish_seen_subcommand_from open' -f -a '(ferry bookmark list | cut -f1)'\n";
  return out;
}

}  // namespace ferry::cli
