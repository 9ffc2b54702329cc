#include "transfer/window.hpp"

#include <gtest/gtest.h>

#include "storage/memory/memory_storage.hpp"
#include "support/loop_runner.hpp"

namespace ferry::transfer {
namespace {

class window : public ::testing::Test, public support::loop_runner {
 protected:
  window() { write("/f", "0123456789", {}); }

  static storage::path at(std::string_view name) { return *storage::path().resolve(name); }

  result<void> write(std::string_view name, std::string_view what, storage::create_options how) {
    auto sink = run(files->create(at(name), how));
    auto put = run((*sink)->write(what));
    return put ? run((*sink)->commit()) : put;
  }

  std::string get() {
    auto file = run(files->open(at("/f")));
    std::string out((*file)->about().size, '\0');
    auto count = run((*file)->read(0, out));
    return out.substr(0, *count);
  }

  std::unique_ptr<storage::storage> files = storage::open_memory(storage::make_memory_tree());
};

TEST_F(window, a_source_ends_where_the_range_does) {
  for (std::uint64_t end : {0, 1, 4, 10, 11}) {
    auto file = up_to(*run(files->open(at("/f"))), end);
    const auto size = std::min<std::uint64_t>(end, 10);
    EXPECT_EQ(file->about().size, size);
    for (std::uint64_t from = 0; from <= 12; ++from) {
      std::string into(20, '\0');
      auto count = run(file->read(from, into));
      ASSERT_TRUE(count);
      EXPECT_EQ(into.substr(0, *count), std::string("0123456789").substr(0, size).substr(std::min(from, size)));
    }
  }
}

TEST_F(window, a_sink_takes_the_range_and_no_more) {
  for (std::size_t split = 0; split <= 5; ++split) {
    SCOPED_TRACE(split);
    const std::string all = "abcde";
    auto attempt = [&](std::uint64_t length) -> std::string {
      write("/f", "0123456789", {});
      auto sink =
          exactly(*run(files->create(at("/f"), {.how = storage::create_options::how::within, .offset = 2})), length);
      EXPECT_EQ(sink->descriptor(), -1) << "whoever writes past it is not counted";
      for (auto piece : {all.substr(0, split), all.substr(split)}) {
        if (auto put = run(sink->write(piece)); !put) return std::string(put.error().id);
      }
      auto done = run(sink->commit());
      return done ? "" : std::string(done.error().id);
    };
    EXPECT_EQ(attempt(5), "");
    EXPECT_EQ(get(), "01abcde789");
    EXPECT_EQ(attempt(4), "data.range");
    EXPECT_EQ(get(), "01abcd6789");
    EXPECT_EQ(attempt(6), "data.range");
  }
}

}  // namespace
}  // namespace ferry::transfer
