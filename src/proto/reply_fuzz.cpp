// Any text at all, written as a reply, is read back as one reply with its code and number of lines.
#include "proto/reply.hpp"

#include <cstdlib>

#include "proto/reply_reader.hpp"

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size == 0 || size > 4000) return 0;
  reply written(100 + bytes[0] * 2, std::vector<std::string>(1));
  for (std::size_t i = 1; i < size; ++i) {
    if (bytes[i] == '|') {
      written.lines.emplace_back();
    } else {
      written.lines.back() += static_cast<char>(bytes[i]);
    }
  }
  reply_reader reader;
  reader.push(format(written));
  reply got;
  if (reader.next(got) != reply_reader::event::reply) std::abort();
  if (got.code != written.code || got.lines.size() != written.lines.size()) std::abort();
  if (reader.buffered() != 0 || reader.next(got) != reply_reader::event::none) std::abort();
  return 0;
}
