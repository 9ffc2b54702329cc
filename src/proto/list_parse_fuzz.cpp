// Listings of any bytes: entries have names, lines that give none are counted or known, nothing else happens.
#include "proto/list_parse.hpp"

#include <cstdlib>

using namespace ferry;
using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  std::string_view in(reinterpret_cast<const char*>(bytes), size);
  list_parser parser(file_time(std::chrono::seconds(1'780'000'000)));
  std::size_t lines = 0;
  while (!in.empty()) {
    const auto end = std::min(in.find('\n'), in.size());
    const auto line = in.substr(0, end);
    in.remove_prefix(std::min(end + 1, in.size()));
    ++lines;
    const auto entry = parser.line(line);
    if (!entry) continue;
    if (entry->name.empty() || entry->name == "." || entry->name == "..") std::abort();
    if (entry->size && *entry->size > INT64_MAX) std::abort();
  }
  if (parser.unparsed() > lines) std::abort();
  return 0;
}
