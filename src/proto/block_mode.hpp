// MODE B, RFC 959 §3.4.2: blocks, each behind a header of a descriptor and a count of 16 bits, high byte first.
#pragma once

#include <array>
#include <cstdint>

#include "proto/mode.hpp"

namespace ferry::proto {

inline constexpr std::size_t largest_block = 65535;  // bytes behind a header

std::array<char, 3> format_block_header(unsigned char code, std::uint16_t count);

class block_encoder final : public mode_encoder {
 public:
  void data(std::span<const char> in, std::string& out) override;
  void end_of_record(std::span<const char> last, std::string& out) override;
  void end_of_file(std::span<const char> last, std::string& out) override;
  void marker(std::string_view text, std::string& out) override;
  void give_up(std::string& out) override;

 private:
  static void put(unsigned char code, std::span<const char> in, std::string& out);
};

class block_decoder final : public mode_decoder {
 public:
  mode_piece next(std::span<const char>& in) override;

 private:
  mode_piece end_of_block();

  std::array<unsigned char, 3> header_{};
  unsigned header_size_ = 0;  // bytes of it that have come
  unsigned char code_ = 0;    // of the block, without what has been told of it
  bool empty_ = false;        // the block has no bytes
  std::size_t left_ = 0;      // of its bytes
  std::string marker_;
};

}  // namespace ferry::proto
