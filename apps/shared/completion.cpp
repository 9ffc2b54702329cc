#include "shared/completion.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>

namespace ferry::shared {
namespace {

using kind = completed_command::kind;

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

std::vector<std::string> names_of(const std::vector<completed_option>& options) {
  std::vector<std::string> out;
  for (const auto& each : options) out.insert(out.end(), each.names.begin(), each.names.end());
  return out;
}

std::vector<std::string> names_of(const std::vector<completed_command>& commands) {
  std::vector<std::string> out;
  for (const auto& each : commands) out.push_back(each.name);
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

template <class Each>
void for_each_option(const completed_program& of, Each each) {
  for (const auto& option : of.everywhere) each(option);
  for (const auto& option : of.alone) each(option);
  for (const auto& command : of.commands) {
    for (const auto& option : command.options) each(option);
  }
}

// --- bash ------------------------------------------------------------------------------------------------------------

// What stands behind this option; nothing when anything may.
std::string bash_value(const completed_option& option) {
  if (!option.words.empty()) return fmt::format("compgen -W {} -- \"$word\"", quoted(joined(option.words)));
  if (option.value == "FILE") return "compgen -f -- \"$word\"";
  if (option.value == "DIR") return "compgen -d -- \"$word\"";
  return ":";
}

std::string bash_operands(const completed_command& command) {
  switch (command.operands) {
    case kind::files: return {};
    case kind::folders: return " kind=-d";
    case kind::words: break;
  }
  auto words = quoted(joined(command.words));
  if (!command.words_from.empty()) words += fmt::format("' '$({})", command.words_from);
  return fmt::format(" kind=-W words={}", words);
}

std::string bash(const completed_program& of) {
  std::string out;
  auto add = std::back_inserter(out);
  const auto commands = names_of(of.commands);
  fmt::format_to(add, "# bash completion of {0}; to be read by ~/.bashrc: source <({0} completion bash)\n", of.name);
  fmt::format_to(add, "_{}() {{\n", of.name);
  out += R"(  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= kind=-f words= i
  if [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
  if [ "$word" = = ]; then word=; fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
)";
  fmt::format_to(add, "      {}) command=${{COMP_WORDS[i]}}; break ;;\n", joined(commands, "|"));
  out += "    esac\n  done\n  compopt -o filenames 2>/dev/null\n  case $before in\n";
  for_each_option(of, [&](const completed_option& option) {
    if (option.value.empty()) return;
    fmt::format_to(add, "    {}) mapfile -t COMPREPLY < <({}); return ;;\n", joined(option.names, "|"),
                   bash_value(option));
  });
  fmt::format_to(add, "  esac\n  local options={}\n  case $command in\n", quoted(joined(names_of(of.everywhere))));
  fmt::format_to(add, "    '') options+={} kind=-W words={} ;;\n", quoted(" " + joined(names_of(of.alone))),
                 quoted(joined(commands)));
  for (const auto& each : of.commands) {
    fmt::format_to(add, "    {}) options+={}{} ;;\n", each.name, quoted(" " + joined(names_of(each.options))),
                   bash_operands(each));
  }
  out += R"(  esac
  case $word in
    -*) kind=-W words=$options ;;
  esac
  if [ "$kind" = -W ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen "$kind" -- "$word")
  fi
}
)";
  fmt::format_to(add, "complete -F _{0} {0}\n", of.name);
  return out;
}

// --- zsh -------------------------------------------------------------------------------------------------------------

