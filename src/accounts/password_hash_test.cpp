#include "accounts/password_hash.hpp"

#include <gtest/gtest.h>

namespace ferry::accounts {
namespace {

const std::string of_password[] = {
    // argon2id with one lane and with two; SHA-crypt with and without rounds; yescrypt; bcrypt. All of "password".
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    "$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.",
    "$5$rounds=1000$saltsalt$azOwbpkvuuBKkE82dQPwTsQE8JyT9Fflpr9aKid3aT9",
    "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
    "$y$j75$saltsalt$eWasoMp7uF0.AeHT3DZ8Zkum32fPmPJWiMVRQdwiBb4",
    "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
    "$2y$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
};

TEST(password_hash, what_is_made_verifies) {
  auto hash = make_hash("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
  EXPECT_TRUE(check_hash(*hash));
  EXPECT_TRUE(verify_password(*hash, "correct horse"));
  EXPECT_FALSE(verify_password(*hash, "correct horsf"));
  EXPECT_FALSE(verify_password(*hash, ""));
  EXPECT_NE(*hash, *make_hash("correct horse"));
}

TEST(password_hash, hashes_from_elsewhere_verify) {
  for (const auto& hash : of_password) {
    EXPECT_TRUE(check_hash(hash)) << hash;
    EXPECT_TRUE(verify_password(hash, "password")) << hash;
    EXPECT_FALSE(verify_password(hash, "Password")) << hash;
    EXPECT_FALSE(verify_password(hash, std::string("password\0x", 10))) << hash;
  }
}

TEST(password_hash, a_changed_or_cut_hash_does_not_verify) {
  for (auto hash : of_password) {
    auto cut = hash.substr(0, hash.size() - 1);
    EXPECT_FALSE(verify_password(cut, "password")) << cut;
    hash[hash.size() - 8] = hash[hash.size() - 8] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(verify_password(hash, "password")) << hash;
  }
}

TEST(password_hash, a_locked_hash_is_in_order_and_never_verifies) {
  EXPECT_TRUE(check_hash("!"));
  EXPECT_TRUE(check_hash("!" + of_password[0]));
  EXPECT_FALSE(verify_password("!" + of_password[0], "password"));
  EXPECT_FALSE(verify_password("!", ""));
  EXPECT_FALSE(verify_password("", ""));
}

TEST(password_hash, an_empty_or_impossible_password_is_not_hashed) {
  for (auto password : {std::string(), std::string("a\0b", 3), std::string(512, 'a')}) {
    auto hash = make_hash(password);
    ASSERT_FALSE(hash);
    EXPECT_EQ(hash.error().id, "accounts.password");
  }
}

TEST(password_hash, what_is_refused_and_why) {
  const std::string salt = "c29tZXNhbHQ", digest = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  const std::string d43(43, 'a'), d53(53, 'a'), d86(86, 'a');
  struct {
    std::string hash;
    std::string_view id;
  } const table[] = {
      {"", "accounts.hash.plain"},
      {"hunter2", "accounts.hash.plain"},
      {"5f4dcc3b5aa765d61d8327deb882cf99", "accounts.hash.plain"},
      {"$1$abcdefgh$aaaaaaaaaaaaaaaaaaaaaa", "accounts.hash.form"},
      {"$argon2i$v=19$m=256,t=2,p=1$" + salt + "$" + digest, "accounts.hash.form"},
      {"$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + digest, "accounts.hash.form"},
      {"$argon2id$v=19$m=256,t=2,p=1$" + salt, "accounts.hash.form"},
      {"$argon2id$v=19$m=256,t=0,p=1$" + salt + "$" + digest, "accounts.hash.form"},
      {"$argon2id$v=19$m=4,t=1,p=1$" + salt + "$" + digest, "accounts.hash.form"},
      {"$argon2id$v=19$m=262145,t=1,p=1$" + salt + "$" + digest, "accounts.hash.cost"},
      {"$argon2id$v=19$m=65536,t=17,p=1$" + salt + "$" + digest, "accounts.hash.cost"},
      {"$argon2id$v=19$m=256,t=99999999999999999999,p=1$" + salt + "$" + digest, "accounts.hash.form"},
      {"$6$rounds=1000001$salt$" + d86, "accounts.hash.cost"},
      {"$6$salt$" + d43, "accounts.hash.form"},
      {"$5$salt$" + d86, "accounts.hash.form"},
      {"$5$salt:$" + d43, "accounts.hash.form"},
      {"$2b$15$" + d53, "accounts.hash.cost"},
      {"$2b$10$short", "accounts.hash.form"},
      {"$y$jET$salt$" + d43, "accounts.hash.cost"},  // 2^17 blocks of 4 KiB
      {"$y$jzz$salt$" + d43, "accounts.hash.cost"},
      {"$y$j9T$salt", "accounts.hash.form"},
  };
  for (const auto& row : table) {
    auto got = check_hash(row.hash);
    ASSERT_FALSE(got) << row.hash;
    EXPECT_EQ(got.error().id, row.id) << row.hash;
    EXPECT_FALSE(got.error().advice.empty());
    EXPECT_TRUE(row.hash.empty() || !got.error().cause.contains(row.hash));
    EXPECT_FALSE(verify_password(row.hash, row.hash));
  }
  EXPECT_TRUE(check_hash("$argon2id$v=19$m=262144,t=3,p=1$" + salt + "$" + digest));
  EXPECT_TRUE(check_hash("$y$jDT$salt$" + d43));  // 2^16 of them: 256 MiB
}

}  // namespace
}  // namespace ferry::accounts
