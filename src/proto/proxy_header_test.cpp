#include "proto/proxy_header.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ferry::proto {
namespace {

using status = proxy_header_reader::status;

struct outcome {
  status how = status::more;
  proxy_header what;
  std::size_t taken = 0;
};

outcome read(std::string_view in, std::size_t piece) {
  proxy_header_reader reader;
  outcome out;
  while (out.how == status::more && out.taken < in.size()) {
    const auto count = std::min({reader.wants(), piece, in.size() - out.taken});
    if (count == 0) break;
    out.how = reader.push(in.substr(out.taken, count));
    out.taken += count;
  }
  out.what = reader.header();
  return out;
}

constexpr proxy_end client{.address = {192, 0, 2, 1}, .port = 56324}, server{.address = {198, 51, 100, 7}, .port = 21};
const proxy_end client6{.v6 = true, .address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, .port = 4000};
const proxy_end server6{.v6 = true, .address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, .port = 65535};

TEST(proxy_header, a_line_names_both_ends) {
  EXPECT_EQ(format_proxy_v1({client, server}), "PROXY TCP4 192.0.2.1 198.51.100.7 56324 21\r\n");
  EXPECT_EQ(format_proxy_v1({client6, server6}), "PROXY TCP6 2001:db8::1 2001:db8::2 4000 65535\r\n");
  EXPECT_EQ(format_proxy_v1({}), "PROXY UNKNOWN\r\n");
}

TEST(proxy_header, what_is_written_is_read_however_it_is_cut_and_nothing_behind_it) {
  for (const auto& what : {proxy_header{client, server}, proxy_header{client6, server6}, proxy_header{}}) {
    for (const auto& text : {format_proxy_v1(what), format_proxy_v2(what)}) {
      for (std::string_view behind : {"", "USER alice\r\n", "\r\n", "\x16\x03\x01"}) {
        for (std::size_t piece = 1; piece <= text.size() + 1; ++piece) {
          const auto got = read(text + std::string(behind), piece);
          ASSERT_EQ(got.how, status::done) << piece;
          EXPECT_EQ(got.what, what);
          EXPECT_EQ(got.taken, text.size());
        }
      }
      for (std::size_t cut = 0; cut < text.size(); ++cut) {
        EXPECT_EQ(read(std::string_view(text).substr(0, cut), 1).how, status::more) << cut;
      }
    }
  }
}

TEST(proxy_header, whatever_else_comes_is_refused_as_soon_as_it_differs) {
  const auto refused = [](std::string_view in) { return read(in, 1).how == status::malformed; };
  EXPECT_TRUE(refused("USER "));
  EXPECT_TRUE(refused("\x16"));
  EXPECT_TRUE(refused("PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n"));
  EXPECT_TRUE(refused("PROXY TCP4 192.0.2.1 198.51.100.7 56324 21 7\r\n"));
  EXPECT_TRUE(refused("PROXY TCP4 192.0.2.1 198.51.100.7 56324 65536\r\n"));
  EXPECT_TRUE(refused("PROXY TCP4 192.0.2.1 198.51.100.7 056324 21\r\n"));
  EXPECT_TRUE(refused("PROXY TCP4 192.0.2.1 2001:db8::1 56324 21\r\n"));
  EXPECT_TRUE(refused("PROXY TCP4  192.0.2.1 198.51.100.7 56324 21\r\n"));
  EXPECT_TRUE(refused("PROXY UDP4 192.0.2.1 198.51.100.7 56324 21\r\n"));
  EXPECT_TRUE(refused("PROXY TCP4 192.0.2.1 198.51.100.7 56324 21\n"));
  EXPECT_TRUE(refused("PROXY TCP4 192.0.2.1\r198.51.100.7 56324 21\r\n"));
  EXPECT_TRUE(refused("PROXY UNKNOWN " + std::string(100, 'x')));
  EXPECT_FALSE(refused("PROXY UNKNOWN 1 2 3 4\r\n"));
}

TEST(proxy_header, version_2_may_carry_more_and_must_carry_the_addresses) {
  auto text = format_proxy_v2({client, server});
  text[15] = static_cast<char>(text[15] + 5);
  const auto got = read(text + "TLVs.behind", 3);
  EXPECT_EQ(got.how, status::done);
  EXPECT_EQ(got.taken, text.size() + 5);
  EXPECT_EQ(got.what, (proxy_header{client, server}));

  for (auto [at, byte] : {std::pair<std::size_t, char>{12, '\x31'},
                          {12, '\x22'},
                          {13, '\x41'},
                          {13, '\x13'},
                          {15, '\x0b'},
                          {14, '\x7f'}}) {
    auto wrong = format_proxy_v2({client, server});
    wrong[at] = byte;
    EXPECT_EQ(read(wrong, 1).how, status::malformed) << at;
  }
  for (char other : {'\0', '\x12', '\x22', '\x31', '\x32'}) {  // UNSPEC, UDP, UNIX
    auto text = format_proxy_v2({client, server});
    text[13] = other;
    EXPECT_EQ(read(text, 1).how, status::done);
    EXPECT_EQ(read(text, 1).what, proxy_header{});
  }
  auto local = format_proxy_v2({client, server});
  local[12] = '\x20';
  local[13] = '\x7f';  // to be ignored
  EXPECT_EQ(read(local, 1).how, status::done);
  EXPECT_EQ(read(local, 1).what, proxy_header{});
}

}  // namespace
}  // namespace ferry::proto
