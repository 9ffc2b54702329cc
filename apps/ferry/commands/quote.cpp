#include "ferry/quote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/errors.hpp"
#include "ferry/commands.hpp"
#include "ferry/context.hpp"
#include "proto/text.hpp"

namespace ferry::cli {

namespace {

bool moves_data(std::string_view verb) {
  static constexpr std::array verbs =
      std::to_array<std::string_view>({"APPE", "LIST", "MLSD", "NLST", "RETR", "STOR", "STOU"});
  return std::ranges::find(verbs, proto::to_upper(verb)) != verbs.end();
}

}  // namespace

net::task<result<void>> quote(context& c, client::session& on, std::string line) {
  auto space = line.find(' ');
  auto argument = space == line.npos ? std::string() : line.substr(space + 1);
  if (moves_data(line.substr(0, space))) {
    co_return fail("usage.quote", line.substr(0, space) + " moves data, which cannot be sent so",
                   "ferry ls, get, put and cat open the data connection too");
  }
  auto answer = co_await on.command(line.substr(0, space), argument);
  if (!answer) co_return std::unexpected(answer.error());
  if (c.out.json()) {
    c.out.event(
        json_line().add("event", "answer").path("line", line).add("code", answer->code).path("text", answer->text()));
  } else {
    for (std::size_t i = 0; i < answer->lines.size(); ++i) {
      bool last = i + 1 == answer->lines.size();
      c.out.line(fmt::format("{}{}{}", answer->code, last ? ' ' : '-', answer->lines[i]));
    }
  }
  if (answer->negative()) co_return std::unexpected(client::refusal(*answer));
  co_return result<void>{};
}

namespace {

void run(context& c) {
  c.run([&] {
    return c.for_each({c.given.operands[0]}, [&](remote at) -> net::task<result<void>> {
      for (std::size_t i = 1; i < c.given.operands.size(); ++i) {
        auto done = co_await quote(c, *at.on, c.given.operands[i]);
        if (!done) co_return done;
      }
      co_return result<void>{};
    });
  });
}

constexpr example examples[] = {
    {"ferry quote ftp://alice@example.org/ 'SITE HELP' 'STAT'", "two commands, and their replies"},
};

}  // namespace

constinit const command_row quote_command{
    "quote",
    "URL COMMAND...",
    2,
    any_number,
    "Send commands as they are",
    "Each COMMAND is one word of the shell: put it in quotes. Those that move data cannot be sent so.",
    examples,
    {},
    run};

}  // namespace ferry::cli
