#include "ferry/remote_paths.hpp"

#include <gtest/gtest.h>

namespace ferry::cli {
namespace {

TEST(remote_paths, resolved) {
  EXPECT_EQ(resolved("/pub", "a"), "/pub/a");
  EXPECT_EQ(resolved("/pub", "a/"), "/pub/a/");
  EXPECT_EQ(resolved("/pub/x", "../a/./b"), "/pub/a/b");
  EXPECT_EQ(resolved("/pub", "/etc"), "/etc");
  EXPECT_EQ(resolved("/pub", ".."), "/");
  EXPECT_EQ(resolved("/", "../../.."), "/");
  EXPECT_EQ(resolved("/pub", ""), "/pub");
}

TEST(remote_paths, url_names_the_same_path) {
  for (std::string path : {"/", "/a b", "/100%;type=a", "/a/b#c?d[e]*", "/\xff"}) {
    auto where = client::parse_url("ftp://alice@example.org:2121/x");
    ASSERT_TRUE(where);
    auto again = client::parse_url(url_of(*where, path));
    ASSERT_TRUE(again) << path;
    EXPECT_EQ(again->path, path);
    if (path.contains('?')) {
      EXPECT_EQ(again->pattern, "b#c?d[e]*");
    }
    EXPECT_EQ(again->user, "alice");
    EXPECT_EQ(again->port, 2121);
  }
}

}  // namespace
}  // namespace ferry::cli
