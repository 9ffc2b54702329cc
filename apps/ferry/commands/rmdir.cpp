#include "client/verbs.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/explanation.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  c.on_operands([](remote at) -> net::task<result<void>> {
    auto gone = co_await client::remove_directory(*at.on, at.path);
    if (gone) co_return gone;
    auto why = co_await explained(*at.on, at.path, meant_as::folder, gone.error());
    co_return std::unexpected(std::move(why));
  });
}

constexpr example examples[] = {{"ferry rmdir ftp://alice@example.org/empty", "an empty folder"}};

}  // namespace

constinit const command_row rmdir_command{
    "rmdir",  "URL...", 1,  any_number, "Remove empty folders of a server", "ferry rm -r removes full ones.",
    examples, {},       run};

}  // namespace ferry::cli
