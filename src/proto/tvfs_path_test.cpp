#include "proto/tvfs_path.hpp"

#include <gtest/gtest.h>

namespace ferry::proto {
namespace {

std::string at(std::string_view from, std::string_view text) {
  auto base = tvfs_path{}.resolve(from);
  auto out = base->resolve(text);
  return out ? std::string(out->text()) : "(none)";
}

TEST(tvfs_path, resolves_as_rfc3659_section_6_says) {
  EXPECT_EQ(at("/", ""), "/");
  EXPECT_EQ(at("/", "a"), "/a");
  EXPECT_EQ(at("/a", "b/c"), "/a/b/c");
  EXPECT_EQ(at("/a", "/b"), "/b");
  EXPECT_EQ(at("/a/b", ".."), "/a");
  EXPECT_EQ(at("/a/b", "../../../.."), "/");
  EXPECT_EQ(at("/a", "./b//c/."), "/a/b/c");
  EXPECT_EQ(at("/a", "b/../.."), "/");
  EXPECT_EQ(at("/", "..."), "/...");
  EXPECT_EQ(at("/", " leading and trailing "), "/ leading and trailing ");
}

TEST(tvfs_path, refuses_what_no_file_system_takes) {
  EXPECT_EQ(at("/", std::string(255, 'x')).size(), 256u);
  EXPECT_EQ(at("/", std::string(256, 'x')), "(none)");
  EXPECT_EQ(at("/", std::string("a\0b", 3)), "(none)");
  std::string deep;
  for (int i = 0; i < 2100; ++i) deep += "/d";
  EXPECT_EQ(at("/", deep), "(none)");
}

TEST(tvfs_path, parts) {
  auto path = *tvfs_path{}.resolve("/a/b");
  EXPECT_EQ(path.name(), "b");
  EXPECT_EQ(path.relative(), "a/b");
  EXPECT_EQ(path.parent().text(), "/a");
  EXPECT_EQ(tvfs_path{}.relative(), ".");
  EXPECT_EQ(tvfs_path{}.parent().text(), "/");
  EXPECT_EQ(tvfs_path{}.child("x").text(), "/x");
}

TEST(tvfs_path, within_compares_whole_parts) {
  auto a = *tvfs_path{}.resolve("/a");
  EXPECT_TRUE(a.child("b").within(a));
  EXPECT_TRUE(a.within(a));
  EXPECT_FALSE(tvfs_path{}.resolve("/ab")->within(a));
  EXPECT_TRUE(a.within(tvfs_path{}));
}

}  // namespace
}  // namespace ferry::proto
