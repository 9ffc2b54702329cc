// STRU P, RFC 959 §3.1.2.3: a file as numbered pages, each behind a header. Its fields have one logical byte each, and
// logical bytes have 8 bits here: so a page holds 255 bytes at the most and a file 256 pages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ferry::proto {

inline constexpr std::size_t page_size = 255;                 // bytes in each page of a file that is sent
inline constexpr std::size_t largest_paged_file = 256 * 255;  // bytes

// §3.1.2.3; a descriptor page tells of the file as a whole, the header of an access controlled one has a field more.
enum class page_type : unsigned char { last = 0, simple = 1, descriptor = 2, access_controlled = 3 };

// Sends every page of a file, as simple ones.
class page_encoder {
 public:
  // False: the file has more bytes than pages can hold.
  bool transform(std::span<const char> in, std::string& out);
  bool finish(std::string& out);
  bool holds() const { return !page_.empty(); }

 private:
  bool put(std::string& out);

  std::string page_;
  unsigned index_ = 0;
};

// Collects the pages of a file, which come in any order. Their size is that of the largest: a shorter one lacks zeros
// at its end, and pages that do not come are zeros (Appendix I). What descriptor pages and access fields say is read
// over: nothing here could keep it.
class page_decoder {
 public:
  enum class state { more, whole, malformed, unknown_type };

  state transform(std::span<const char> in);
  // What has come, once it is whole: at most largest_paged_file bytes.
  std::string content() const;

 private:
  state judge_header() const;
  void page_came();

  state state_ = state::more;
  std::array<unsigned char, 255> header_{};
  std::size_t header_size_ = 0;  // bytes of it that have come
  std::size_t filled_ = 0;       // bytes of the page behind it
  std::string pages_;            // each at its index, as far apart as they can be
  std::array<unsigned char, 256> sizes_{};
  std::size_t count_ = 0;  // pages, up to the last index
};

}  // namespace ferry::proto
