// Any bytes come to the same pages however they are split, and to no more than there can be; what is encoded is read.
#include "proto/page.hpp"

#include <algorithm>
#include <cstdlib>

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view in(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t chunk = bytes[0] % 16 + 1;
  page_decoder whole, pieces;
  auto now = page_decoder::state::more;
  for (auto left = in; !left.empty(); left.remove_prefix(std::min(chunk, left.size()))) {
    now = pieces.transform(left.substr(0, chunk));
  }
  if (whole.transform(in) != now || whole.content() != pieces.content()) std::abort();
  if (whole.content().size() > largest_paged_file) std::abort();

  page_encoder encoder;
  std::string wire;
  page_decoder decoder;
  const bool fits = encoder.transform(in, wire) && encoder.finish(wire);
  if (fits != (in.size() <= largest_paged_file)) std::abort();
  if (fits && (decoder.transform(wire) != page_decoder::state::whole || decoder.content() != in)) std::abort();
  return 0;
}
