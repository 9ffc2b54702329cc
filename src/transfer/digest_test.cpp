#include "transfer/digest.hpp"

#include <gtest/gtest.h>

#include "storage/memory/memory_storage.hpp"
#include "support/loop_runner.hpp"

namespace ferry::transfer {
namespace {

std::string of(std::string_view algorithm, std::string_view first, std::string_view second = {}) {
  auto how = make_digester(algorithm);
  how->add(first);
  how->add(second);
  return how->finish().value;
}

// FIPS 180-4 (NIST's examples), RFC 1321 §A.5, and the check value of CRC-32.
TEST(digest, is_what_the_standards_say) {
  EXPECT_EQ(of("SHA-256", "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(of("SHA-1", "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(of("SHA-512", "abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(of("MD5", "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(of("CRC32", "123456789"), "cbf43926");
  EXPECT_EQ(of("CRC32", ""), "00000000");
}

TEST(digest, does_not_depend_on_the_pieces) {
  const std::string all = "The quick brown fox";
  for (const auto& each : digest_algorithms()) {
    EXPECT_EQ(of(each.name, "").size(), each.digits) << each.name;
    for (std::size_t at = 0; at <= all.size(); ++at) {
      EXPECT_EQ(of(each.name, all.substr(0, at), all.substr(at)), of(each.name, all)) << each.name;
    }
  }
}

TEST(digest, is_found_by_its_name) {
  EXPECT_EQ(find_digest("sha-256")->name, "SHA-256");
  EXPECT_EQ(find_digest("SHA256"), nullptr);
  EXPECT_EQ(find_digest(""), nullptr);
  EXPECT_EQ(make_digester("CRC-37"), nullptr);
}

TEST(digest, takes_a_file_piece_by_piece) {
  support::loop_runner runner;
  auto files = storage::open_memory(storage::make_memory_tree());
  auto sink = runner.run(files->create(*proto::tvfs_path().resolve("/f"), {}));
  ASSERT_TRUE(sink);
  ASSERT_TRUE(runner.run((*sink)->write(std::string_view("xx123456789"))));
  ASSERT_TRUE(runner.run((*sink)->commit()));
  auto file = runner.run(files->open(*proto::tvfs_path().resolve("/f")));
  ASSERT_TRUE(file);
  auto how = make_digester("CRC32");
  char piece[4];
  std::vector<std::size_t> counts;
  for (std::uint64_t offset = 2;;) {
    auto count = runner.run(add_piece(runner.on, *how, **file, offset, piece));
    ASSERT_TRUE(count);
    counts.push_back(*count);
    if (*count == 0) break;
    offset += *count;
  }
  EXPECT_EQ(counts, (std::vector<std::size_t>{4, 4, 1, 0}));
  EXPECT_EQ(how->finish().value, "cbf43926");
}

}  // namespace
}  // namespace ferry::transfer
