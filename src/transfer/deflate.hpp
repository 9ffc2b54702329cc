// MODE Z (draft-preston-ftpext-deflate): what stream mode would send, as one zlib stream (RFC 1950) a file. Memory is
// bounded: about 256 KiB to compress, 100 KiB to decompress, however large what comes out may be.
#pragma once

#include <zlib.h>

#include <memory>

#include "proto/record_stream.hpp"

namespace ferry::transfer {

class deflate_encoder final : public proto::mode_encoder {
 public:
  deflate_encoder(int level, bool records);  // `level`: 0 to 9; `records`: STRU R
  ~deflate_encoder() override;
  void data(std::span<const char> in, std::string& out) override;
  void end_of_record(std::span<const char> last, std::string& out) override;
  void end_of_file(std::span<const char> last, std::string& out) override;

 private:
  void press(std::span<const char> in, int flush, std::string& out);

  z_stream stream_{};
  std::unique_ptr<proto::record_stream_encoder> records_;
  std::string framed_;
};

class inflate_decoder final : public proto::mode_decoder {
 public:
  explicit inflate_decoder(bool records);
  ~inflate_decoder() override;
  // `none` comes when all input is taken and nothing waits to leave. Behind the end of the file everything is refused.
  proto::mode_piece next(std::span<const char>& in) override;

 private:
  enum class state : unsigned char { running, ended, told, malformed };
  proto::mode_piece malformed();

  z_stream stream_{};
  state state_ = state::running;
  bool waiting_ = false;  // there may be more in the stream than fitted into the buffer
  std::unique_ptr<proto::record_stream_decoder> records_;
  bool records_ended_ = false;
  std::span<const char> ready_;  // of the buffer, for records_
  std::unique_ptr<char[]> buffer_;
};

}  // namespace ferry::transfer
