#include "accounts/accounts.hpp"

#include <gtest/gtest.h>

namespace ferry::accounts {
namespace {

proto::tvfs_path path(std::string_view text) { return *proto::tvfs_path{}.resolve(text); }

TEST(rights, words_stand_for_their_rights) {
  struct {
    const char* word;
    right means;
  } const table[] = {{"list", right::list},     {"read", right::read},     {"write", right::write},
                     {"append", right::append}, {"delete", right::remove}, {"rename", right::rename},
                     {"mkdir", right::mkdir},   {"chmod", right::chmod}};
  rights together;
  for (const auto& row : table) {
    auto got = parse_right(row.word);
    ASSERT_TRUE(got) << row.word;
    EXPECT_EQ(*got, rights(row.means)) << row.word;
    EXPECT_FALSE(together.holds(row.means)) << row.word;
    together = together | *got;
  }
  EXPECT_EQ(together, rights::all());
  EXPECT_EQ(*parse_right("all"), rights::all());
  EXPECT_EQ(*parse_right("read-only"), rights(right::list) | right::read);
}

TEST(rights, other_words_are_refused) {
  for (auto word : {"", "Read", "reads", "remove", "none", " read"}) {
    auto got = parse_right(word);
    ASSERT_FALSE(got) << word;
    EXPECT_EQ(got.error().id, "accounts.right");
    EXPECT_NE(got.error().advice.find("read-only"), std::string::npos);
  }
}

TEST(account, the_longest_folder_that_covers_a_path_decides) {
  account who;
  who.allow = rights::read_only();
  who.rules = {
      {path("/drop"), right::write},
      {path("/drop/box/deep"), rights::all()},
      {path("/drop/box"), rights()},
  };
  struct {
    const char* at;
    rights expected;
  } const table[] = {
      {"/", rights::read_only()},
      {"/other", rights::read_only()},
      {"/dropped", rights::read_only()},  // a name that only begins alike
      {"/drop", right::write},
      {"/drop/file", right::write},
      {"/drop/boxes", right::write},
      {"/drop/box", rights()},
      {"/drop/box/file", rights()},
      {"/drop/box/deep", rights::all()},
      {"/drop/box/deep/er", rights::all()},
  };
  for (const auto& row : table) EXPECT_EQ(who.at(path(row.at)), row.expected) << row.at;
}

TEST(account, a_rule_for_the_root_replaces_the_default) {
  account who;
  who.allow = rights::all();
  who.rules = {{path("/"), right::list}};
  EXPECT_EQ(who.at(path("/a")), rights(right::list));
}

}  // namespace
}  // namespace ferry::accounts
