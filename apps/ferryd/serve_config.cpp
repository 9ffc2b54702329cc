#include "ferryd/commands.hpp"
#include "ferryd/run.hpp"

namespace ferry::ferryd {

void add_config(CLI::App& to, action& chosen) {
  auto file = std::make_shared<std::string>();
  to.add_option("--config", *file, "run from a TOML file (docs/configuration.md)")->type_name("FILE");
  to.callback([file, &chosen] {
    if (chosen || file->empty()) return;
    chosen = [file] {
      auto what = accepted(*file);
      if (!what) return failed;
      auto done = run(std::move(*what));
      return done ? success : complain(done.error());
    };
  });
}

}  // namespace ferry::ferryd
