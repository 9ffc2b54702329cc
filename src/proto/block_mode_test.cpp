#include "proto/block_mode.hpp"

#include <gtest/gtest.h>

#include "proto/test_support/mode_story.hpp"

namespace ferry::proto {
namespace {

using namespace std::literals;

std::string read(const std::string& wire) {
  block_decoder decoder;
  auto whole = story(decoder, wire, wire.size());
  for (std::size_t chunk : {1, 2, 3, 5}) {
    block_decoder another;
    EXPECT_EQ(story(another, wire, chunk), whole);
  }
  return whole;
}

TEST(block_mode, as_rfc_959_draws_it) {
  EXPECT_EQ(read("\0\0\3abc\x40\0\0"s), "abc<F>");
  EXPECT_EQ(read("\x40\0\3abc"s), "abc<F>");
  EXPECT_EQ(read("\x80\0\1a\x80\0\0\xc0\0\1b"s), "a<R><R>b<R><F>");
  EXPECT_EQ(read("\x10\0\6marker\0\0\1x"s), "<M:marker>x");
  EXPECT_EQ(read("\0\0\1a\x20\0\2bc\x40\0\0"s), "a<?>bc<F>");
}

TEST(block_mode, files_follow_one_another) { EXPECT_EQ(read("\x40\0\1a\x40\0\0\x40\0\1b"s), "a<F><F>b<F>"); }

TEST(block_mode, blocks_without_bytes_are_nothing) { EXPECT_EQ(read("\0\0\0\0\0\0\x40\0\0"s), "<F>"); }

TEST(block_mode, an_empty_suspect_end_is_none) {
  EXPECT_EQ(read("\0\0\1a\x60\0\0\x40\0\0"s), "a<G><F>");
  EXPECT_EQ(read("\x60\0\1a"s), "<?>a<F>");  // with data it only says what it says
}

TEST(block_mode, a_marker_may_end_things_too) { EXPECT_EQ(read("\xd0\0\1m"s), "<M:m><R><F>"); }

TEST(block_mode, too_long_a_marker_is_cut_and_is_none_then) {
  const auto told = read("\x10\1\0"s + std::string(256, 'm') + "\0\0\1x"s);
  EXPECT_EQ(told, "<M:" + std::string(longest_marker + 1, 'm') + ">x");
}

TEST(block_mode, unassigned_codes_are_refused_for_good) {
  for (int code = 1; code < 16; ++code) {
    EXPECT_EQ(read(std::string(1, static_cast<char>(0x40 | code)) + "\0\1a\x40\0\0"s), "<!>");
  }
  block_decoder one;
  std::span<const char> in = "\1\0\0"sv;
  EXPECT_EQ(one.next(in).what, mode_piece::kind::malformed);
  in = "\x40\0\0"sv;
  EXPECT_EQ(one.next(in).what, mode_piece::kind::malformed);
}

TEST(block_mode, the_largest_block) {
  const std::string bytes(65535, 'x');
  EXPECT_EQ(read("\x40\xff\xff" + bytes), bytes + "<F>");
}

TEST(block_mode, what_is_written_is_read) {
  for (std::size_t size : {0, 1, 65534, 65535, 65536, 200'000}) {
    block_encoder encoder;
    std::string wire;
    const std::string bytes(size, 'd');
    encoder.data(bytes, wire);
    encoder.end_of_record({}, wire);
    encoder.marker("12", wire);
    encoder.end_of_file({}, wire);
    encoder.data("x"sv, wire);
    encoder.give_up(wire);
    block_decoder decoder;
    EXPECT_TRUE(story(decoder, wire, 1000) == bytes + "<R><M:12><F>x<G>") << size;
    EXPECT_EQ(wire.size(), size + 3 * ((size + largest_block - 1) / largest_block) + 3 + 5 + 3 + 4 + 3);
  }
}

TEST(restart_markers, what_may_be_one) {
  EXPECT_TRUE(is_restart_marker("12345"));
  EXPECT_TRUE(is_restart_marker(std::string(longest_marker, '~')));
  for (const auto& none : {""s, "a b"s, "a\rb"s, "\x7f"s, "\xe4"s, std::string(longest_marker + 1, 'm')}) {
    EXPECT_FALSE(is_restart_marker(none)) << none;
  }
}

}  // namespace
}  // namespace ferry::proto
