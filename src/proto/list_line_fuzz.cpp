// Whatever the fields, the line is one line, and our own reader finds name, size and mode in it again.
#include "proto/list_line.hpp"

#include <cstdlib>
#include <cstring>

#include "proto/list_parse.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"

using namespace ferry;
using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  struct {
    std::uint64_t size;
    std::int64_t time, now;
    std::uint32_t mode;
  } fixed;
  if (size < sizeof fixed) return 0;
  std::memcpy(&fixed, bytes, sizeof fixed);
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + sizeof fixed, size - sizeof fixed);
  const auto cut = std::min(rest.find('\n'), rest.size());
  const auto name = rest.substr(std::min(cut + 1, rest.size()));
  const file_time now{std::chrono::nanoseconds(fixed.now)};
  const list_line written{.mode = fixed.mode,
                          .owner = rest.substr(0, cut),
                          .group = "g",
                          .size = fixed.size & max_offset,
                          .modified = file_time{std::chrono::nanoseconds(fixed.time)},
                          .name = name};
  std::string line;
  append_list_line(line, written, now);
  if (line.find_first_of("\r\n") != line.npos) std::abort();
  // A first or last year that file_time holds only in part is not read, nor dates a `now` there could have.
  const auto year = on_calendar(written.modified).year, this_year = on_calendar(now).year;
  if (std::min(year, this_year) <= min_year || std::max(year, this_year) >= max_year) return 0;
  if (name.empty() || name == "." || name == ".." || written.owner.find('\t') != rest.npos) return 0;
  list_parser parser(now);
  const auto entry = parser.line(line);
  if (!entry || entry->size != written.size || entry->mode != (written.mode & 07777)) std::abort();
  if (entry->name.size() != name.size()) std::abort();
  return 0;
}
