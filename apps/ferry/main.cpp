#include <cstdio>
#include <cstdlib>

#include "ferry/context.hpp"
#include "ferry/ladder.hpp"
#include "ferry/manual.hpp"
#include "ferry/parse.hpp"
#include "shared/streams.hpp"

namespace {

using namespace ferry::cli;

int say(const std::string& text) {
  ferry::shared::write(stdout, text);
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
  for (const auto& file : {everything->given.trace, everything->given.page}) {
    auto possible = file.empty() ? ferry::result<void>() : may_be_written(file);
    if (possible) continue;
    everything->out.complain(file, possible.error());
    return everything->out.exit_code();
  }
  line->command->run(*everything);
  return everything->finish();
}

}  // namespace

int main(int count, char** words) {
  ferry::shared::hold_standard_streams();
  int code = run({words, static_cast<std::size_t>(count)});
  if (!ferry::shared::written("ferry") && code == exit_code::success) code = exit_code::local;
  std::fflush(nullptr);
  std::_Exit(code);
}
