#include "proto/extended_port.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

TEST(extended_port, eprt) {
  EXPECT_EQ(parse_eprt("|1|132.235.1.2|6275|"), (extended_port{1, "132.235.1.2", 6275}));
  EXPECT_EQ(parse_eprt("|2|1080::8:800:200C:417A|5282|"), (extended_port{2, "1080::8:800:200C:417A", 5282}));
  EXPECT_EQ(parse_eprt("!2!fe80::1%eth0!1!"), (extended_port{2, "fe80::1%eth0", 1}));
  EXPECT_EQ(parse_eprt("|3|what ever|1|"), (extended_port{3, "what ever", 1}));  // for the 522
  for (const auto* bad : {"", "|", "|1|1.2.3.4|1", "|1|1.2.3.4|1|x", "|1|1.2.3.4|0|", "|1|1.2.3.4|65536|", "|1||1|",
                          "||1.2.3.4|1|", "|a|1.2.3.4|1|", "|1|1.2.3.4|-1|", " 1 1.2.3.4 1 ",
                          "\xFF"
                          "1\xFF"
                          "1.2.3.4\xFF"
                          "1\xFF",
                          "|1|1.2 3.4|1|", "|99999|x|1|", "|1|1.2.3.4|000001|"})
    EXPECT_EQ(parse_eprt(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_eprt("|1|" + std::string(max_address_text + 1, '1') + "|1|"), std::nullopt);
}

TEST(extended_port, eprt_round_trip) {
  const extended_port value{2, "2001:db8::1", 65535};
  EXPECT_EQ(format_eprt(value), "|2|2001:db8::1|65535|");
  EXPECT_EQ(parse_eprt(format_eprt(value)), value);
}

TEST(extended_port, extended_passive_text) {
  EXPECT_EQ(format_229(6446), "Entering Extended Passive Mode (|||6446|)");
  for (const auto* text :
       {"Entering Extended Passive Mode (|||6446|)", "Entering Extended Passive Mode (|||6446|).", "(!!!6446!)",
        "Passive (ok) |||6446|", "(|1|127.0.0.1|6446|)", "(|2|::1|6446|)", "EPSV |||6446|"})
    EXPECT_EQ(parse_229(text), 6446) << text;
  for (const auto* text : {"", "(|||)", "(|||0|)", "(|||65536|)", "(|||6446)", "(127,0,0,1,18,52)", "Mode..."})
    EXPECT_EQ(parse_229(text), std::nullopt) << text;
  for (unsigned port = 1; port < 65536; port += 101)
    EXPECT_EQ(parse_229(format_229(static_cast<std::uint16_t>(port))), port);
}

TEST(extended_port, epsv_argument) {
  EXPECT_EQ(parse_epsv_argument(""), epsv_argument::none);
  EXPECT_EQ(parse_epsv_argument("1"), epsv_argument::ipv4);
  EXPECT_EQ(parse_epsv_argument("2"), epsv_argument::ipv6);
  EXPECT_EQ(parse_epsv_argument("all"), epsv_argument::all);
  EXPECT_EQ(parse_epsv_argument("3"), epsv_argument::unsupported);
  EXPECT_EQ(parse_epsv_argument("x"), epsv_argument::malformed);
  EXPECT_EQ(parse_epsv_argument(" 1"), epsv_argument::malformed);
}

}  // namespace
}  // namespace ferry::proto
