#include "ferry/shell.hpp"

#include "ferry/commands.hpp"

namespace ferry::cli {
namespace {

void run(context& c) { shell(c).run(c.given.operands[0]); }

void run_bookmark(context& c) {
  const auto& name = c.given.operands[0];
  shell(c).run(name.starts_with('@') ? name : '@' + name);
}

constexpr example shell_examples[] = {
    {"ferry shell ftp://alice@example.org/", "look around"},
    {"ferry shell ftp://example.org/ < script.txt", "commands of a file; the first that fails ends it"},
};
constexpr example open_examples[] = {{"ferry open work", "the shell, where the bookmark \"work\" leads"}};

}  // namespace

constinit const command_row shell_command{
    "shell",
    "URL",
    1,
    1,
    "Work on a server interactively",
    "Every command of ferry, on paths seen from a current folder; besides cd, pwd, lcd, lpwd, lls, open, !COMMAND. Tab "
    "completes commands and the paths of both ends. COMMAND & runs it behind, over connections of its own; jobs tells "
    "how far it is. The history is kept in $XDG_STATE_HOME/ferry.",
    shell_examples,
    {},
    run};

constinit const command_row open_command{
    "open",        "BOOKMARK", 1,           1, "Open the shell at a bookmark", "ferry bookmark add makes one.",
    open_examples, {},         run_bookmark};

}  // namespace ferry::cli
