#include <fmt/format.h>

#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/manual.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  const auto& shell = c.given.operands[0];
  if (shell == "bash") {
    c.out.data(bash_completion());
  } else if (shell == "zsh") {
    c.out.data(zsh_completion());
  } else if (shell == "fish") {
    c.out.data(fish_completion());
  } else {
    c.out.complain(shell, {"usage.shell", "there is no completion for this shell", "bash, zsh or fish"});
  }
}

constexpr example examples[] = {
    {"source <(ferry completion bash)", "in ~/.bashrc"},
    {"ferry completion zsh > ~/.zfunc/_ferry", "a folder of $fpath"},
    {"ferry completion fish > ~/.config/fish/completions/ferry.fish", ""},
};

}  // namespace

constinit const command_row completion_command{
    "completion", "bash|zsh|fish", 1, 1, "Print the completion script of a shell", "", examples, {}, run};

}  // namespace ferry::cli
