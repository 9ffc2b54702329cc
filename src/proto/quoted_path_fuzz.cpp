// Any path quoted is read back; any text is read without harm.
#include "proto/quoted_path.hpp"

#include <cstdlib>

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string in(reinterpret_cast<const char*>(bytes), size);
  if (parse_257(quote_path(in) + " is it") != in) std::abort();
  parse_257(in);
  return 0;
}
