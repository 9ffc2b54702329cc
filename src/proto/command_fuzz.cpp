// A parsed command, written again and read through the line reader, is the same command.
#include "proto/command.hpp"

#include <cstdlib>

#include "proto/line_reader.hpp"

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  const auto parsed = parse_command(in);
  if (!parsed) return 0;
  if (parsed->verb.empty() || parsed->verb.size() > max_verb) std::abort();
  const auto line = format_command(parsed->verb, parsed->argument);
  if (!line) return 0;
  control_decoder decoder(2 * size + 2, line_reader::control_bytes::keep);
  decoder.push(*line);
  std::string got;
  if (decoder.next(got) != line_reader::event::line || parse_command(got) != parsed) std::abort();
  if (decoder.buffered() != 0) std::abort();
  return 0;
}
