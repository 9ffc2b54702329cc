#include "ferryd/command_line.hpp"

#include <fmt/format.h>

#include <sstream>

#include "ferryd/commands.hpp"
#include "shared/nearest.hpp"
#include "shared/streams.hpp"

namespace ferry::ferryd {

namespace {

// Of a command in a list, the first line is enough; of an option, the name of its value.
class brief : public CLI::Formatter {
  std::string make_subcommand(const CLI::App* command) const override {
    auto about = command->get_description();
    return fmt::format("  {:<26}{}\n", command->get_name(), about.substr(0, about.find('\n')));
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 || option->get_positional() ? "" : " " + option->get_type_name();
  }
};

int print(const std::string& text) {
  shared::print(stdout, "{}", text);
  return success;
}

std::string unknown(const CLI::App& app, const std::string& word) {
  const auto used = app.get_subcommands();
  const bool option = word.starts_with('-');
  if (!option && !used.empty()) return fmt::format("{} takes less: \"{}\" is too much", used[0]->get_name(), word);
  std::vector<std::string> names;
  if (option) {
    for (const auto* each : (used.empty() ? &app : used[0])->get_options()) {
      for (const auto& name : each->get_lnames()) names.push_back("--" + name);
    }
  } else {
    for (const auto* each : app.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(each->get_name());
    }
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto meant = shared::nearest(word.substr(0, word.find('=')), known);
  return fmt::format("there is no {} {}{}", option ? "option" : "command", word,
                     meant.empty() ? "" : fmt::format("; did you mean {}?", meant));
}

}  // namespace

int complain(const error& what) {
  shared::print(stderr, "ferryd: {}\n", what.cause);
  if (!what.advice.empty()) shared::print(stderr, "        {}\n", what.advice);
  return failed;
}

int command_line(int count, const char* const* words) {
  CLI::App app(R"(An FTP server.

  ferryd serve /srv/pub                  serve a folder, read-only, to anyone
  ferryd serve ~/inbox --user alice      serve a folder, read-write, to alice
  ferryd --config /etc/ferryd.toml       run from a file
  ferryd serve --help                    every flag
)",
               "ferryd");
  app.formatter(std::make_shared<brief>());
  app.get_help_ptr()->description("print this and exit");
  action chosen;
  app.set_version_flag("--version", "ferryd " FERRY_VERSION, "print the version and exit");
  app.add_flag_callback("--man", [&] { chosen = [&app] { return print(man_page(app)); }; }, "print the manual page");
  app.require_subcommand(0, 1);
  add_config(app, chosen);
  add_serve(app, chosen);
  add_check(app, chosen);
  add_doctor(app, chosen);
  add_passwd(app, chosen);
  add_cert(app, chosen);
  add_completion(app, chosen);
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& stopped) {
    if (stopped.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      app.exit(stopped, text);
      return print(text.str());
    }
    const auto left = app.remaining(true);
    shared::print(stderr, "ferryd: {}\n", left.empty() ? stopped.what() : unknown(app, left.front()));
    auto used = app.get_subcommands();
    shared::print(stderr, "        ferryd {}--help says more\n", used.empty() ? "" : used[0]->get_name() + " ");
    return misused;
  }
  if (chosen) return chosen();
  return print(app.help());
}

}  // namespace ferry::ferryd
