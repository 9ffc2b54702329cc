#include "ferryd/command_line.hpp"

#include <fmt/format.h>

#include "ferryd/commands.hpp"

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
  fmt::print("{}", text);
  return success;
}

}  // namespace

int complain(const error& what) {
  fmt::print(stderr, "ferryd: {}\n", what.cause);
  if (!what.advice.empty()) fmt::print(stderr, "        {}\n", what.advice);
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
    if (stopped.get_exit_code() == 0) return app.exit(stopped);  // --help, --version
    fmt::print(stderr, "ferryd: {}\n", stopped.what());
    auto used = app.get_subcommands();
    fmt::print(stderr, "        ferryd {}--help says more\n", used.empty() ? "" : used[0]->get_name() + " ");
    return misused;
  }
  if (chosen) return chosen();
  fmt::print("{}", app.help());
  return success;
}

}  // namespace ferry::ferryd
