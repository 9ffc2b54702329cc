// A time that is read is written and read again as the same to the millisecond; any time can be written.
#include "proto/timestamp.hpp"

#include <cstdlib>
#include <cstring>

using namespace ferry;
using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  if (const auto time = parse_timestamp(in)) {
    const auto again = parse_timestamp(format_timestamp(*time, fraction::milliseconds));
    if (again != std::chrono::floor<std::chrono::milliseconds>(*time)) std::abort();
  }
  std::int64_t count = 0;
  std::memcpy(&count, bytes, std::min(size, sizeof count));
  if (format_timestamp(file_time(std::chrono::nanoseconds(count))).size() != 14) std::abort();
  return 0;
}
