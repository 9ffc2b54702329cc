// The same data, refusals and interrupt however the input is split; never more data than input.
#include "proto/telnet.hpp"

#include <cstdlib>

using ferry::proto::telnet_filter;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  telnet_filter whole, pieces;
  std::string data, refusals, piece_data, piece_refusals;
  const bool transparent = whole.transparent(in);
  whole.feed(in, data, refusals);
  for (const char c : in) pieces.feed({&c, 1}, piece_data, piece_refusals);
  if (data != piece_data || refusals != piece_refusals || whole.interrupted() != pieces.interrupted()) std::abort();
  if (data.size() > in.size() || refusals.size() > telnet_filter::max_refusals) std::abort();
  if (transparent && data != in) std::abort();
  return 0;
}
