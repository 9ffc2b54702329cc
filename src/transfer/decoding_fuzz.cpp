// Each way by which a file may come: any bytes come to the same however they are split; what is encoded is decoded.
#include "transfer/decoding.hpp"

#include <cstdlib>

#include "transfer/test_support/wire_forms.hpp"

using namespace ferry::transfer;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  static const auto ways = every_way();
  const auto& by = ways[bytes[0] % ways.size()];
  const std::size_t chunk = bytes[1] % 16 + 1;
  const std::string_view in(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  if (decoded(decoding(by), in, in.size() + 1) != decoded(decoding(by), in, chunk)) std::abort();

  auto out = encoded(encoding(by), in, chunk);
  if (!out.failure.empty()) return 0;  // no file for this structure
  const auto back = decoded(decoding(by), out.bytes, chunk);
  if (!back.failure.empty() || !back.left.empty()) std::abort();
  // Of text, other line ends come back as this machine's; a last line may get one.
  const bool records = by.structure == data_structure::record;
  const bool same = by.type == data_type::ascii ? in.find('\r') != in.npos : false;
  if (!records && !same && back.bytes != in) std::abort();
  return 0;
}
