// Encoding and decoding together: each way on the wire, and back.
#include "transfer/encoding.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "transfer/decoding.hpp"
#include "transfer/test_support/wire_forms.hpp"

namespace ferry::transfer {
namespace {

using namespace std::literals;
using type = data_type;
using structure = data_structure;
using mode = transfer_mode;

std::string wire(const parameters& by, std::string_view file) {
  auto whole = encoded(encoding(by), file, file.size() + 1);
  EXPECT_EQ(whole.failure, "") << name_of(by);
  return whole.bytes;
}

passed there_and_back(const parameters& by, const std::string& bytes) {
  auto whole = decoded(decoding(by), bytes, bytes.size() + 1);
  for (std::size_t chunk : {1, 2, 3, 7}) EXPECT_EQ(decoded(decoding(by), bytes, chunk), whole) << name_of(by) << chunk;
  return whole;
}

passed file(std::string bytes) { return {.bytes = std::move(bytes), .failure = {}, .left = {}, .markers = {}}; }
passed failed(std::string_view why, std::string bytes = {}) {
  return {.bytes = std::move(bytes), .failure = why, .left = {}, .markers = {}};
}

std::string unpressed(const std::string& pressed) {
  std::string out(1'000'000, '\0');
  uLongf size = out.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(pressed.data()),
                       pressed.size()),
            Z_OK);
  out.resize(size);
  return out;
}

std::string pressed(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  EXPECT_EQ(
      compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()),
      Z_OK);
  out.resize(size);
  return out;
}

TEST(encoding, nothing_happens_to_bytes_as_they_are) {
  const parameters image{.type = type::image};
  EXPECT_TRUE(encoding(image).as_it_is());
  EXPECT_TRUE(decoding(image).as_it_is());
  for (const auto& by : every_way()) {
    EXPECT_EQ(encoding(by).as_it_is(), by == image) << name_of(by);
    EXPECT_EQ(decoding(by).as_it_is(), by == image) << name_of(by);
    EXPECT_EQ(encoding(by).blocks(), name_of(by) == "IFB");
  }
}

// Types before structures before modes.
TEST(encoding, each_way_on_the_wire) {
  const auto text = "a\nbc\n"sv;
  EXPECT_EQ(wire({.type = type::ascii}, text), "a\r\nbc\r\n");
  EXPECT_EQ(wire({.type = type::ebcdic}, text), "\x81\x15\x82\x83\x15");
  EXPECT_EQ(wire({.type = type::ascii, .structure = structure::record}, text), "a\xff\1bc\xff\1\xff\2"s);
  EXPECT_EQ(wire({.type = type::ebcdic, .structure = structure::record}, text), "\x81\xff\1\x82\x83\xff\1\xff\2"s);
  EXPECT_EQ(wire({.type = type::ascii, .structure = structure::page}, text), "\4\0\7\1a\r\nbc\r\n\4\0\0\0"s);
  EXPECT_EQ(wire({.type = type::ascii, .mode = mode::block}, text), "\x40\0\7a\r\nbc\r\n"s);
  EXPECT_EQ(wire({.type = type::ascii, .structure = structure::record, .mode = mode::block}, text),
            "\x80\0\1a\x80\0\2bc\x40\0\0"s);
  EXPECT_EQ(wire({.type = type::image, .structure = structure::page, .mode = mode::block}, "x"),
            "\x40\0\x09\4\0\1\1x\4\0\0\0"s);
  EXPECT_EQ(wire({.type = type::ascii, .mode = mode::compressed}, "a   b"), "\1a\xc3\0\x40\1b"s);
  EXPECT_EQ(wire({.type = type::ebcdic, .mode = mode::compressed}, "a   b"), "\1\x81\xc3\0\x40\1\x82"s);
  EXPECT_EQ(wire({.type = type::image, .mode = mode::compressed}, "a\0\0\0b"s), "\1a\xc3\0\x40\1b"s);
  EXPECT_EQ(unpressed(wire({.type = type::ascii, .mode = mode::deflate}, text)), "a\r\nbc\r\n");
  EXPECT_EQ(unpressed(wire({.type = type::ascii, .structure = structure::record, .mode = mode::deflate}, text)),
            "a\xff\1bc\xff\1\xff\2"s);
}

TEST(encoding, formats_change_nothing) {
  const auto effectors = " one\n0two\f\v\n1three\n+four\n"sv;
  for (auto of : {type::ascii, type::ebcdic}) {
    for (auto form : {data_format::telnet, data_format::carriage_control}) {
      EXPECT_EQ(wire({.type = of, .format = form}, effectors), wire({.type = of}, effectors));
    }
  }
}

