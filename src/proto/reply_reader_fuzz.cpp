// The same replies or the same error however the input is split, within the bounds.
#include "proto/reply_reader.hpp"

#include <cstdlib>

using namespace ferry::proto;
using event = reply_reader::event;

namespace {

constexpr reply_limits limits{.line = 32, .lines = 8, .total = 128};

bool drain(reply_reader& reader, std::vector<reply>& replies) {
  reply one;
  auto e = reader.next(one);
  for (; e == event::reply; e = reader.next(one)) {
    if (one.code < 100 || one.code > 699 || one.lines.empty() || one.lines.size() > limits.lines) std::abort();
    replies.push_back(one);
  }
  return e == event::none;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  reply_reader whole(limits), pieces(limits);
  std::vector<reply> replies, piece_replies;
  whole.push(in);
  drain(whole, replies);
  for (const char c : in) {
    pieces.push({&c, 1});
    if (!drain(pieces, piece_replies)) break;
  }
  if (replies != piece_replies || whole.problem() != pieces.problem()) std::abort();
  return 0;
}
