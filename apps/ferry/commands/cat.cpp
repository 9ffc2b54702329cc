#include "client/get.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "ferry/explanation.hpp"
#include "ferry/standard_streams.hpp"

namespace ferry::cli {
namespace {

void run(context& c) {
  c.moved.be_silent();
  c.on_operands(
      [&](remote at) -> net::task<result<void>> {
        standard_output to(c.loop());
        auto got = co_await client::get(*at.on, at.path, to);
        if (got) co_return result<void>{};
        auto why = co_await explained(*at.on, at.path, meant_as::file, got.error());
        co_return std::unexpected(std::move(why));
      },
      context::repeatable::no, context::patterns::expanded);
}

constexpr example examples[] = {
    {"ferry cat ftp://ftp.example.org/README", "show a file"},
    {"ferry cat 'ftp://example.org/log/*.gz' | zcat", "several, one behind the other"},
};
constexpr option_row rows[] = {
    {"-a,--ascii", "", "as text: the server's line ends become this machine's", flag{&options::text}},
};

}  // namespace

constinit const command_row cat_command{"cat", "URL...", 1,    any_number, "Print files of a server on standard output",
                                        "",    examples, rows, run};

}  // namespace ferry::cli
