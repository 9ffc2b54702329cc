#include "ferry/words.hpp"

#include <gmock/gmock.h>

namespace ferry::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(words, quotes_and_backslashes) {
  EXPECT_THAT(split_words("get  'a b' \"c d\" e\\ f").words, ElementsAre("get", "a b", "c d", "e f"));
  EXPECT_THAT(split_words("''").words, ElementsAre(""));
  EXPECT_THAT(split_words("  ").words, IsEmpty());
}

TEST(words, last_word_may_grow) {
  EXPECT_TRUE(split_words("cd pu").open_word);
  EXPECT_FALSE(split_words("cd ").open_word);
  EXPECT_TRUE(split_words("cd 'pu").open_quote);
}

TEST(words, quoted_comes_back) {
  for (std::string_view text : {"", "plain", "two words", "it's \"so\"", "back\\slash", "!x*?["}) {
    EXPECT_THAT(split_words(quoted_word(text)).words, ElementsAre(std::string(text)));
  }
}

}  // namespace
}  // namespace ferry::cli
