#include "ferry/exit_codes.hpp"

#include <gtest/gtest.h>

#include <set>

#include "ferry/console.hpp"

namespace ferry::cli {
namespace {

TEST(exit_codes, by_id) {
  EXPECT_EQ(exit_code_of("remote.not_found"), 3);
  EXPECT_EQ(exit_code_of("connect.timeout"), 6);
  EXPECT_EQ(exit_code_of("data.passive.timeout"), 7);
  EXPECT_EQ(exit_code_of("data.stalled"), 9);
  EXPECT_EQ(exit_code_of("data.reset"), 15);
  EXPECT_EQ(exit_code_of("storage.full"), 12);
  EXPECT_EQ(exit_code_of("mirror.deletes"), 14);
  EXPECT_EQ(exit_code_of("something.new"), 1);
}

TEST(exit_codes, each_is_explained_once) {
  std::set<int> codes;
  for (const auto& each : exit_meanings()) EXPECT_TRUE(codes.insert(each.code).second);
  EXPECT_EQ(codes.size(), 19u);
}

class exit_code_of_a_run : public testing::Test {
 protected:
  console out{options{.quiet = true}};
  void fail(std::string_view id) { out.complain("a", error{id, "cause", ""}); }
};

TEST_F(exit_code_of_a_run, failures_of_one_kind_keep_it) {
  fail("remote.denied");
  fail("remote.denied");
  EXPECT_EQ(out.exit_code(), 4);
}

TEST_F(exit_code_of_a_run, failures_of_two_kinds) {
  fail("remote.denied");
  fail("remote.not_found");
  EXPECT_EQ(out.exit_code(), 11);
}

TEST_F(exit_code_of_a_run, failure_beside_success) {
  out.succeeded();
  fail("remote.denied");
  EXPECT_EQ(out.exit_code(), 11);
}

TEST_F(exit_code_of_a_run, signal_is_stronger) {
  fail("remote.denied");
  out.stopped_by(130);
  EXPECT_EQ(out.exit_code(), 130);
}

}  // namespace
}  // namespace ferry::cli
