#include "ferry/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/listing.hpp"

namespace ferry::cli {
namespace {

// Of refusals that may mean something else.
bool is_vague(const error& why) {
  static constexpr std::array ids =
      std::to_array<std::string_view>({"remote.not_found", "remote.name", "remote.refused"});
  return std::ranges::find(ids, why.id) != ids.end();
}

constexpr std::string_view into_it = "a folder has this name: with a / behind it the file goes into it";

error of_what_is_there(const client::entry& there, meant_as what, error why) {
  const bool folder = there.kind == proto::entry_kind::directory;
  switch (what) {
    case meant_as::file:
      if (folder) why.id = "remote.is_directory";
      break;
    case meant_as::folder:
      if (folder) {
        why.id = "remote.not_empty";
      } else {
        why.advice = "this is no folder: ferry rm removes files";
      }
      break;
    case meant_as::new_file:
      if (folder) {
        why.id = "remote.is_directory";
        why.advice = into_it;
      }
      break;
    case meant_as::new_folder: why.id = "remote.exists"; break;
  }
  // It is there: what the server refuses is something else.
  if (why.id == "remote.not_found") why.id = "remote.refused";
  return why;
}

}  // namespace

net::task<error> explained(client::session& s, std::string path, meant_as what, error why) {
  if (what == meant_as::new_file && why.id == "remote.is_directory") why.advice = into_it;
  if (!is_vague(why) || !s.usable() || s.cancelled() || path.empty()) co_return why;
  if (auto there = co_await client::stat(s, path)) co_return of_what_is_there(*there, what, std::move(why));
  const std::string above(client::parent_of(path));
  const bool to_be_made = what == meant_as::new_file || what == meant_as::new_folder;
  if (!to_be_made || above.empty() || above == "/" || !s.usable()) co_return why;
  auto around = co_await client::stat(s, above);
  if (around || around.error().id != "remote.not_found") co_return why;
  co_return error{"remote.not_found", fmt::format("there is no folder {}: {}", above, why.cause),
                  "-p of put and mkdir makes the folders that are missing"};
}

}  // namespace ferry::cli
