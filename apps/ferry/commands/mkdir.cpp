#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  c.on_operands([&](remote at) {
    return c.given.parents ? client::make_directories(*at.on, at.path) : client::make_directory(*at.on, at.path);
  });
}

constexpr example examples[] = {
    {"ferry mkdir ftp://alice@example.org/new", "one folder"},
    {"ferry mkdir -p ftp://alice@example.org/a/b/c", "and those above it"},
};
constexpr option_row rows[] = {
    {"-p,--parents", "", "the folders above it too; what is there already is right", flag{&options::parents}},
};

}  // namespace

constinit const command_row mkdir_command{"mkdir", "URL...", 1,    any_number, "Make folders on a server",
                                          "",      examples, rows, run};

}  // namespace ferry::cli
