#include "transfer/stage.hpp"

#include <gtest/gtest.h>

namespace ferry::transfer {
namespace {

// Puts brackets around what it holds back: a byte, and at the end what is left.
class holding : public stage {
 public:
  result<void> transform(std::span<const char> in, std::string& out) override {
    for (char each : in) {
      if (held_) out += held_;
      held_ = each;
    }
    return {};
  }
  result<void> finish(std::string& out) override {
    out += '[';
    if (held_) out += held_;
    out += ']';
    return {};
  }

 private:
  char held_ = 0;
};

std::string through(stages all, std::initializer_list<std::string_view> chunks) {
  std::string out;
  std::size_t left = chunks.size();
  for (auto each : chunks) {
    std::string chunk(each);
    EXPECT_TRUE(run(all, chunk, --left == 0));
    out += chunk;
  }
  return out;
}

TEST(stages, none_change_nothing) { EXPECT_EQ(through({}, {"ab", "", "c"}), "abc"); }

TEST(stages, bytes_pass_them_in_order_and_each_ends_behind_the_last) {
  stages two;
  two.push_back(std::make_unique<ascii_out>());
  two.push_back(std::make_unique<holding>());
  EXPECT_EQ(through(std::move(two), {"a\n", "b"}), "a\r\n[b]");

  stages turned;
  turned.push_back(std::make_unique<holding>());
  turned.push_back(std::make_unique<ascii_out>());
  EXPECT_EQ(through(std::move(turned), {"a\n", "\n"}), "a\r\n[\r\n]");
}

TEST(stages, they_end_even_when_nothing_came) {
  stages one;
  one.push_back(std::make_unique<holding>());
  EXPECT_EQ(through(std::move(one), {""}), "[]");
}

TEST(stages, a_line_end_may_lie_across_chunks) {
  stages in;
  in.push_back(std::make_unique<ascii_in>());
  EXPECT_EQ(through(std::move(in), {"a\r", "\nb\r", "c\r", ""}), "a\nb\rc\r");
}

TEST(stages, text_may_begin_within_a_line_end) {
  stages out;
  out.push_back(std::make_unique<ascii_out>(true));
  EXPECT_EQ(through(std::move(out), {"\nb\n"}), "\nb\r\n");
}

}  // namespace
}  // namespace ferry::transfer
