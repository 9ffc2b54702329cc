#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/explanation.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  c.on_operands([&](remote at) -> net::task<result<void>> {
    if (c.given.parents) co_return co_await client::make_directories(*at.on, at.path);
    auto made = co_await client::make_directory(*at.on, at.path);
    if (made) co_return made;
    auto why = co_await explained(*at.on, at.path, meant_as::new_folder, made.error());
    co_return std::unexpected(std::move(why));
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
