#include "proto/record_stream.hpp"

#include <gtest/gtest.h>

#include "proto/test_support/mode_story.hpp"

namespace ferry::proto {
namespace {

using namespace std::literals;

std::string read(const std::string& wire) {
  record_stream_decoder decoder;
  auto whole = story(decoder, wire, wire.size());
  for (std::size_t chunk : {1, 2, 3, 5}) {
    record_stream_decoder another;
    EXPECT_EQ(story(another, wire, chunk), whole);
  }
  return whole;
}

TEST(record_stream, as_rfc_959_says) {
  EXPECT_EQ(read("a\xff\1b\xff\1\xff\2"s), "a<R>b<R><F>");
  EXPECT_EQ(read("a\xff\1b\xff\3"s), "a<R>b<R><F>");
  EXPECT_EQ(read("\xff\xff\xff\1\xff\2"s), "\xff<R><F>");
  EXPECT_EQ(read("no end"s), "no end");
  EXPECT_EQ(read("\xff\3\xff\3x"s), "<R><F><R><F>x");
}

TEST(record_stream, other_codes_are_refused_for_good) {
  EXPECT_EQ(read("a\xff\0b\xff\2"s), "a<!>");
  EXPECT_EQ(read("\xff\4"s), "<!>");
  EXPECT_EQ(read("\xff"
                 "a"s),
            "<!>");
  record_stream_decoder one;
  std::span<const char> in = "\xff\5"sv;
  EXPECT_EQ(one.next(in).what, mode_piece::kind::malformed);
  in = "a"sv;
  EXPECT_EQ(one.next(in).what, mode_piece::kind::malformed);
}

TEST(record_stream, a_code_begun_is_not_whole) {
  record_stream_decoder one;
  EXPECT_TRUE(one.whole());
  std::span<const char> in = "a\xff"sv;
  while (one.next(in).what != mode_piece::kind::none) continue;
  EXPECT_FALSE(one.whole());
}

TEST(record_stream, what_is_written_is_read) {
  record_stream_encoder encoder;
  std::string wire;
  encoder.data("a\xff\xff\1"sv, wire);
  encoder.end_of_record({}, wire);
  encoder.data(""sv, wire);
  encoder.end_of_record({}, wire);
  encoder.end_of_file({}, wire);
  EXPECT_EQ(wire, "a\xff\xff\xff\xff\1\xff\1\xff\1\xff\2"s);
  EXPECT_EQ(read(wire), "a\xff\xff\1<R><R><F>");
}

}  // namespace
}  // namespace ferry::proto
