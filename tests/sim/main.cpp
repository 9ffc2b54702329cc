#include <gtest/gtest.h>

#include <charconv>
#include <cstdio>
#include <string_view>

#include "sim/replay.hpp"

namespace ferry::sim {

replay wanted;

namespace {

bool take(std::string_view word, std::string_view option, std::uint64_t& out) {
  if (!word.starts_with(option)) return false;
  word.remove_prefix(option.size());
  auto [end, wrong] = std::from_chars(word.begin(), word.end(), out);
  return wrong == std::errc() && end == word.end();
}

}  // namespace
}  // namespace ferry::sim

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
  for (int i = 1; i < count; ++i) {
    std::uint64_t number = 0;
    if (ferry::sim::take(words[i], "--seed=", number)) {
      ferry::sim::wanted.seed = number;
    } else if (ferry::sim::take(words[i], "--seeds=", number)) {
      ferry::sim::wanted.seeds = number;
    } else {
      std::fprintf(stderr, "%s is neither --seed=N nor --seeds=N\n", words[i]);
      return 2;
    }
  }
  return RUN_ALL_TESTS();
}
