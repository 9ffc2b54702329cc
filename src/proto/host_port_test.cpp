#include "proto/host_port.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

const host_port local{{127, 0, 0, 1}, 4660};

TEST(host_port, port_argument_is_strict) {
  EXPECT_EQ(parse_port_argument("127,0,0,1,18,52"), local);
  EXPECT_EQ(parse_port_argument("127,000,000,001,18,52"), local);
  for (const auto* bad : {"", "127,0,0,1,18", "127,0,0,1,18,", "127,0,0,1,18,52,", "127,0,0,1,18,256",
                          "256,0,0,1,18,52", "127,0,0,1,0,0", " 127,0,0,1,18,52", "127, 0,0,1,18,52", "127,0,0,1,18,-1",
                          "127.0.0.1,18,52", "(127,0,0,1,18,52)", "127,0,0,1,18,0052", "127,0,0,1,18,52 "})
    EXPECT_EQ(parse_port_argument(bad), std::nullopt) << bad;
}

TEST(host_port, passive_text_as_servers_write_it) {
  for (const auto* text : {"Entering Passive Mode (127,0,0,1,18,52)", "Entering Passive Mode (127,0,0,1,18,52).",
                           "Entering Passive Mode. 127,0,0,1,18,52", "=127,0,0,1,18,52", "127,0,0,1,18,52",
                           "Entering Passive Mode (127, 0, 0, 1, 18, 52)", "Mode 2, ok (127,0,0,1,18,52)",
                           "Entering Passive Mode 127,0,0,1,18,52 ready", "(256,1,1,1,1,1) (127,0,0,1,18,52)"})
    EXPECT_EQ(parse_227(text), local) << text;
}

TEST(host_port, passive_text_without_address) {
  for (const auto* text :
       {"", "Entering Passive Mode", "(127,0,0,1,18)", "(|||4660|)", "(127,0,0,1,18,2560)", "(127,0,0,1,0,0)"})
    EXPECT_EQ(parse_227(text), std::nullopt) << text;
}

TEST(host_port, round_trip) {
  EXPECT_EQ(format_port_argument(local), "127,0,0,1,18,52");
  EXPECT_EQ(format_227(local), "Entering Passive Mode (127,0,0,1,18,52).");
  for (unsigned port = 1; port < 65536; port += 97) {
    const host_port value{{10, 255, static_cast<std::uint8_t>(port), 0}, static_cast<std::uint16_t>(port)};
    EXPECT_EQ(parse_port_argument(format_port_argument(value)), value);
    EXPECT_EQ(parse_227(format_227(value)), value);
  }
}

}  // namespace
}  // namespace ferry::proto
