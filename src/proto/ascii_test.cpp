#include "proto/ascii.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace ferry::proto {
namespace {

using namespace std::string_literals;

// Runs a stage over the text in chunks of `in` bytes, with room for `out` bytes at a time.
template <class Stage>
std::string run(Stage stage, std::string_view text, std::size_t in, std::size_t out) {
  std::string result, room(out, '?');
  while (!text.empty()) {
    const auto chunk = text.substr(0, in);
    const auto done = stage.transform(chunk, std::span(room));
    EXPECT_TRUE(done.consumed > 0 || done.produced > 0);
    EXPECT_TRUE(done.consumed <= chunk.size() && done.produced <= room.size());
    result += room.substr(0, done.produced);
    text.remove_prefix(done.consumed);
  }
  if constexpr (requires { stage.finish(result); }) stage.finish(result);
  return result;
}

template <class Stage>
std::string whole(Stage stage, std::string_view text) {
  std::string out;
  stage.transform(text, out);
  if constexpr (requires { stage.finish(out); }) stage.finish(out);
  return out;
}

const std::string texts[] = {
    "",           "\n",        "\r",          "a\nb\n", "\n\n\n",
    "a\r\nb",     "\r\n",      "\r\r\n",      "a\rb\r", "\n\r",
    "\r\0"s,      "a\r\0\nb"s, "\0\r\r\0\n"s, "no end", std::string(100, 'x') + "\n" + std::string(100, 'y'),
    "\xFF\xFE\n",
};

TEST(ascii, encoder_table) {
  EXPECT_EQ(whole(ascii_encoder(), "a\nb\n"), "a\r\nb\r\n");
  EXPECT_EQ(whole(ascii_encoder(), "a\r\nb"), "a\r\nb");
  EXPECT_EQ(whole(ascii_encoder(), "\r\r\n\n"), "\r\r\n\r\n");
  EXPECT_EQ(whole(ascii_encoder(), "a\rb"), "a\rb");
  EXPECT_EQ(whole(ascii_encoder(true), "\nb\n"), "\nb\r\n");
}

TEST(ascii, decoder_table) {
  EXPECT_EQ(whole(ascii_decoder(), "a\r\nb\r\n"), "a\nb\n");
  EXPECT_EQ(whole(ascii_decoder(), "a\nb"), "a\nb");
  EXPECT_EQ(whole(ascii_decoder(), "a\rb\r"), "a\rb\r");
  EXPECT_EQ(whole(ascii_decoder(), "a\r\0b\r\r\n"s), "a\rb\r\n");
}

TEST(ascii, same_answer_however_split) {
  for (const auto& text : texts) {
    for (const std::size_t in : {1, 2, 3, 7, 1000}) {
      for (const std::size_t out : {1, 2, 3, 5, 1000}) {
        EXPECT_EQ(run(ascii_encoder(), text, in, out), whole(ascii_encoder(), text)) << testing::PrintToString(text);
        EXPECT_EQ(run(ascii_decoder(), text, in, out), whole(ascii_decoder(), text)) << testing::PrintToString(text);
      }
    }
  }
}

TEST(ascii, local_text_round_trip) {
  for (const std::string text : {"", "\n", "a\nb\n\n", "no end", "a\rb", "\r", "\n\r\r"})
    EXPECT_EQ(whole(ascii_decoder(), whole(ascii_encoder(), text)), text);
  EXPECT_EQ(whole(ascii_decoder(), whole(ascii_encoder(), "a\r\n")), "a\n");
}

TEST(ascii, wire_text_round_trip) {
  for (const std::string wire : {"", "\r\n", "a\r\nb\r\n\r\n", "a\rb\r\n", "\r"})
    EXPECT_EQ(whole(ascii_encoder(), whole(ascii_decoder(), wire)), wire);
}

TEST(ascii, finish_without_room_keeps_the_byte) {
  ascii_decoder decoder;
  std::string out;
  decoder.transform(std::string_view("\r"), out);
  EXPECT_EQ(out, "");
  EXPECT_EQ(decoder.finish(std::span<char>()), 0u);
  decoder.finish(out);
  decoder.finish(out);
  EXPECT_EQ(out, "\r");
}

// RFC 3659 §4 and §5.3: whatever wire position one restarts at, the wire text goes on as it was.
TEST(ascii, meter_agrees_with_the_encoder_at_every_position) {
  for (const auto& text : texts) {
    const auto wire = whole(ascii_encoder(), text);
    for (std::uint64_t stop = 0; stop <= wire.size(); ++stop) {
      for (const std::size_t chunk : {1, 3, 1000}) {
        ascii_meter meter(stop);
        std::size_t at = 0;
        while (at < text.size() && !meter.reached()) at += meter.feed(std::string_view(text).substr(at, chunk));
        ASSERT_TRUE(meter.reached());
        ASSERT_EQ(meter.local(), at);
        EXPECT_EQ(whole(ascii_encoder(meter.after_cr()), std::string_view(text).substr(at)), wire.substr(stop));
      }
    }
    ascii_meter all;
    all.feed(text);
    EXPECT_EQ(all.wire(), wire.size());
    EXPECT_EQ(all.local(), text.size());
  }
}

}  // namespace
}  // namespace ferry::proto
