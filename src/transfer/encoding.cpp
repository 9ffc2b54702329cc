#include "transfer/encoding.hpp"

#include <algorithm>
#include <cstring>

#include "base/limits.hpp"
#include "proto/block_mode.hpp"
#include "proto/compressed_mode.hpp"
#include "transfer/deflate.hpp"
#include "transfer/types.hpp"

namespace ferry::transfer {
namespace {

std::unique_ptr<proto::mode_encoder> encoder_of(const parameters& by) {
  const bool records = by.structure == data_structure::record;
  switch (by.mode) {
    case transfer_mode::block: return std::make_unique<proto::block_encoder>();
    case transfer_mode::compressed: return std::make_unique<proto::compressed_encoder>(filler(by.type));
    case transfer_mode::deflate: return std::make_unique<deflate_encoder>(by.level, records);
    case transfer_mode::stream: break;
  }
  if (records) return std::make_unique<proto::record_stream_encoder>();
  return nullptr;
}

}  // namespace

encoding::encoding(const parameters& by, bool after_cr, stages before)
    : through_(std::move(before)), by_(encoder_of(by)), keeps_(by.keeps_connection()) {
  std::ranges::move(outward(by, after_cr), std::back_inserter(through_));
  if (by.structure == data_structure::record) {
    if (by.text()) {
      line_end_ = line_end(by.type);
    } else {
      stored_.emplace();
    }
  }
  blocks_ = by.mode == transfer_mode::block && through_.empty() && !line_end_ && !stored_;
  if (by.mode == transfer_mode::deflate) slice_ = limit::deflate_slice;
}

encoding encoding::of_lines(const parameters& by) {
  const bool as_they_are = by.type == data_type::ascii && by.structure == data_structure::file;
  if (as_they_are && by.mode == transfer_mode::stream) return {};
  encoding out(by);
  if (!as_they_are) out.through_.insert(out.through_.begin(), std::make_unique<ascii_in>());
  return out;
}

result<void> encoding::encode(std::string& chunk, bool last) {
  auto outcome = run(through_, chunk, last);
  if (!by_) return outcome;
  std::string out;
  out.reserve(chunk.size() + chunk.size() / 64 + 16);
  if (outcome && last && !line_end_ && !stored_) {
    by_->end_of_file(chunk, out);
  } else {
    auto framed = frame(chunk, out);
    if (outcome) outcome = std::move(framed);
    if (outcome && last) {
      if (std::exchange(open_, false)) by_->end_of_record({}, out);
      by_->end_of_file({}, out);
    }
  }
  chunk.swap(out);
  return outcome;
}

result<void> encoding::frame(std::span<const char> in, std::string& out) {
  if (stored_) return frame_stored(in, out);
  if (line_end_) {
    frame_lines(in, out);
  } else {
    by_->data(in, out);
  }
  return {};
}

void encoding::frame_lines(std::span<const char> in, std::string& out) {
  while (!in.empty()) {
    const auto* const end = static_cast<const char*>(std::memchr(in.data(), *line_end_, in.size()));
    const auto line = in.first(end ? static_cast<std::size_t>(end - in.data()) : in.size());
    open_ = !end;
    if (open_) return by_->data(line, out);
    by_->end_of_record(line, out);
    in = in.subspan(line.size() + 1);
  }
}

result<void> encoding::frame_stored(std::span<const char> in, std::string& out) {
  using kind = proto::mode_piece::kind;
  for (;;) {
    const auto piece = stored_->next(in);
    switch (piece.what) {
      case kind::none: return {};
      case kind::data:
        by_->data(piece.bytes, out);
        open_ = true;
        break;
      case kind::end_of_record:
        by_->end_of_record({}, out);
        open_ = false;
        break;
      default:
        return fail("data.structure", "the file does not hold records of TYPE I", "use STRU F, or a type of text");
    }
  }
}

void encoding::mark(std::uint64_t position, std::string& out) {
  const bool right = keeps_ && (!stored_ || stored_->whole()) &&
                     std::ranges::none_of(through_, [](const auto& each) { return each->holds(); });
  if (right) by_->marker(std::to_string(position), out);
}

}  // namespace ferry::transfer
