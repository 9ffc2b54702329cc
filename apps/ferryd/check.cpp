#include <fmt/format.h>

#include "ferryd/announcement.hpp"
#include "ferryd/commands.hpp"

namespace ferry::ferryd {

std::optional<config> accepted(const std::string& file) {
  auto got = load_config(file);
  if (!got) {
    complain(got.error());
    return std::nullopt;
  }
  for (const auto& each : got->warnings) fmt::print(stderr, "{}\n", describe(file, each, "warning: "));
  for (const auto& each : got->mistakes) fmt::print(stderr, "{}\n", describe(file, each));
  if (!got->mistakes.empty()) return std::nullopt;
  return std::move(got->what);
}

void add_check(CLI::App& to, action& chosen) {
  auto file = std::make_shared<std::string>();
  auto* command = to.add_subcommand("check", R"(Name every mistake of a configuration file, each with its line.

  ferryd check --config /etc/ferryd.toml
)");
  command->add_option("--config", *file, "the TOML file")->type_name("FILE")->required();
  command->callback([file, &chosen] {
    chosen = [file] {
      auto what = accepted(*file);
      if (!what) return failed;
      fmt::print("{}: no mistakes\n{}", *file, announcement(*what, what->server.listen));
      return success;
    };
  });
}

}  // namespace ferry::ferryd
