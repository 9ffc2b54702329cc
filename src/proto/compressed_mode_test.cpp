#include "proto/compressed_mode.hpp"

#include <gtest/gtest.h>

#include <random>

#include "proto/test_support/mode_story.hpp"

namespace ferry::proto {
namespace {

using namespace std::literals;

std::string read(const std::string& wire, char filler = image_filler) {
  compressed_decoder decoder(filler);
  auto whole = story(decoder, wire, wire.size());
  for (std::size_t chunk : {1, 2, 3, 5}) {
    compressed_decoder another(filler);
    EXPECT_EQ(story(another, wire, chunk), whole);
  }
  return whole;
}

std::string written(std::string_view data, char filler = image_filler) {
  compressed_encoder encoder(filler);
  std::string out;
  encoder.data(data, out);
  encoder.end_of_file({}, out);
  return out;
}

TEST(compressed_mode, as_rfc_959_draws_it) {
  EXPECT_EQ(read("\3abc"s), "abc");
  EXPECT_EQ(read("\x85x"s), "xxxxx");
  EXPECT_EQ(read("\xc3"s), "\0\0\0"s);
  EXPECT_EQ(read("\xc3"s, ascii_filler), "   ");
  EXPECT_EQ(read("\xc2"s, ebcdic_filler), "@@");
  EXPECT_EQ(read("\0\x80\1a\0\xc0\1b"s), "a<R>b<R><F>");
  EXPECT_EQ(read("\0\x10\6marker\1x"s), "<M:marker>x");
  EXPECT_EQ(read("\1a\0\x20\2bc\0\x40\1d"s), "a<?>bcd<F>");
}

TEST(compressed_mode, the_descriptor_may_stand_before_any_string) {
  EXPECT_EQ(read("\0\x40\x82x"s), "xx<F>");
  EXPECT_EQ(read("\0\x40\xc2"s), "\0\0<F>"s);
  EXPECT_EQ(read("\0\x40\xc0"s), "<F>");
  EXPECT_EQ(read("\0\x40\x80x"s), "<F>");
  EXPECT_EQ(read("\0\x10\x82m"s), "<M:mm>");
  EXPECT_EQ(read("\0\x80\0\x40\1a"s), "a<R><F>");  // one behind the other
}

TEST(compressed_mode, files_follow_one_another) { EXPECT_EQ(read("\0\x40\1a\0\x40\xc0\0\x40\1b"s), "a<F><F>b<F>"); }

TEST(compressed_mode, an_empty_suspect_end_is_none) {
  EXPECT_EQ(read("\1a\0\x60\xc0\0\x40\1b"s), "a<G>b<F>");
  EXPECT_EQ(read("\0\x60\1a"s), "<?>a<F>");
}

TEST(compressed_mode, unassigned_codes_are_refused_for_good) {
  for (int code = 1; code < 16; ++code) EXPECT_EQ(read("\0"s + static_cast<char>(code) + "\1a"), "<!>");
  compressed_decoder one(' ');
  std::span<const char> in = "\0\1"sv;
  EXPECT_EQ(one.next(in).what, mode_piece::kind::malformed);
  in = "\1a"sv;
  EXPECT_EQ(one.next(in).what, mode_piece::kind::malformed);
}

TEST(compressed_mode, what_is_written) {
  EXPECT_EQ(written(""), "\0\x40\xc0"s);
  EXPECT_EQ(written("abc"), "\0\x40\3abc"s);
  EXPECT_EQ(written("aaa"), "\0\x40\3aaa"s);
  EXPECT_EQ(written("aaaa"), "\0\x40\x84"s + "a");
  EXPECT_EQ(written("ab" + std::string(3, ' ') + "c", ' '), "\2ab\xc3\0\x40\1c"s);
  EXPECT_EQ(written(std::string(64, 'a')), "\xbf"s + "a\0\x40\1a"s);
  EXPECT_EQ(written(std::string(126, '\0')), "\xff\0\x40\xff"s);
}

TEST(compressed_mode, it_never_grows_much) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string data;
    const auto letters = 1 + random() % 4;
    while (data.size() < 5000) data.append(1 + random() % 5, static_cast<char>(random() % letters));
    EXPECT_LE(written(data).size(), data.size() + data.size() / 64 + 3);
  }
}

TEST(compressed_mode, what_is_written_is_read_however_it_was_split) {
  std::mt19937 random(2);
  for (char filler : {ascii_filler, ebcdic_filler, image_filler}) {
    for (int round = 0; round < 100; ++round) {
      std::string data;
      const auto size = random() % 1000;
      while (data.size() < size) {
        data.append(1 + random() % (random() % 8 ? 3 : 150),
                    random() % 2 ? filler : static_cast<char>('a' + random() % 3));
      }
      compressed_encoder whole(filler), pieces(filler);
      std::string wire, same;
      for (auto* to : {&wire, &same}) {
        auto& encoder = to == &wire ? whole : pieces;
        const auto chunk = to == &wire ? data.size() + 1 : 1 + random() % 100;
        for (std::string_view left = data; !left.empty(); left.remove_prefix(std::min(chunk, left.size()))) {
          encoder.data(left.substr(0, chunk), *to);
        }
        encoder.end_of_record({}, *to);
        encoder.marker("123", *to);
        encoder.data("end"sv, *to);
        encoder.end_of_file({}, *to);
        encoder.data("another"sv, *to);
        encoder.give_up(*to);
      }
      EXPECT_EQ(wire, same);
      EXPECT_EQ(read(wire, filler), data + "<R><M:123>end<F>another<G>");
    }
  }
}

}  // namespace
}  // namespace ferry::proto
