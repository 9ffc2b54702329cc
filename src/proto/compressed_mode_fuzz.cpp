// Any bytes tell the same story however they are split; what is encoded is read as it was meant.
#include "proto/compressed_mode.hpp"

#include "proto/test_support/mode_story.hpp"

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view in(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t chunk = bytes[0] % 16 + 1;
  const char filler = bytes[0] & 0x80 ? ascii_filler : image_filler;
  compressed_decoder whole(filler), pieces(filler);
  if (story(whole, in, in.size()) != story(pieces, in, chunk)) std::abort();

  compressed_encoder encoder(filler);
  std::string wire;
  for (auto left = in; !left.empty(); left.remove_prefix(std::min(chunk, left.size()))) {
    encoder.data(left.substr(0, chunk), wire);
  }
  encoder.end_of_record({}, wire);
  encoder.end_of_file({}, wire);
  compressed_decoder decoder(filler);
  if (story(decoder, wire, chunk) != std::string(in) + "<R><F>") std::abort();
  if (wire.size() > in.size() + in.size() / 64 + 8) std::abort();
  return 0;
}