TEST(encoding, every_way_back_however_it_is_split) {
  std::string text = "first line\n\n\xff\xff line   with      runs  \n" + std::string(300, 'x') + "\n\n";
  for (int each = 0; each < 256; ++each) {
    if (each != '\r') text += static_cast<char>(each);
  }
  text += "\n";
  std::string records;
  for (char each : text) records += each == '\n' ? "\xff\1"s : each == '\xff' ? "\xff\xff"s : std::string(1, each);
  for (const auto& by : every_way()) {
    const auto& content = by.type == type::image && by.structure == structure::record ? records : text;
    const auto whole = wire(by, content);
    for (std::size_t chunk : {1, 2, 3, 50}) {
      const auto pieces = encoded(encoding(by), content, chunk);
      EXPECT_EQ(pieces.failure, "") << name_of(by);
      EXPECT_EQ(there_and_back(by, pieces.bytes), file(content)) << name_of(by);
    }
    EXPECT_EQ(there_and_back(by, whole), file(content)) << name_of(by);
    EXPECT_EQ(there_and_back(by, wire(by, "")), file("")) << name_of(by);
  }
}

TEST(encoding, a_last_line_without_an_end_is_a_record_too) {
  const parameters by{.type = type::ascii, .structure = structure::record};
  EXPECT_EQ(wire(by, "a\nb"),
            "a\xff\1"
            "b\xff\1\xff\2"s);
  EXPECT_EQ(there_and_back(by,
                           "a\xff\1"
                           "b\xff\2"s),
            file("a\nb"));  // others may leave it out: nothing is made up
}

TEST(encoding, a_file_that_holds_no_records_of_bytes) {
  const parameters by{.type = type::image, .structure = structure::record};
  EXPECT_EQ(encoded(encoding(by), "a\xff\2", 100).failure, "data.structure");
  EXPECT_EQ(encoded(encoding(by),
                    "a\xff\1\xff"
                    "b",
                    100)
                .failure,
            "data.structure");
}

TEST(encoding, a_file_that_is_too_large_for_pages) {
  const parameters by{.type = type::image, .structure = structure::page};
  EXPECT_EQ(encoded(encoding(by), std::string(65280, 'x'), 1000).failure, "");
  EXPECT_EQ(encoded(encoding(by), std::string(65281, 'x'), 1000).failure, "data.structure");
}

TEST(encoding, markers_where_a_restart_would_be_right) {
  const auto marked = [](const parameters& by, std::string_view before) {
    encoding how(by);
    std::string chunk(before);
    EXPECT_TRUE(how.encode(chunk, false));
    std::string out;
    how.mark(12, out);
    return out;
  };
  EXPECT_EQ(marked({.type = type::image, .mode = mode::block}, "x"), "\x10\0\2"s + "12");
  EXPECT_EQ(marked({.type = type::ascii, .structure = structure::record, .mode = mode::block}, "x\ny"),
            "\x10\0\2"s + "12");
  EXPECT_EQ(marked({.type = type::image, .structure = structure::page, .mode = mode::block}, "x"), "");
  EXPECT_EQ(marked({.type = type::image, .structure = structure::record, .mode = mode::block}, "x\xff"), "");
  EXPECT_EQ(marked({.type = type::image}, "x"), "");
  EXPECT_EQ(marked({.type = type::image, .mode = mode::deflate}, "x"), "");
}

TEST(decoding, markers_and_what_came_before_them) {
  EXPECT_EQ(there_and_back({.type = type::image, .mode = mode::block}, "\0\0\2ab\x10\0\1m\0\0\1c\x40\0\0"s).markers,
            "[m=2]");
  // Half of a line's end is held back.
  EXPECT_EQ(there_and_back({.type = type::ascii, .mode = mode::block}, "\0\0\2a\r\x10\0\1m\0\0\1\n\x40\0\0"s).markers,
            "[m=1?]");
  EXPECT_EQ(there_and_back({.type = type::image, .structure = structure::page, .mode = mode::block},
                           "\0\0\5\4\0\1\1x\x10\0\1m\x40\0\4\4\0\0\0"s)
                .markers,
            "[m=0?]");
}

TEST(decoding, what_follows_a_file_is_left_for_the_next) {
  const parameters by{.type = type::image, .mode = mode::block};
  EXPECT_EQ(decoded(decoding(by), "\x40\0\1a\x40\0\1b"s, 100),
            (passed{.bytes = "a", .failure = {}, .left = "\x40\0\1b"s, .markers = {}}));
}

