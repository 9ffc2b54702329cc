#include "proto/page.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

using namespace std::literals;
using state = page_decoder::state;

std::string page(int index, std::string_view data, int type = 1, std::string_view fields = {}) {
  std::string out = {static_cast<char>(4 + fields.size()), static_cast<char>(index), static_cast<char>(data.size()),
                     static_cast<char>(type)};
  return out.append(fields).append(data);
}

const std::string last = page(0, "", 0);

// The content, or what is wrong, the same however the pages are split.
std::string read(const std::string& wire) {
  std::string told;
  for (std::size_t chunk : {wire.size() + 1, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
    page_decoder one;
    auto now = state::more;
    for (std::string_view left = wire; !left.empty(); left.remove_prefix(std::min(chunk, left.size()))) {
      now = one.transform(left.substr(0, chunk));
    }
    const std::string words[] = {"<more>", one.content(), "<malformed>", "<unknown type>"};
    const auto& here = words[static_cast<int>(now)];
    if (chunk > wire.size()) told = here;
    EXPECT_EQ(here, told) << "in pieces of " << chunk;
  }
  return told;
}

std::string written(std::string_view data) {
  page_encoder encoder;
  std::string out;
  EXPECT_TRUE(encoder.transform(data, out));
  EXPECT_TRUE(encoder.finish(out));
  return out;
}

TEST(pages, one_behind_the_other) {
  EXPECT_EQ(read(last), "");
  EXPECT_EQ(read(page(3, "") + last), "");
  EXPECT_EQ(read(page(0, "ab") + page(1, "cd") + page(2, "e") + last), "abcde");
}

TEST(pages, in_any_order_and_with_holes) {
  EXPECT_EQ(read(page(3, "g") + page(0, "ab") + page(1, "cd") + last), "abcd\0\0g"s);
  EXPECT_EQ(read(page(2, "xyz") + last), "\0\0\0\0\0\0xyz"s);
}

TEST(pages, zeros_at_the_end_of_one_may_be_left_out) {
  EXPECT_EQ(read(page(0, "a") + page(1, "cde") + page(2, "") + last), "a\0\0cde"s);
}

TEST(pages, the_later_of_two_counts) { EXPECT_EQ(read(page(0, "abc") + page(1, "x") + page(0, "d") + last), "dx"); }

TEST(pages, descriptors_and_access_fields_are_read_over) {
  EXPECT_EQ(read(page(0, "descriptor", 2) + page(7, "more", 2, "fields") + page(0, "ab", 3, "\7") + last), "ab");
}

TEST(pages, what_the_rfc_forbids) {
  for (const auto& wire : {page(0, "a", 1, "x") + last, page(0, "a", 3) + last, page(0, "a", 3, "xy") + last,
                           page(0, "a", 0), page(0, "", 0, "x"), "\3\0\0\1"s, "\0"s, last + "x"}) {
    EXPECT_EQ(read(wire), "<malformed>") << testing::PrintToString(wire);
  }
  EXPECT_EQ(read(page(0, "a", 4)), "<unknown type>");
  EXPECT_EQ(read(page(0, "a", 255, "x")), "<unknown type>");
}

TEST(pages, what_is_cut_short_is_not_whole) {
  const auto wire = page(0, "ab") + page(1, "cd") + last;
  for (std::size_t size = 0; size < wire.size(); ++size) EXPECT_EQ(read(wire.substr(0, size)), "<more>");
}

TEST(pages, what_is_written_is_read) {
  std::string data;
  for (std::size_t size : {0u, 1u, 254u, 255u, 256u, 5000u, 65279u, 65280u}) {
    while (data.size() < size) data += static_cast<char>(data.size() * 7);
    EXPECT_TRUE(read(written(data)) == data) << size;
  }
  EXPECT_EQ(written("abc"), page(0, "abc") + last);
  EXPECT_EQ(written(std::string(255, 'x')), page(0, std::string(255, 'x')) + last);
}

TEST(pages, a_file_of_more_pages_than_there_are_numbers) {
  page_encoder encoder;
  std::string out;
  EXPECT_TRUE(encoder.transform(std::string(largest_paged_file, 'x'), out));
  const bool more = encoder.transform("x"sv, out) && encoder.finish(out);
  EXPECT_FALSE(more);
}

}  // namespace
}  // namespace ferry::proto
