#include "transfer/deflate.hpp"

#include <algorithm>
#include <new>

namespace ferry::transfer {
namespace {

constexpr std::size_t buffer_size = 65536;

// zlib does not change what it reads, though its type says so.
void give(z_stream& to, std::span<const char> in) {
  to.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  to.avail_in = static_cast<uInt>(in.size());
}

void room(z_stream& to, char* out, std::size_t size) {
  to.next_out = reinterpret_cast<Bytef*>(out);
  to.avail_out = static_cast<uInt>(size);
}

}  // namespace

deflate_encoder::deflate_encoder(int level, bool records) {
  if (deflateInit(&stream_, level) != Z_OK) throw std::bad_alloc();
  if (records) records_ = std::make_unique<proto::record_stream_encoder>();
}

deflate_encoder::~deflate_encoder() { deflateEnd(&stream_); }

void deflate_encoder::data(std::span<const char> in, std::string& out) {
  if (!records_) return press(in, Z_NO_FLUSH, out);
  framed_.clear();
  records_->data(in, framed_);
  press(framed_, Z_NO_FLUSH, out);
}

void deflate_encoder::end_of_record(std::span<const char> last, std::string& out) {
  if (!records_) return data(last, out);
  framed_.clear();
  records_->end_of_record(last, framed_);
  press(framed_, Z_NO_FLUSH, out);
}

void deflate_encoder::end_of_file(std::span<const char> last, std::string& out) {
  if (records_) {
    framed_.clear();
    records_->end_of_file(last, framed_);
    last = framed_;
  }
  press(last, Z_FINISH, out);
  deflateReset(&stream_);
}

void deflate_encoder::press(std::span<const char> in, int flush, std::string& out) {
  give(stream_, in);
  int went = Z_OK;
  do {
    const auto before = out.size();
    const auto space = std::max<std::size_t>(in.size() / 2, 1024);
    out.resize(before + space);
    room(stream_, out.data() + before, space);
    went = ::deflate(&stream_, flush);
    out.resize(before + space - stream_.avail_out);
  } while (stream_.avail_out == 0 || (flush == Z_FINISH && went != Z_STREAM_END));
}

inflate_decoder::inflate_decoder(bool records) : buffer_(std::make_unique<char[]>(buffer_size)) {
  if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
  if (records) records_ = std::make_unique<proto::record_stream_decoder>();
}

inflate_decoder::~inflate_decoder() { inflateEnd(&stream_); }

proto::mode_piece inflate_decoder::malformed() {
  state_ = state::malformed;
  return {.what = proto::mode_piece::kind::malformed};
}

proto::mode_piece inflate_decoder::next(std::span<const char>& in) {
  using kind = proto::mode_piece::kind;
  for (;;) {
    if (!ready_.empty()) {
      if (records_ended_) return malformed();
      auto piece = records_->next(ready_);
      if (piece.what == kind::malformed) return malformed();
      if (piece.what == kind::end_of_file) records_ended_ = true;
      if (piece.what != kind::none && piece.what != kind::end_of_file) return piece;
      continue;
    }
    if (state_ == state::malformed || (state_ == state::told && !in.empty())) return malformed();
    if (state_ == state::ended) {
      // A record's end may have been told together with the file's: it is still to be had.
      if (records_ && !records_ended_) {
        if (auto piece = records_->next(ready_); piece.what != kind::end_of_file) return malformed();
      }
      state_ = state::told;
      return {.what = kind::end_of_file};
    }
    if (state_ == state::told || (in.empty() && !waiting_)) return {};
    give(stream_, in);
    room(stream_, buffer_.get(), buffer_size);
    const int went = ::inflate(&stream_, Z_NO_FLUSH);
    in = in.last(stream_.avail_in);
    // What was right before it comes out first.
    if (went != Z_OK && went != Z_STREAM_END && went != Z_BUF_ERROR) state_ = state::malformed;
    if (went == Z_STREAM_END) state_ = state::ended;
    waiting_ = stream_.avail_out == 0;
    const std::span<const char> out(buffer_.get(), buffer_size - stream_.avail_out);
    if (out.empty()) continue;
    if (!records_) return {.what = kind::data, .bytes = {out.data(), out.size()}};
    ready_ = out;
  }
}

}  // namespace ferry::transfer
