// What the command line knows of itself, for the shells.
#include "shared/completion.hpp"

#include <fmt/format.h>

#include "ferryd/commands.hpp"
#include "shared/streams.hpp"

namespace ferry::ferryd {
namespace {

using shared::completed_command;
using shared::completed_option;

// A type "a|b|c" is all the words that a value may be.
std::vector<std::string> words_in(const std::string& type) {
  return type.find('|') == type.npos ? std::vector<std::string>() : CLI::detail::split(type, '|');
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<completed_option> options_of(const CLI::App& of) {
  std::vector<completed_option> out;
  for (const auto* each : of.get_options()) {
    if (each->get_positional()) continue;
    completed_option one{.about = each->get_description()};
    for (const auto& name : each->get_snames()) one.names.push_back("-" + name);
    for (const auto& name : each->get_lnames()) one.names.push_back("--" + name);
    if (each->get_type_size() > 0) one.value = each->get_type_name();
    one.words = words_in(one.value);
    out.push_back(std::move(one));
  }
  return out;
}

completed_command described(const CLI::App& command) {
  completed_command out{.name = command.get_name(),
                        .about = first_line(command.get_description()),
                        .options = options_of(command),
                        .operands = completed_command::kind::words};
  for (const auto* each : command.get_options()) {
    if (!each->get_positional()) continue;
    if (each->get_name(true) == "DIR") out.operands = completed_command::kind::folders;
    out.words = words_in(each->get_type_name());
  }
  return out;
}

}  // namespace

std::optional<std::string> completion(std::string_view shell, const CLI::App& app) {
  shared::completed_program out{.name = app.get_name(), .alone = options_of(app)};
  for (const auto* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    out.commands.push_back(described(*each));
  }
  return shared::completion(shell, out);
}

void add_completion(CLI::App& to, action& chosen) {
  auto shell = std::make_shared<std::string>();
  auto* command = to.add_subcommand("completion", R"(Print the completion script of a shell.

  source <(ferryd completion bash)               in ~/.bashrc
  ferryd completion zsh > ~/.zfunc/_ferryd       a folder of $fpath
  ferryd completion fish > ~/.config/fish/completions/ferryd.fish
)");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->type_name(fmt::format("{}", fmt::join(shared::shells, "|")))
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(shared::shells), std::end(shared::shells)))
                  .description(""));
  command->callback([shell, &to, &chosen] {
    chosen = [shell, &to] {
      shared::print(stdout, "{}", *completion(*shell, to));
      return success;
    };
  });
}

}  // namespace ferry::ferryd
