// Any bytes tell the same story however they are split; what is encoded is read as it was meant.
#include "proto/record_stream.hpp"

#include "proto/test_support/mode_story.hpp"

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view in(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t chunk = bytes[0] % 16 + 1;
  record_stream_decoder whole, pieces;
  if (story(whole, in, in.size()) != story(pieces, in, chunk)) std::abort();

  record_stream_encoder encoder;
  std::string wire;
  encoder.data(in, wire);
  encoder.end_of_record({}, wire);
  encoder.end_of_file({}, wire);
  record_stream_decoder decoder;
  if (story(decoder, wire, chunk) != std::string(in) + "<R><F>") std::abort();
  return 0;
}