// In an argument specification these end a part.
std::string zsh_words(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_value(const completed_option& option) {
  if (!option.words.empty()) return fmt::format(":{}:({})", zsh_words(option.value), joined(option.words));
  if (option.value == "FILE") return ":FILE:_files";
  if (option.value == "DIR") return ":DIR:_files -/";
  return option.value.empty() ? "" : fmt::format(":{}: ", zsh_words(option.value));
}

void append_zsh(std::string& out, std::string_view name, const std::vector<completed_option>& options) {
  fmt::format_to(std::back_inserter(out), "  {}=(\n", name);
  for (const auto& option : options) {
    for (const auto& each : option.names) {
      auto spec = fmt::format("*{}[{}]{}", each, zsh_words(option.about), zsh_value(option));
      fmt::format_to(std::back_inserter(out), "    {}\n", quoted(spec));
    }
  }
  out += "  )\n";
}

std::string zsh_operands(const completed_command& command) {
  switch (command.operands) {
    case kind::files: return "'*: :_files'";
    case kind::folders: return "'*: :_files -/'";
    case kind::words: break;
  }
  if (command.words.empty() && command.words_from.empty()) return "'*: : '";
  auto more = command.words_from.empty() ? "" : fmt::format(" $({})", command.words_from);
  return fmt::format("\"*: :({}{})\"", joined(command.words), more);
}

std::string zsh(const completed_program& of) {
  std::string out;
  auto add = std::back_inserter(out);
  fmt::format_to(add, "#compdef {0}\n# zsh completion of {0}; save it as _{0} in a folder of $fpath\n", of.name);
  fmt::format_to(add, "_{}() {{\n  local -a everywhere alone commands names own\n  local command i\n", of.name);
  append_zsh(out, "everywhere", of.everywhere);
  append_zsh(out, "alone", of.alone);
  out += "  commands=(\n";
  for (const auto& each : of.commands) {
    fmt::format_to(add, "    {}\n", quoted(fmt::format("{}:{}", each.name, zsh_words(each.about))));
  }
  fmt::format_to(add, "  )\n  names=({})\n", joined(names_of(of.commands)));
  out += R"(  for ((i = 2; i < CURRENT; ++i)); do
    if (( ${names[(Ie)$words[i]]} )); then command=$words[i]; break; fi
  done
  case $command in
  '')
  _arguments $everywhere $alone '1: :{_describe command commands}' ;;
)";
  for (const auto& each : of.commands) {
    fmt::format_to(add, "  {})\n", each.name);
    append_zsh(out, "own", each.options);
    fmt::format_to(add, "  _arguments $everywhere $own '1: : ' {} ;;\n", zsh_operands(each));
  }
  fmt::format_to(add, "  esac\n}}\n_{} \"$@\"\n", of.name);
  return out;
}

// --- fish ------------------------------------------------------------------------------------------------------------

void append_fish(std::string& out, std::string_view start, const std::vector<completed_option>& options) {
  auto add = std::back_inserter(out);
  for (const auto& option : options) {
    out += start;
    for (const auto& name : option.names) {
      bool is_long = name.starts_with("--");
      fmt::format_to(add, " -{} {}", is_long ? 'l' : 's', name.substr(is_long ? 2 : 1));
    }
    if (!option.words.empty()) {
      fmt::format_to(add, " -x -a {}", quoted(joined(option.words)));
    } else if (option.value == "DIR") {
      out += " -x -a '(__fish_complete_directories)'";
    } else if (!option.value.empty()) {
      out += option.value == "FILE" ? " -r -F" : " -x";
    }
    fmt::format_to(add, " -d {}\n", quoted(option.about));
  }
}

std::string fish_operands(const completed_command& command) {
  switch (command.operands) {
    case kind::files: return {};
    case kind::folders: return " -x -a '(__fish_complete_directories)'";
    case kind::words: break;
  }
  auto words = joined(command.words);
  if (!command.words_from.empty()) words += fmt::format(" ({})", command.words_from);
  return fmt::format(" -f -a {}", quoted(words));
}

std::string fish(const completed_program& of) {
  std::string out;
  auto add = std::back_inserter(out);
  fmt::format_to(add, "# fish completion of {0}; save it as ~/.config/fish/completions/{0}.fish\n", of.name);
  const auto all = fmt::format("complete -c {}", of.name);
  const auto before = all + " -n __fish_use_subcommand";
  append_fish(out, all, of.everywhere);
  append_fish(out, before, of.alone);
  for (const auto& each : of.commands) {
    fmt::format_to(add, "{} -f -a {} -d {}\n", before, each.name, quoted(each.about));
  }
  for (const auto& each : of.commands) {
    const auto behind = fmt::format("{} -n '__fish_seen_subcommand_from {}'", all, each.name);
    append_fish(out, behind, each.options);
    if (auto operands = fish_operands(each); !operands.empty()) out += behind + operands + '\n';
  }
  return out;
}

}  // namespace

std::optional<std::string> completion(std::string_view shell, const completed_program& of) {
  if (shell == "bash") return bash(of);
  if (shell == "zsh") return zsh(of);
  if (shell == "fish") return fish(of);
  return std::nullopt;
}

}  // namespace ferry::shared
