#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/manual.hpp"
#include "ferry/parse.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  if (c.given.man) {
    c.out.data(man_page());
  } else if (c.given.operands.empty()) {
    c.out.data(help());
  } else if (const auto* named = command_named(c.given.operands[0])) {
    c.out.data(help_of(*named));
  } else {
    c.out.complain("", unknown_command(c.given.operands[0]));
  }
}

constexpr example examples[] = {
    {"ferry help get", "all about one command"},
    {"ferry help --man | man -l -", "the man page"},
};
constexpr option_row rows[] = {{"--man", "", "the man page, as roff", flag{&options::man}}};

}  // namespace

constinit const command_row help_command{"help", "[COMMAND]", 0,    1,  "Say how a command is used",
                                         "",     examples,    rows, run};

}  // namespace ferry::cli
