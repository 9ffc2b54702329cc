#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  c.on_operands([](remote at) { return client::remove_directory(*at.on, at.path); });
}

constexpr example examples[] = {{"ferry rmdir ftp://alice@example.org/empty", "an empty folder"}};

}  // namespace

constinit const command_row rmdir_command{
    "rmdir",  "URL...", 1,  any_number, "Remove empty folders of a server", "ferry rm -r removes full ones.",
    examples, {},       run};

}  // namespace ferry::cli
