#include "ferryd/commands.hpp"
#include "ferryd/run.hpp"

namespace ferry::ferryd {

void add_config(CLI::App& to, action& chosen) {
  auto file = std::make_shared<std::string>();
  to.add_option("--config", *file, "run from a TOML file (docs/configuration.md)")->type_name("FILE");
  to.callback([file, &to, &chosen] {
    if (file->empty()) return;
    if (auto used = to.get_subcommands(); !used.empty()) {
      throw CLI::ExcludesError("--config, which runs the server by itself,", used[0]->get_name());
    }
    if (chosen) return;
    chosen = [file] {
      auto what = accepted(*file);
      if (!what) return failed;
      auto done = run(std::move(*what));
      return done ? success : complain(done.error());
    };
  });
}

}  // namespace ferry::ferryd
