// Encoder, decoder and meter: the same answer however input and output are split; what is encoded decodes to the text
// with LF for CRLF; the meter finds any position of the wire.
#include "proto/ascii.hpp"

#include <cstdlib>
#include <string_view>

using namespace ferry::proto;

namespace {

template <class Stage>
std::string whole(Stage stage, std::string_view in) {
  std::string out;
  stage.transform(in, out);
  if constexpr (requires { stage.finish(out); }) stage.finish(out);
  return out;
}

template <class Stage>
std::string pieces(Stage stage, std::string_view in, std::size_t chunk, std::size_t room) {
  std::string out, space(room, '\0');
  while (!in.empty()) {
    const auto done = stage.transform(in.substr(0, chunk), std::span(space));
    if (done.produced > room || done.consumed > chunk || done.produced + done.consumed == 0) std::abort();
    out += std::string_view(space).substr(0, done.produced);
    in.remove_prefix(done.consumed);
  }
  if constexpr (requires { stage.finish(out); }) stage.finish(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view in(reinterpret_cast<const char*>(bytes) + 3, size - 3);
  const std::size_t chunk = bytes[0] % 16 + 1, room = bytes[1] % 16 + 1;
  const auto wire = whole(ascii_encoder(), in);
  if (wire != pieces(ascii_encoder(), in, chunk, room)) std::abort();
  if (whole(ascii_decoder(), in) != pieces(ascii_decoder(), in, chunk, room)) std::abort();
  if (wire.size() > 2 * in.size() || whole(ascii_decoder(), wire) != whole(ascii_decoder(), in)) std::abort();
  ascii_meter meter(bytes[2] % (wire.size() + 1));
  const auto local = meter.feed(in);
  if (!meter.reached() || whole(ascii_encoder(meter.after_cr()), in.substr(local)) != wire.substr(meter.wire()))
    std::abort();
  return 0;
}
