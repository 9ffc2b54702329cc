// Every name comes back as it was, in whatever charset it is told; and any text of a client is read without harm.
#include "proto/charset.hpp"

#include <algorithm>
#include <cstdlib>

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  static const std::shared_ptr<const charset> all[] = {
      *charset::open("ISO-8859-1"), *charset::open("CP1252"),  *charset::open("KOI8-R"), *charset::open("CP437"),
      *charset::open("BIG5"),       *charset::open("GB18030"), *charset::open("EUC-JP"), *charset::open("UTF-8")};
  if (size < 1 || size > 1024) return 0;
  const auto& by = *all[bytes[0] % std::size(all)];
  const std::string in(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto told = by.to_client(in);
  if (by.from_client(told) != in) std::abort();
  // No escape stands for a '/'.
  const auto read = by.to_utf8(in);
  if (read && std::ranges::count(charset::unescape(*read), '/') != std::ranges::count(*read, '/')) std::abort();
  return 0;
}
