// The manual page: what the command line knows of itself, and what it does not.
#include <algorithm>

#include "ferryd/commands.hpp"
#include "shared/roff.hpp"

namespace ferry::ferryd {
namespace {

// A description is a sentence, then examples: lines that are set in, what each does two spaces or more behind it.
void add_description(shared::manual_page& to, std::string_view text) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with("  ")) {
      if (!line.empty()) to.text(line);
      continue;
    }
    line.remove_prefix(2);
    const auto gap = line.find("  ");
    to.code(line.substr(0, gap));
    const auto about = gap == line.npos ? line.npos : line.find_first_not_of(' ', gap);
    if (about != line.npos) to.text(line.substr(about));
  }
}

void add_options(shared::manual_page& to, const CLI::App& command) {
  for (const auto* option : command.get_options()) {
    auto head = option->get_name(false, true);
    std::ranges::replace(head, ',', ' ');
    if (option->get_type_size() > 0 && !option->get_positional()) head += " " + option->get_type_name();
    to.item(head, option->get_description());
  }
}

constexpr std::pair<std::string_view, std::string_view> signals[] = {
    {"SIGTERM, SIGINT",
     "Stop: the ports are given up, and transfers may finish within limits.stop seconds (30). What has not ended 5 "
     "seconds after that, because a disk does not answer, is ended by force, and so is everything when a second signal "
     "comes."},
    {"SIGHUP",
     "Opens the file of --xferlog anew, for logrotate(8), and reads certificates again. Sessions and transfers go on. "
     "When the terminal that ferryd logs to has been closed, SIGHUP stops it."},
};

constexpr std::pair<std::string_view, std::string_view> variables[] = {
    {"FERRYD_PASSWORD", "the password for serve --user"},
    {"LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES",
     "of a service manager, sd_listen_fds(3): the sockets that ferryd serves in place of those that it would open"},
    {"XDG_STATE_HOME", "below it ferryd keeps the certificate that it made; ~/.local/state without it"},
};

}  // namespace

std::string man_page(const CLI::App& app) {
  shared::manual_page to("FERRYD", "ferryd " FERRY_VERSION);
  to.section("NAME");
  to.text("ferryd - an FTP server");
  to.section("SYNOPSIS");
  to.add(".B ferryd\n.I COMMAND\n.RI [ OPTION ]...\n.PP\n.B ferryd \\-\\-config\n.I FILE\n");
  to.section("DESCRIPTION");
  add_description(to, app.get_description());
  to.paragraph(
      "ferryd stays in the foreground, says on its standard output what it serves, and logs to its standard error. A "
      "password never stands on the command line, which other users can read.");
  to.section("COMMANDS");
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    to.subsection("ferryd " + command->get_name());
    add_description(to, command->get_description());
    add_options(to, *command);
  }
  to.section("OPTIONS");
  add_options(to, app);
  to.section("SIGNALS");
  for (const auto& [name, about] : signals) to.item(name, about);
  to.section("ENVIRONMENT");
  for (const auto& [name, about] : variables) to.item(name, about);
  to.section("EXIT STATUS");
  to.text(
      "0 on success, and when ferryd stopped in order; 1 when something could not be done, a configuration file has "
      "mistakes, doctor found trouble, or ferryd was ended by force; 2 when the command line is wrong.");
  to.section("STANDARDS");
  to.text("RFC 959, RFC 1123 section 4.1, and those in docs/protocol.md.");
  return to.out;
}

}  // namespace ferry::ferryd
