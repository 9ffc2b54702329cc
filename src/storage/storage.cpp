#include "storage/storage.hpp"

#include <algorithm>

#include "storage/limits.hpp"

namespace ferry::storage {

task<result<std::size_t>> sink::copy(source& from, std::uint64_t offset, std::size_t length) {
  std::vector<char> piece(std::min(length, limit::copy_buffer));
  auto count = co_await from.read(offset, piece);
  if (!count || *count == 0) co_return count;
  auto written = co_await write(std::span(piece).first(*count));
  if (!written) co_return std::unexpected(written.error());
  co_return count;
}

std::string relative_link(const path& at, const path& to) {
  const auto folder = at.parent();
  auto parts_of = [](const path& of) { return of.root() ? std::string_view() : of.relative(); };
  std::string_view here = parts_of(folder), there = parts_of(to);
  auto part = [](std::string_view text) { return text.substr(0, text.find('/')); };
  auto drop = [](std::string_view& text, std::size_t size) { text.remove_prefix(std::min(size + 1, text.size())); };
  while (!here.empty() && !there.empty() && part(here) == part(there)) {
    const auto size = part(here).size();
    drop(here, size);
    drop(there, size);
  }
  std::string out;
  while (!here.empty()) {
    out += "../";
    drop(here, part(here).size());
  }
  out += there;
  if (out.ends_with('/')) out.pop_back();
  return out.empty() ? "." : out;
}

}  // namespace ferry::storage