TEST(decoding, what_the_sender_gave_up) {
  const auto got =
      decoded(decoding(parameters{.type = type::image, .mode = mode::block}), "\0\0\1a\x60\0\0\x40\0\0"s, 100);
  EXPECT_EQ(got.failure, "data.given_up");
  EXPECT_EQ(got.left, "\x40\0\0"s);
}

TEST(decoding, what_is_suspect_is_counted) {
  decoding how(parameters{.type = type::image, .mode = mode::block});
  std::span<const char> in = "\0\0\1a\x20\0\2bc\x60\0\1d"sv;
  std::string out;
  EXPECT_EQ(how.decode(in, out), decoding::came::end);
  EXPECT_EQ(out, "abcd");
  EXPECT_EQ(how.suspect(), 3u);
}

TEST(decoding, what_ends_too_early) {
  for (const auto& by : every_way()) {
    if (by.mode == mode::stream && by.structure == structure::file) continue;  // which cannot know
    const auto content = by.type == type::image && by.structure == structure::record ? "a\xff\1b\xff\1"s : "a\nb\n"s;
    const auto whole = wire(by, content);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(there_and_back(by, whole.substr(0, size)).failure, "data.truncated") << name_of(by) << size;
    }
  }
}

TEST(decoding, what_is_malformed) {
  EXPECT_EQ(there_and_back({.type = type::image, .mode = mode::block}, "\1\0\0"s), failed("data.malformed"));
  EXPECT_EQ(there_and_back({.type = type::image, .mode = mode::compressed}, "\1a\0\1"s), failed("data.malformed", "a"));
  EXPECT_EQ(there_and_back({.type = type::ascii, .structure = structure::record}, "a\xff\0"s),
            failed("data.malformed", "a"));
  EXPECT_EQ(there_and_back({.type = type::image, .structure = structure::page}, "\3"s), failed("data.malformed"));
  EXPECT_EQ(there_and_back({.type = type::image, .structure = structure::page}, "\4\0\0\x09"s),
            failed("data.page_type"));
  EXPECT_EQ(there_and_back({.type = type::image, .mode = mode::deflate}, "no zlib"), failed("data.malformed"));
  EXPECT_EQ(there_and_back({.type = type::image, .mode = mode::deflate}, ""), failed("data.truncated"));
}

TEST(deflate, a_stream_that_is_wrong_at_its_end) {
  const parameters by{.type = type::image, .mode = mode::deflate};
  auto bytes = pressed("some text that is long enough to be worth it, worth it, worth it");
  bytes.back() ^= 1;  // the checksum
  EXPECT_EQ(there_and_back(by, bytes).failure, "data.malformed");
}

TEST(deflate, records_must_end_where_the_stream_does) {
  const parameters by{.type = type::ascii, .structure = structure::record, .mode = mode::deflate};
  EXPECT_EQ(there_and_back(by, pressed("a\xff\1\xff\2"s)), file("a\n"));
  EXPECT_EQ(there_and_back(by, pressed("a\xff\3"s)), file("a\n"));
  EXPECT_EQ(there_and_back(by, pressed("a\xff\1"s)).failure, "data.malformed");
  EXPECT_EQ(there_and_back(by, pressed("a\xff\2x"s)).failure, "data.malformed");
  EXPECT_EQ(there_and_back(by, pressed(""s)).failure, "data.malformed");
}

// A gigabyte in a megabyte comes out a little at a time.
TEST(deflate, what_grows_does_so_piece_by_piece) {
  const auto bytes = pressed(std::string(50'000'000, '\0'));
  ASSERT_LT(bytes.size(), 100'000u);
  decoding how(parameters{.type = type::image, .mode = mode::deflate});
  std::span<const char> in = bytes;
  std::size_t all = 0;
  for (;;) {
    std::string out;
    auto came = how.decode(in, out);
    ASSERT_TRUE(came);
    EXPECT_LE(out.size(), limit::transfer_buffer + 65536);
    all += out.size();
    if (*came == decoding::came::end) break;
    ASSERT_EQ(*came, decoding::came::much);
  }
  EXPECT_EQ(all, 50'000'000u);
}

TEST(deflate, levels) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  std::size_t sizes[10];
  for (int level = 0; level < 10; ++level) {
    const parameters by{.type = type::image, .mode = mode::deflate, .level = level};
    const auto out = wire(by, text);
    sizes[level] = out.size();
    EXPECT_TRUE(unpressed(out) == text);
  }
  EXPECT_GT(sizes[0], text.size());
  EXPECT_GT(sizes[1], sizes[9]);
}

}  // namespace
}  // namespace ferry::transfer
