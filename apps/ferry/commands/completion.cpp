#include <fmt/format.h>

#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/manual.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  const auto& shell = c.given.operands[0];
  if (auto script = completion(shell)) {
    c.out.data(*script);
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
