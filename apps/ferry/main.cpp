#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "ferry/context.hpp"
#include "ferry/manual.hpp"
#include "ferry/parse.hpp"

namespace {

using namespace ferry::cli;

int say(const std::string& text) {
  fmt::print("{}", text);
  return exit_code::success;
}

int run(std::span<const char* const> words) {
  auto line = parse_words(words);
  auto whole = line ? check_operands(*line) : std::unexpected(line.error());
  if (!whole) {
    console({}).complain("", whole.error());
    return exit_code_of(whole.error().id);
  }
  if (line->given.version) return say("ferry " FERRY_VERSION "\n");
  if (!line->command) return say(help());
  if (line->given.help) return say(help_of(*line->command));
  auto* everything = new context(*line->command, std::move(line->given));
  // Never freed: a worker thread may wait for a name service longer than a user wants to.
  line->command->run(*everything);
  return everything->finish();
}

}  // namespace

int main(int count, char** words) {
  int code = run({words, static_cast<std::size_t>(count)});
  std::fflush(nullptr);
  std::_Exit(code);
}
