#include <fmt/format.h>

#include "ferry/exit_codes.hpp"
#include "ferry/manual.hpp"
#include "ferry/parse.hpp"
#include "shared/roff.hpp"

namespace ferry::cli {
namespace {

void add_command(shared::manual_page& to, const command_row& command) {
  to.subsection(fmt::format("ferry {} {}", command.name, command.operands));
  to.text(fmt::format("{}.", command.summary));
  for (auto paragraph : split(command.about, '\n')) {
    if (!paragraph.empty()) to.paragraph(paragraph);
  }
  for (const auto& each : command.examples) {
    to.code(each.line);
    to.text(each.about);
  }
  for (const auto& row : command.rows) to.item(spelled(row), row.about);
}

constexpr std::pair<std::string_view, std::string_view> files[] = {
    {"~/.netrc", "logins by host; it must not be readable by others when it holds passwords"},
    {"$XDG_CONFIG_HOME/ferry/bookmarks.toml", "bookmarks; ~/.config/ferry without that variable"},
    {"$XDG_STATE_HOME/ferry/", "the shell's history, and what is known of hosts; ~/.local/state/ferry without it"},
};

constexpr std::pair<std::string_view, std::string_view> variables[] = {
    {"FERRY_PASSWORD", "the password, when neither the URL nor --password-file gives one"},
    {"NO_COLOR", "when set, no colour"},
};

}  // namespace

std::string man_page() {
  shared::manual_page to("FERRY", "ferry " FERRY_VERSION);
  to.section("NAME");
  to.text("ferry - an FTP client");
  to.section("SYNOPSIS");
  to.add(".B ferry\n.I COMMAND\n.RI [ OPTION ]...\n.RI [ OPERAND ]...\n");
  to.section("EXAMPLES");
  for (const auto& each : common_examples()) {
    to.code(each.line);
    to.text(each.about);
  }
  to.section("URLS");
  to.text(
      "ftp://USER@HOST:PORT/PATH;type=a. The path starts in the folder the server puts the user in; a path from the "
      "root begins with %2F. ftp:// may be left out where only a URL can stand. @NAME/PATH is a path below a "
      "bookmark.");
  to.section("COMMANDS");
  for (const auto* each : commands()) add_command(to, *each);
  to.section("OPTIONS OF EVERY COMMAND");
  for (const auto& group : common_options()) {
    to.subsection(group.title);
    for (const auto& row : group.rows) to.item(spelled(row), row.about);
  }
  to.section("EXIT STATUS");
  for (const auto& each : exit_meanings()) to.item(fmt::to_string(each.code), each.about);
  to.section("ENVIRONMENT");
  for (const auto& [name, about] : variables) to.item(name, about);
  to.item("FERRY_TIMEOUT, FERRY_VERIFY...",
          "a common option that is not given on the command line: its long name in capitals, _ for each -");
  to.section("FILES");
  for (const auto& [name, about] : files) to.item(name, about);
  return to.out;
}

}  // namespace ferry::cli
