// The same events however the input is split, within the bounds; a line holds no line end and obeys the limit.
#include "proto/line_reader.hpp"

#include <cstdlib>
#include <vector>

using ferry::proto::control_decoder;
using event = ferry::proto::line_reader::event;

namespace {

constexpr std::size_t limit = 16;

void drain(control_decoder& decoder, std::vector<std::string>& events) {
  std::string line;
  for (auto e = decoder.next(line); e != event::none; e = decoder.next(line)) {
    if (e == event::line && (line.size() > limit || line.find_first_of("\n\t") != line.npos)) std::abort();
    events.push_back(e == event::line ? "=" + line : e == event::too_long ? "long" : "bad");
  }
  if (!decoder.room() || decoder.buffered() > limit + 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  control_decoder whole(limit), pieces(limit);
  std::vector<std::string> events, piece_events;
  whole.push(in);
  drain(whole, events);
  for (const char c : in) {
    pieces.push({&c, 1});
    drain(pieces, piece_events);
  }
  if (events != piece_events || whole.buffered() != pieces.buffered()) std::abort();
  return 0;
}
