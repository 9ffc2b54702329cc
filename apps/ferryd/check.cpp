#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "ferryd/announcement.hpp"
#include "ferryd/commands.hpp"
#include "ferryd/reachability.hpp"
#include "shared/streams.hpp"

namespace ferry::ferryd {

std::optional<config> accepted(const std::string& file) {
  auto got = load_config(file);
  if (!got) {
    complain(got.error());
    return std::nullopt;
  }
  for (const auto& each : got->warnings) shared::print(stderr, "{}\n", describe(file, each, "warning: "));
  for (const auto& each : got->mistakes) shared::print(stderr, "{}\n", describe(file, each));
  if (!got->mistakes.empty()) return std::nullopt;
  return std::move(got->what);
}

namespace {

// What a configuration says of data connections and cannot work for all, or not always; `ferryd doctor` tells more.
void warn_of_passive(const config& what) {
  constexpr auto matters =
      std::to_array<std::string_view>({"passive.ports.ephemeral", "passive.ports.taken", "passive.advertise.private",
                                       "passive.advertise.useless", "passive.advertise.unresolved"});
  auto all = reachability(what, this_machine(what));
  std::ranges::move(try_passive_ports(what), std::back_inserter(all));
  for (const auto& each : all) {
    if (std::ranges::find(matters, each.id) == matters.end()) continue;
    shared::print(stderr, "warning: {}; {}\n", each.text, each.advice);
  }
}

}  // namespace

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
      warn_of_passive(*what);
      shared::print(stdout, "{}: no mistakes\n{}", *file, announcement(*what, what->server.listen));
      return success;
    };
  });
}

}  // namespace ferry::ferryd
