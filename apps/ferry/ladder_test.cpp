#include "ferry/ladder.hpp"

#include <gtest/gtest.h>

namespace ferry::cli {
namespace {

TEST(ladder, text_of_server_is_no_markup) {
  recorder from;
  from.reply(1, proto::reply(220, "<script>alert(1)</script> & \"more\""));
  auto page = draw_ladder(from);
  EXPECT_FALSE(page.contains("<script>"));
  EXPECT_TRUE(page.contains("220 &lt;script&gt;"));
}

TEST(ladder, each_session_has_its_own) {
  recorder from;
  for (unsigned i = 1; i <= 3; ++i) from.command(i, "NOOP");
  auto page = draw_ladder(from);
  EXPECT_TRUE(page.contains("Session 1"));
  EXPECT_TRUE(page.contains("Session 3"));
}

TEST(ladder, data_that_never_closed_is_drawn) {
  recorder from;
  from.data_opened(1, {.verb = "RETR"});
  EXPECT_TRUE(draw_ladder(from).contains("class=\"band\""));
}

TEST(ladder, memory_is_bounded) {
  recorder from;
  for (std::size_t i = 0; i < recorded_marks + 5; ++i) from.command(1, "NOOP");
  EXPECT_EQ(from.marks().size(), recorded_marks);
  EXPECT_EQ(from.left_out(), 5u);
  EXPECT_TRUE(draw_ladder(from).contains("5 further events"));
}

}  // namespace
}  // namespace ferry::cli
