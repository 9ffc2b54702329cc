#include "transfer/decoding.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "proto/block_mode.hpp"
#include "proto/compressed_mode.hpp"
#include "transfer/deflate.hpp"
#include "transfer/types.hpp"

namespace ferry::transfer {
namespace {

std::unique_ptr<proto::mode_decoder> decoder_of(const parameters& by) {
  const bool records = by.structure == data_structure::record;
  switch (by.mode) {
    case transfer_mode::block: return std::make_unique<proto::block_decoder>();
    case transfer_mode::compressed: return std::make_unique<proto::compressed_decoder>(filler(by.type));
    case transfer_mode::deflate: return std::make_unique<inflate_decoder>(records);
    case transfer_mode::stream: break;
  }
  if (records) return std::make_unique<proto::record_stream_decoder>();
  return nullptr;
}

}  // namespace

decoding::decoding(const parameters& by, stages further)
    : through_(inward(by)), by_(decoder_of(by)), keeps_(by.keeps_connection()) {
  std::ranges::move(further, std::back_inserter(through_));
  if (by.structure != data_structure::record) return;
  if (by.text()) {
    line_end_ = line_end(by.type);
  } else {
    stored_.emplace();
  }
}

result<decoding::came> decoding::decode(std::span<const char>& in, std::string& out) {
  if (through_.empty()) return gather(in, out);
  std::string raw;
  auto outcome = gather(in, raw);
  auto ran = run(through_, raw, outcome && *outcome == came::end);
  out += raw;
  if (!ran) return std::unexpected(std::move(ran.error()));  // those bytes came before whatever else is wrong
  return outcome;
}

result<decoding::came> decoding::gather(std::span<const char>& in, std::string& out) {
  using kind = proto::mode_piece::kind;
  for (;;) {
    const auto piece = by_->next(in);
    switch (piece.what) {
      case kind::none: return came::all;
      case kind::suspect_data: suspect_ += piece.bytes.size(); [[fallthrough]];
      case kind::data: put(piece.bytes, out); break;
      case kind::end_of_record: end_record(out); break;
      case kind::marker: marker_ = piece.bytes; return came::marker;
      case kind::end_of_file: ended_ = true; return came::end;
      case kind::given_up: ended_ = true; return fail("data.given_up", "the sender could not finish the file");
      case kind::malformed:
        return fail("data.malformed", "what came is not what the transfer mode would have it be",
                    "see that both ends are in the same MODE and STRU");
    }
    if (out.size() >= limit::transfer_buffer) return came::much;
  }
}

void decoding::put(std::string_view bytes, std::string& out) {
  if (stored_) {
    stored_->data(bytes, out);
  } else {
    out += bytes;
  }
}

// In file structure the end of a record means nothing.
void decoding::end_record(std::string& out) {
  if (stored_) stored_->end_of_record({}, out);
  if (line_end_) out += *line_end_;
}

bool decoding::may_restart() const {
  return std::ranges::none_of(through_, [](const auto& each) { return each->holds(); });
}

}  // namespace ferry::transfer
