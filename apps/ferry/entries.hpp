// Entries of a server's folders, as people and programs read them.
#pragma once

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "client/listing.hpp"
#include "ferry/console.hpp"

namespace ferry::cli {

std::string_view kind_name(proto::entry_kind kind);  // file, folder, link, other
std::string time_text(const client::entry& what);    // "2026-02-03 04:05:06", as exact as it is known
std::string mode_text(const client::entry& what);    // "-rw-r--r--"; "?" where a right is not known

std::vector<std::pair<std::string, std::string>> facts_of(const client::entry& what);
json_line event_of(std::string_view path, const client::entry& what);

// Names that were left out, and lines that were not understood: a listing with these is not whole.
void warn_of_lines(console& out, const std::vector<std::string>& rejected, std::size_t not_understood);

}  // namespace ferry::cli
