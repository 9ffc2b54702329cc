#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ferryd/commands.hpp"
#include "ferryd/reachability.hpp"
#include "shared/streams.hpp"

namespace ferry::ferryd {
namespace {

std::string_view name_of(concern how) {
  return how == concern::fine ? "fine" : how == concern::note ? "note" : "trouble";
}

int examine(const config& what) {
  auto all = try_listeners(what);
  const auto here = this_machine(what);
  for (auto more : {reachability(what, here), try_passive_ports(what)}) {
    std::ranges::move(more, std::back_inserter(all));
  }
  bool trouble = false;
  for (const auto& each : all) {
    shared::print(stdout, "{:<9}{} [{}]\n", name_of(each.how), each.text, each.id);
    if (!each.advice.empty()) shared::print(stdout, "{:<9}-> {}\n", "", each.advice);
    trouble |= each.how == concern::trouble;
  }
  shared::print(
      stdout,
      "\nWhat stands between clients and this machine cannot be seen from here. On another host, this proves it:\n"
      "  {}\n",
      proof_from_outside(what, here));
  return trouble ? failed : success;
}

}  // namespace

void add_doctor(CLI::App& to, action& chosen) {
  auto file = std::make_shared<std::string>();
  auto* command = to.add_subcommand("doctor", R"(Look from inside for what keeps clients from data connections.

  ferryd doctor --config /etc/ferryd.toml

Looks at listeners, passive ports, the advertised address, the packet filter's rules (as root), the kernel's FTP helper,
descriptors and certificates. Changes nothing. Ends with the command that proves it from a host outside. Exit status 1:
there is trouble.
)");
  command->add_option("--config", *file, "the TOML file")->type_name("FILE")->required();
  command->callback([file, &chosen] {
    chosen = [file] {
      auto what = accepted(*file);
      return what ? examine(*what) : failed;
    };
  });
}

}  // namespace ferry::ferryd
