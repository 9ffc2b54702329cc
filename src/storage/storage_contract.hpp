// What every store must do, as tests. Include it in one source file of a test program and instantiate
// storage_contract with the stores to be tried.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/storage.hpp"
#include "storage/storage_runner.hpp"

namespace ferry::storage {

// An empty store, and what its interface has no verb for.
class contract_subject {
 public:
  virtual ~contract_subject() = default;
  virtual std::unique_ptr<storage> open(net::loop& on) = 0;
  virtual void add_link(const path& at, const std::string& target) = 0;
};

struct contract_store {
  std::string name;
  std::function<std::unique_ptr<contract_subject>()> make;  // nullptr: not possible on this machine
};

inline void PrintTo(const contract_store& store, std::ostream* out) { *out << store.name; }
inline std::string name_of(const testing::TestParamInfo<contract_store>& tested) { return tested.param.name; }

class storage_contract : public testing::TestWithParam<contract_store> {
 protected:
  void SetUp() override {
    if (!subject) GTEST_SKIP() << GetParam().name << " cannot be tried here";
    files = subject->open(runner.on);
  }

  template <class T>
  T run(task<T> work) {
    return runner.run(std::move(work));
  }

  std::unique_ptr<sink> begin(std::string_view name, create_options options = {}) {
    auto opened = run(files->create(at(name), options));
    EXPECT_TRUE(opened) << opened.error().cause;
    return opened ? std::move(*opened) : nullptr;
  }

  void write(sink& into, std::string_view bytes) {
    auto written = run(into.write(bytes));
    EXPECT_TRUE(written) << written.error().cause;
  }

  void put(std::string_view name, std::string_view bytes, create_options options = {}) {
    auto file = begin(name, options);
    if (!file) return;
    write(*file, bytes);
    auto done = run(file->commit());
    EXPECT_TRUE(done) << done.error().cause;
  }

  void drop(std::unique_ptr<sink> unfinished) {
    unfinished.reset();
    runner.drain();
  }

  std::string read(source& from) {
    std::string out;
    char piece[70001];
    for (;;) {
      auto got = run(from.read(out.size(), piece));
      EXPECT_TRUE(got) << got.error().cause;
      if (!got || *got == 0) return out;
      out.append(piece, *got);
    }
  }

  std::string get(std::string_view name) {
    auto file = run(files->open(at(name)));
    if (!file) return std::string(file.error().id);
    return read(**file);
  }

  std::vector<entry> list(std::string_view name, detail what = detail::facts) {
    std::vector<entry> all, batch;
    auto opened = run(files->list(at(name), what));
    EXPECT_TRUE(opened) << opened.error().cause;
    if (!opened) return all;
    for (;;) {
      auto more = run((*opened)->next(batch));
      EXPECT_TRUE(more) << more.error().cause;
      if (!more || !*more) break;
      EXPECT_FALSE(batch.empty());
      for (auto& e : batch) all.push_back(std::move(e));
    }
    EXPECT_TRUE(batch.empty());
    return all;
  }

  std::vector<std::string> names(std::string_view folder, detail what = detail::names) {
    std::vector<std::string> out;
    for (auto& e : list(folder, what)) out.push_back(e.name);
    return out;
  }

  std::string_view stat_id(std::string_view name) { return id_of(run(files->stat(at(name)))); }
  info facts(std::string_view name) { return run(files->stat(at(name))).value_or(info{}); }

  std::unique_ptr<contract_subject> subject = GetParam().make();
  storage_runner runner;
  std::unique_ptr<storage> files;
};

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using how = enum create_options::how;

inline create_options in_place(std::uint64_t offset) { return {.how = how::at, .offset = offset}; }
inline const create_options exclusively{.how = how::exclusive};
inline const create_options appending{.how = how::append};

// --- new files
// ---------------------------------------------------------------------------------------------------------

TEST_P(storage_contract, the_root_is_an_empty_folder) {
  auto root = run(files->stat(path()));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->type, kind::directory);
  EXPECT_THAT(list("/"), IsEmpty());
  EXPECT_THAT(list("/", detail::names), IsEmpty());
}

TEST_P(storage_contract, a_file_appears_whole_with_commit) {
  auto file = begin("/f");
  write(*file, "hello ");
  write(*file, "world");
  EXPECT_EQ(stat_id("/f"), "storage.not_found");
  EXPECT_THAT(names("/"), IsEmpty());
  EXPECT_THAT(names("/", detail::facts), IsEmpty());
  ASSERT_TRUE(run(file->commit()));
  EXPECT_EQ(get("/f"), "hello world");
  EXPECT_EQ(facts("/f").size, 11u);
  EXPECT_EQ(facts("/f").type, kind::file);
  drop(std::move(file));
  EXPECT_EQ(get("/f"), "hello world");
}

TEST_P(storage_contract, an_empty_file) {
  put("/f", "");
  EXPECT_EQ(facts("/f").type, kind::file);
  EXPECT_EQ(get("/f"), "");
}

TEST_P(storage_contract, pieces_of_every_size_keep_their_order) {
  std::string all;
  auto file = begin("/f");
  for (std::size_t size : {1, 65535, 65536, 65537, 0, 300000, 2, 65534, 131072}) {
    std::string piece;
    for (std::size_t i = 0; i < size; ++i) piece.push_back(static_cast<char>((all.size() + i) * 31 % 251));
    write(*file, piece);
    all += piece;
  }
  ASSERT_TRUE(run(file->commit()));
  EXPECT_EQ(facts("/f").size, all.size());
  EXPECT_TRUE(get("/f") == all);
}

TEST_P(storage_contract, an_unfinished_file_leaves_nothing) {
  for (std::size_t size : {0, 10, 200000}) {
    auto file = begin("/f");
    write(*file, std::string(size, 'x'));
    drop(std::move(file));
    EXPECT_EQ(stat_id("/f"), "storage.not_found");
    EXPECT_TRUE(run(files->make_directory(at("/d"))));
    auto inside = begin("/d/f");
    write(*inside, std::string(size, 'x'));
    drop(std::move(inside));
    EXPECT_TRUE(run(files->remove_directory(at("/d")))) << "something was left in it";
  }
}

TEST_P(storage_contract, the_old_file_stays_until_the_new_one_is_whole) {
  put("/f", "old");
  auto reader = run(files->open(at("/f")));
  ASSERT_TRUE(reader);
  auto file = begin("/f");
  write(*file, std::string(100000, 'n'));
  EXPECT_EQ(get("/f"), "old");
  drop(std::move(file));
  EXPECT_EQ(get("/f"), "old");
  put("/f", "new");
  EXPECT_EQ(get("/f"), "new");
  EXPECT_EQ(read(**reader), "old") << "who has begun to read goes on with the same file";
  EXPECT_THAT(names("/"), ElementsAre("f"));
}

TEST_P(storage_contract, a_new_file_has_the_mode_asked_for) {
  put("/a", "", {.mode = 0640});
  put("/b", "", {.mode = 0666});
  put("/c", "", {.mode = 04755});
  put("/d", "", {.how = how::append, .mode = 0660});
  EXPECT_EQ(facts("/a").mode, 0640);
  EXPECT_EQ(facts("/b").mode, 0666);
  EXPECT_EQ(facts("/c").mode, 0755) << "an upload never runs as somebody else";
  EXPECT_EQ(facts("/d").mode, 0660);
}

TEST_P(storage_contract, a_replaced_file_keeps_its_mode) {
  put("/f", "old", {.mode = 0604});
  put("/f", "new", {.mode = 0640});
  EXPECT_EQ(facts("/f").mode, 0604);
  EXPECT_EQ(get("/f"), "new");
}

TEST_P(storage_contract, exclusive_takes_a_free_name_only) {
  put("/f", "first", exclusively);
  EXPECT_EQ(get("/f"), "first");
  EXPECT_EQ(id_of(run(files->create(at("/f"), exclusively))), "storage.exists");
  EXPECT_EQ(get("/f"), "first");
}

TEST_P(storage_contract, exclusive_fails_when_the_name_was_taken_meanwhile) {
  auto file = begin("/f", exclusively);
  write(*file, "late");
  put("/f", "early");
  EXPECT_EQ(id_of(run(file->commit())), "storage.exists");
  drop(std::move(file));
  EXPECT_EQ(get("/f"), "early");
  EXPECT_THAT(names("/"), ElementsAre("f"));
}

TEST_P(storage_contract, replace_meets_a_file_that_came_meanwhile) {
  auto file = begin("/f");
  write(*file, "late");
  put("/f", "early");
  EXPECT_TRUE(run(file->commit()));
  EXPECT_EQ(get("/f"), "late");
}

TEST_P(storage_contract, replace_meets_a_folder_that_came_meanwhile) {
  auto file = begin("/f");
  write(*file, "late");
  ASSERT_TRUE(run(files->make_directory(at("/f"))));
  EXPECT_EQ(id_of(run(file->commit())), "storage.is_directory");
  drop(std::move(file));
  EXPECT_THAT(names("/"), ElementsAre("f"));
}

TEST_P(storage_contract, commit_fails_when_the_folder_is_gone) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  auto file = begin("/d/f", exclusively);
  write(*file, "x");
  if (!run(files->remove_directory(at("/d")))) return;  // a store may refuse that
  EXPECT_EQ(id_of(run(file->commit())), "storage.not_found");
}

TEST_P(storage_contract, the_last_word_may_forbid_publishing) {
  put("/f", "0123456789");
  for (auto way : {how::replace, how::exclusive, how::at}) {
    for (auto durable : {durability::none, durability::data, durability::full}) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(way) << static_cast<int>(durable));
      const std::string name = way == how::exclusive ? "/new" : "/f";
      int asked = 0;
      auto no = [&]() -> result<void> {
        ++asked;
        return fail("test.no", "no");
      };
      auto file = begin(name, {.how = way, .offset = 0, .durable = durable, .last_word = no});
      write(*file, "0123");
      EXPECT_EQ(asked, 0);
      EXPECT_EQ(id_of(run(file->commit())), "test.no");
      EXPECT_EQ(asked, 1);
      drop(std::move(file));
      EXPECT_EQ(get("/f"), "0123456789");
      EXPECT_THAT(names("/"), ElementsAre("f"));
    }
  }
  put("/f", "yes", {.last_word = [] { return result<void>(); }});
  EXPECT_EQ(get("/f"), "yes");
}

TEST_P(storage_contract, durable_files) {
  for (auto durable : {durability::none, durability::data, durability::full}) {
    put("/f", "bytes", {.durable = durable});
    put("/f", "more", {.how = how::append, .durable = durable});
    EXPECT_EQ(get("/f"), "bytesmore");
  }
}

TEST_P(storage_contract, two_uploads_of_one_name) {
  auto a = begin("/f"), b = begin("/f");
  write(*a, "aaaa");
  write(*b, "bb");
  EXPECT_TRUE(run(a->commit()));
  EXPECT_EQ(get("/f"), "aaaa");
  EXPECT_TRUE(run(b->commit()));
  EXPECT_EQ(get("/f"), "bb");
}

TEST_P(storage_contract, where_no_file_can_be_created) {
  put("/file", "");
  ASSERT_TRUE(run(files->make_directory(at("/folder"))));
  for (auto which : {how::replace, how::exclusive, how::append, how::at}) {
    auto id = [&](const path& where) { return id_of(run(files->create(where, {.how = which}))); };
    EXPECT_EQ(id(at("/missing/f")), "storage.not_found");
    EXPECT_EQ(id(at("/file/f")), "storage.not_directory");
    EXPECT_EQ(id(path().child(std::string(256, 'n'))), "storage.name");
    if (which == how::exclusive) continue;
    EXPECT_EQ(id(at("/folder")), "storage.is_directory");
    EXPECT_EQ(id(path()), "storage.is_directory");
  }
  EXPECT_EQ(id_of(run(files->create(at("/folder"), exclusively))), "storage.exists");
}

// --- files written in place
// --------------------------------------------------------------------------------------------

TEST_P(storage_contract, append_makes_and_extends) {
  put("/f", "one", appending);
  EXPECT_EQ(get("/f"), "one");
  put("/f", "two", appending);
  EXPECT_EQ(get("/f"), "onetwo");
}

TEST_P(storage_contract, appenders_do_not_overwrite_each_other) {
  auto a = begin("/f", appending), b = begin("/f", appending);
  write(*a, "1");
  write(*b, "2");
  write(*a, "3");
  EXPECT_EQ(get("/f"), "123");
}

TEST_P(storage_contract, an_interrupted_append_keeps_what_came) {
  put("/f", "one");
  auto file = begin("/f", appending);
  write(*file, "two");
  EXPECT_EQ(facts("/f").size, 6u) << "what was written counts at once: a client resumes at this size";
  drop(std::move(file));
  EXPECT_EQ(get("/f"), "onetwo");
}

TEST_P(storage_contract, at_an_offset) {
  put("/f", "0123456789");
  put("/f", "abc", in_place(4));
  EXPECT_EQ(get("/f"), "0123abc") << "what follows is cut off";
  put("/f", "xyz", in_place(7));
  EXPECT_EQ(get("/f"), "0123abcxyz");
  put("/f", "", in_place(2));
  EXPECT_EQ(get("/f"), "01");
  put("/f", "new", in_place(0));
  EXPECT_EQ(get("/f"), "new");
}

TEST_P(storage_contract, an_interrupted_restart_keeps_what_came_and_what_follows) {
  put("/f", "0123456789");
  auto file = begin("/f", in_place(2));
  write(*file, "ab");
  drop(std::move(file));
  EXPECT_EQ(get("/f"), "01ab456789");
}

TEST_P(storage_contract, an_offset_behind_the_end) {
  put("/f", "0123");
  EXPECT_EQ(id_of(run(files->create(at("/f"), in_place(5)))), "storage.offset");
  EXPECT_EQ(id_of(run(files->create(at("/f"), in_place(~std::uint64_t{0})))), "storage.offset");
  EXPECT_EQ(id_of(run(files->create(at("/missing"), in_place(0)))), "storage.not_found");
  EXPECT_EQ(get("/f"), "0123");
  EXPECT_EQ(stat_id("/missing"), "storage.not_found");
}

// --- reading
// -----------------------------------------------------------------------------------------------------------

TEST_P(storage_contract, several_sinks_fill_one_file) {
  put("/f", "");
  auto first = begin("/f", {.how = how::within}), second = begin("/f", {.how = how::within, .offset = 4});
  write(*second, "4567");
  write(*first, "0123");
  EXPECT_TRUE(run(first->commit()));
  EXPECT_TRUE(run(second->commit()));
  EXPECT_EQ(get("/f"), "01234567");
  EXPECT_EQ(id_of(run(files->create(at("/missing"), {.how = how::within}))), "storage.not_found");
}

TEST_P(storage_contract, reading_anywhere) {
  put("/f", "0123456789");
  auto file = run(files->open(at("/f")));
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->about().size, 10u);
  EXPECT_EQ((*file)->about().type, kind::file);
  char into[4];
  EXPECT_EQ(run((*file)->read(8, into)).value(), 2u);
  EXPECT_EQ(std::string_view(into, 2), "89");
  EXPECT_EQ(run((*file)->read(0, into)).value(), 4u);
  EXPECT_EQ(std::string_view(into, 4), "0123");
  EXPECT_EQ(run((*file)->read(10, into)).value(), 0u);
  EXPECT_EQ(run((*file)->read(1u << 30, into)).value(), 0u);
}

TEST_P(storage_contract, a_removed_file_can_be_read_on) {
  put("/f", "bytes");
  auto file = run(files->open(at("/f")));
  ASSERT_TRUE(file);
  ASSERT_TRUE(run(files->remove(at("/f"))));
  EXPECT_EQ(read(**file), "bytes");
}

TEST_P(storage_contract, what_cannot_be_opened) {
  put("/file", "");
  EXPECT_EQ(id_of(run(files->open(at("/missing")))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->open(path()))), "storage.is_directory");
  EXPECT_EQ(id_of(run(files->open(at("/file/f")))), "storage.not_directory");
  EXPECT_EQ(id_of(run(files->open(path().child(std::string(256, 'n'))))), "storage.name");
}

// --- folders
// -----------------------------------------------------------------------------------------------------------

TEST_P(storage_contract, folders_come_and_go) {
  EXPECT_TRUE(run(files->make_directory(at("/d"))));
  EXPECT_EQ(facts("/d").type, kind::directory);
  EXPECT_EQ(id_of(run(files->make_directory(at("/d")))), "storage.exists");
  EXPECT_EQ(id_of(run(files->make_directory(path()))), "storage.exists");
  EXPECT_EQ(id_of(run(files->make_directory(at("/missing/d")))), "storage.not_found");
  put("/d/f", "");
  EXPECT_EQ(id_of(run(files->make_directory(at("/d/f")))), "storage.exists");
  EXPECT_EQ(id_of(run(files->make_directory(at("/d/f/d")))), "storage.not_directory");
  EXPECT_EQ(id_of(run(files->remove_directory(at("/d")))), "storage.not_empty");
  EXPECT_EQ(id_of(run(files->remove_directory(at("/d/f")))), "storage.not_directory");
  EXPECT_EQ(id_of(run(files->remove_directory(at("/missing")))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->remove_directory(path()))), "storage.denied");
  EXPECT_TRUE(run(files->remove(at("/d/f"))));
  EXPECT_TRUE(run(files->remove_directory(at("/d"))));
  EXPECT_THAT(list("/"), IsEmpty());
}

TEST_P(storage_contract, removing) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  put("/f", "");
  EXPECT_TRUE(run(files->remove(at("/f"))));
  EXPECT_EQ(id_of(run(files->remove(at("/f")))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->remove(at("/d")))), "storage.is_directory");
  EXPECT_EQ(id_of(run(files->remove(path()))), "storage.is_directory");
}

TEST_P(storage_contract, a_listing_tells_everything) {
  put("/f", "12345", {.mode = 0640});
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  subject->add_link(at("/l"), "f");
  std::map<std::string, entry> found;
  for (auto& e : list("/")) found[e.name] = e;
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found["f"].facts.type, kind::file);
  EXPECT_EQ(found["f"].facts.size, 5u);
  EXPECT_EQ(found["f"].facts.mode, 0640);
  EXPECT_EQ(found["f"].facts.inode, facts("/f").inode);
  EXPECT_EQ(found["f"].facts.modified, facts("/f").modified);
  EXPECT_EQ(found["d"].facts.type, kind::directory);
  EXPECT_EQ(found["l"].facts.type, kind::link);
  EXPECT_EQ(found["l"].target, "f");
  for (auto& e : list("/", detail::names)) EXPECT_EQ(e.facts.type, found[e.name].facts.type);
}

TEST_P(storage_contract, a_listing_of_one_file_is_that_file) {
  put("/f", "12345");
  auto only = list("/f");
  ASSERT_EQ(only.size(), 1u);
  EXPECT_EQ(only[0].name, "f");
  EXPECT_EQ(only[0].facts.size, 5u);
  EXPECT_EQ(id_of(run(files->list(at("/missing")))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->list(at("/f/f")))), "storage.not_directory");
}

TEST_P(storage_contract, a_large_folder_is_listed_in_batches) {
  constexpr std::size_t count = 1500;
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < count; ++i) {
    expected.push_back("file-" + std::to_string(i));
    put("/d/" + expected.back(), "");
  }
  EXPECT_THAT(names("/d"), testing::UnorderedElementsAreArray(expected));
  EXPECT_THAT(names("/d", detail::facts), testing::UnorderedElementsAreArray(expected));
  auto opened = run(files->list(at("/d")));
  ASSERT_TRUE(opened);
  std::vector<entry> batch;
  std::size_t largest = 0;
  while (run((*opened)->next(batch)).value()) largest = std::max(largest, batch.size());
  EXPECT_LE(largest, 1024u) << "memory must not follow the number of entries";
}

TEST_P(storage_contract, entries_that_vanish_while_the_folder_is_listed) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  for (int i = 0; i < 1500; ++i) put("/d/" + std::to_string(i), "");
  auto opened = run(files->list(at("/d")));
  ASSERT_TRUE(opened);
  std::vector<entry> batch;
  ASSERT_TRUE(run((*opened)->next(batch)).value());
  auto first = batch.size();
  for (int i = 0; i < 1500; ++i) ASSERT_TRUE(run(files->remove(at("/d/" + std::to_string(i)))));
  ASSERT_TRUE(run(files->remove_directory(at("/d"))));
  EXPECT_FALSE(run((*opened)->next(batch)).value());
  EXPECT_LE(first, 1024u);
}

TEST_P(storage_contract, a_listing_may_be_left_halfway) {
  for (int i = 0; i < 300; ++i) put("/" + std::to_string(i), "");
  auto opened = run(files->list(path()));
  ASSERT_TRUE(opened);
  std::vector<entry> batch;
  EXPECT_TRUE(run((*opened)->next(batch)).value());
}

// --- renaming
// ----------------------------------------------------------------------------------------------------------

TEST_P(storage_contract, renaming) {
  put("/a", "a");
  put("/b", "b");
  auto before = facts("/a");
  EXPECT_TRUE(run(files->rename(at("/a"), at("/c"))));
  EXPECT_EQ(stat_id("/a"), "storage.not_found");
  EXPECT_EQ(get("/c"), "a");
  EXPECT_EQ(facts("/c").inode, before.inode) << "one file, whatever its names";
  EXPECT_EQ(facts("/c").device, before.device);
  EXPECT_EQ(facts("/c").modified, before.modified);
  EXPECT_TRUE(run(files->rename(at("/c"), at("/b")))) << "replaces a file";
  EXPECT_EQ(get("/b"), "a");
  EXPECT_TRUE(run(files->rename(at("/b"), at("/b"))));
  EXPECT_EQ(get("/b"), "a");
  EXPECT_THAT(names("/"), ElementsAre("b"));
}

TEST_P(storage_contract, renaming_folders) {
  ASSERT_TRUE(run(files->make_directory(at("/a"))));
  ASSERT_TRUE(run(files->make_directory(at("/empty"))));
  ASSERT_TRUE(run(files->make_directory(at("/full"))));
  put("/a/f", "inside");
  put("/full/f", "");
  put("/file", "");
  auto id = [&](std::string_view from, std::string_view to) { return id_of(run(files->rename(at(from), at(to)))); };
  EXPECT_EQ(id("/a", "/file"), "storage.not_directory");
  EXPECT_EQ(id("/file", "/a"), "storage.is_directory");
  EXPECT_EQ(id("/a", "/full"), "storage.not_empty");
  EXPECT_EQ(id("/a", "/a/b"), "storage.name") << "a folder does not fit into itself";
  EXPECT_EQ(id("/a", "/a/b/c"), "storage.not_found");
  EXPECT_EQ(id("/missing", "/x"), "storage.not_found");
  EXPECT_EQ(id("/file", "/missing/x"), "storage.not_found");
  EXPECT_EQ(id("/file", "/file/x"), "storage.not_directory");
  EXPECT_EQ(id("/", "/x"), "storage.denied");
  EXPECT_EQ(id("/a", "/"), "storage.denied");
  EXPECT_EQ(id("/a", "/empty"), "");
  EXPECT_EQ(get("/empty/f"), "inside");
  EXPECT_THAT(names("/"), UnorderedElementsAre("empty", "full", "file"));
}

// --- names
// -------------------------------------------------------------------------------------------------------------

TEST_P(storage_contract, odd_names) {
  // clang-format off
  const std::vector<std::string> odd{
      " ", "a b", " lead", "trail ", "-rf", "--", "\"quoted\"", "'", "`", "\\", "a\\b", "*", "?", "[x]", "~", "~root",
      "$HOME", "%s%n", "...", "..a", ".hid", "a\nb", "a\rb", "a\tb", "\x01", "\x7f", "\xff\xfe", "caf\xc3\xa9",
      "cafe\xcc\x81", "\xe6\xbc\xa2\xe5\xad\x97", "\xf0\x9f\x9a\xa2", "CON", "a:b", ";", "|", "a;b=c", ".ferry",
      ".ferry-x", "x.part", std::string(255, 'n')};
  // clang-format on
  for (const auto& name : odd) put(path().child(name).text(), name);
  EXPECT_THAT(names("/"), testing::UnorderedElementsAreArray(odd));
  EXPECT_THAT(names("/", detail::facts), testing::UnorderedElementsAreArray(odd));
  for (const auto& name : odd) {
    auto file = path().child(name);
    EXPECT_EQ(get(file.text()), name);
    EXPECT_EQ(run(files->look(file)).value().name, name);
    ASSERT_TRUE(run(files->rename(file, at("/moved"))));
    ASSERT_TRUE(run(files->rename(at("/moved"), file)));
    ASSERT_TRUE(run(files->remove(file)));
    ASSERT_TRUE(run(files->make_directory(file)));
    put(file.child(name).text(), "inside");
    EXPECT_THAT(names(file.text()), ElementsAre(name));
    ASSERT_TRUE(run(files->remove(file.child(name))));
    ASSERT_TRUE(run(files->remove_directory(file)));
  }
  EXPECT_THAT(list("/"), IsEmpty());
}

TEST_P(storage_contract, names_differ_by_case) {
  put("/a", "small");
  put("/A", "large");
  EXPECT_EQ(get("/a"), "small");
  EXPECT_EQ(get("/A"), "large");
}

TEST_P(storage_contract, deep_folders) {
  path deep;
  for (int i = 0; i < 100; ++i) {
    deep = deep.child("folder-" + std::to_string(i));
    ASSERT_TRUE(run(files->make_directory(deep)));
  }
  put(deep.child("f").text(), "deep");
  EXPECT_EQ(get(deep.child("f").text()), "deep");
}

// --- facts
// -------------------------------------------------------------------------------------------------------------

TEST_P(storage_contract, times_have_nanoseconds) {
  put("/f", "");
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  using std::chrono::sys_days;
  using namespace std::chrono_literals;
  for (file_time when :
       {file_time(1234567890s + 123456789ns), file_time(0ns), file_time(-1ns), file_time(-86400s - 500ms),
        file_time(sys_days(std::chrono::year(2100) / 2 / 28)) + 999999999ns}) {
    EXPECT_TRUE(run(files->set_modified(at("/f"), when)));
    EXPECT_EQ(facts("/f").modified, when);
    EXPECT_TRUE(run(files->set_modified(at("/d"), when)));
    EXPECT_EQ(facts("/d").modified, when);
  }
  EXPECT_EQ(id_of(run(files->set_modified(at("/missing"), {}))), "storage.not_found");
}

TEST_P(storage_contract, a_file_is_published_with_its_time) {
  const file_time when = std::chrono::sys_days{std::chrono::year(2001) / 2 / 3} + std::chrono::milliseconds(4005);
  for (auto which : {how::replace, how::exclusive, how::append, how::at, how::within}) {
    auto name = which == how::exclusive ? "/new" : "/f";
    put("/f", "old");
    auto file = begin(name, {.how = which});
    ASSERT_TRUE(file);
    write(*file, "bytes");
    file->set_modified(when);
    EXPECT_TRUE(run(file->commit()));
    EXPECT_EQ(facts(name).modified, when);
  }
}

TEST_P(storage_contract, a_late_file_is_as_any_other) {
  for (std::size_t size : {0, 1, 65536, 65537, 300000}) {
    const std::string bytes(size, 'b');
    put("/f", bytes, {.late = true});
    EXPECT_TRUE(get("/f") == bytes) << size;
    put("/f", "!", {.how = how::append, .late = true});
    EXPECT_TRUE(get("/f") == bytes + "!") << size;
  }
  EXPECT_TRUE(run(files->make_directory(at("/d"))));
  auto file = run(files->create(at("/d"), {.late = true}));
  const auto done = file ? run((*file)->commit()) : std::unexpected(file.error());
  EXPECT_EQ(id_of(done), "storage.is_directory");
  {
    auto forgotten = begin("/given up", {.late = true});
  }
  EXPECT_EQ(id_of(run(files->stat(at("/given up")))), "storage.not_found");
}

TEST_P(storage_contract, a_new_file_is_of_now) {
  put("/f", "");
  auto age = file_time(std::chrono::system_clock::now()) - facts("/f").modified;
  EXPECT_LT(std::chrono::abs(age), std::chrono::seconds(10));
}

TEST_P(storage_contract, modes) {
  put("/f", "");
  EXPECT_TRUE(run(files->set_mode(at("/f"), 0600)));
  EXPECT_EQ(facts("/f").mode, 0600);
  EXPECT_TRUE(run(files->set_mode(at("/f"), 06777)));
  EXPECT_EQ(facts("/f").mode, 0777) << "never runs as somebody else";
  EXPECT_EQ(id_of(run(files->set_mode(at("/missing"), 0600))), "storage.not_found");
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  EXPECT_TRUE(run(files->set_mode(at("/d"), 0700)));
  EXPECT_EQ(facts("/d").mode & 0777, 0700);
}

TEST_P(storage_contract, space) {
  auto root = run(files->available(path()));
  ASSERT_TRUE(root);
  EXPECT_LE(root->free, root->total);
  EXPECT_GT(root->total, 0u);
  EXPECT_EQ(id_of(run(files->available(at("/missing")))), "storage.not_found");
}

// --- links
// -------------------------------------------------------------------------------------------------------------

TEST_P(storage_contract, links_are_followed_inside_the_root) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  ASSERT_TRUE(run(files->make_directory(at("/d/e"))));
  put("/d/f", "bytes");
  subject->add_link(at("/d/e/up"), "../f");
  subject->add_link(at("/l"), "d/e/up");
  subject->add_link(at("/folder"), "d");
  EXPECT_EQ(get("/l"), "bytes");
  EXPECT_EQ(get("/folder/f"), "bytes");
  EXPECT_EQ(get("/folder/e/up"), "bytes");
  EXPECT_EQ(facts("/l").type, kind::file);
  EXPECT_EQ(facts("/l").inode, facts("/d/f").inode);
  EXPECT_EQ(facts("/folder").type, kind::directory);
  auto itself = run(files->look(at("/l")));
  ASSERT_TRUE(itself);
  EXPECT_EQ(itself->name, "l");
  EXPECT_EQ(itself->facts.type, kind::link);
  EXPECT_EQ(itself->target, "d/e/up");
  EXPECT_THAT(names("/folder"), UnorderedElementsAre("e", "f"));
  auto only = list("/l");
  ASSERT_EQ(only.size(), 1u);
  EXPECT_EQ(only[0].facts.type, kind::link);
  put("/folder/new", "through");
  EXPECT_EQ(get("/d/new"), "through");
}

TEST_P(storage_contract, writing_through_a_link_leaves_the_link) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  put("/d/f", "old");
  subject->add_link(at("/d/hop"), "f");
  subject->add_link(at("/l"), "./d//hop");
  put("/l", "new");
  EXPECT_EQ(run(files->look(at("/l"))).value().facts.type, kind::link);
  EXPECT_EQ(get("/d/f"), "new");
  put("/l", "+", appending);
  EXPECT_EQ(get("/d/f"), "new+");
  put("/l", "N", in_place(0));
  EXPECT_EQ(get("/d/f"), "N");
  EXPECT_EQ(id_of(run(files->create(at("/l"), exclusively))), "storage.exists");
  EXPECT_THAT(names("/d"), UnorderedElementsAre("f", "hop"));
}

TEST_P(storage_contract, writing_through_a_link_to_nothing_makes_it) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  subject->add_link(at("/l"), "d/fresh");
  subject->add_link(at("/m"), "d/other");
  EXPECT_EQ(id_of(run(files->create(at("/l"), exclusively))), "storage.exists") << "the name is taken";
  put("/l", "made");
  put("/m", "made", appending);
  EXPECT_EQ(get("/d/fresh"), "made");
  EXPECT_EQ(get("/d/other"), "made");
  subject->add_link(at("/nowhere"), "missing/f");
  EXPECT_EQ(id_of(run(files->create(at("/nowhere"), {}))), "storage.not_found");
}

TEST_P(storage_contract, writing_to_a_link_to_a_folder) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  ASSERT_TRUE(run(files->make_directory(at("/d/e"))));
  for (auto target : {"d", "d/", "d/.", "d/e/..", "."}) {
    subject->add_link(at("/l"), target);
    EXPECT_EQ(id_of(run(files->create(at("/l"), {}))), "storage.is_directory") << target;
    EXPECT_EQ(id_of(run(files->create(at("/l"), appending))), "storage.is_directory") << target;
    EXPECT_EQ(id_of(run(files->open(at("/l")))), "storage.is_directory") << target;
    ASSERT_TRUE(run(files->remove(at("/l"))));
  }
}

TEST_P(storage_contract, a_link_is_removed_and_renamed_itself) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  put("/f", "bytes");
  subject->add_link(at("/l"), "f");
  subject->add_link(at("/folder"), "d");
  EXPECT_EQ(id_of(run(files->remove_directory(at("/folder")))), "storage.not_directory");
  EXPECT_EQ(id_of(run(files->make_directory(at("/l")))), "storage.exists");
  EXPECT_TRUE(run(files->rename(at("/l"), at("/m"))));
  EXPECT_EQ(run(files->look(at("/m"))).value().target, "f");
  EXPECT_TRUE(run(files->remove(at("/m"))));
  EXPECT_TRUE(run(files->remove(at("/folder"))));
  EXPECT_EQ(get("/f"), "bytes");
  EXPECT_EQ(facts("/d").type, kind::directory);
}

TEST_P(storage_contract, no_link_leads_out) {
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  for (auto target : {"..", "../", "../x", "d/../..", "d/../../d", "/", "/etc/passwd", "/etc", "/proc/self/root"}) {
    subject->add_link(at("/l"), target);
    for (auto name : {"/l", "/l/passwd"}) {
      auto where = at(name);
      EXPECT_EQ(id_of(run(files->stat(where))), "storage.escape") << target;
      EXPECT_EQ(id_of(run(files->open(where))), "storage.escape") << target;
      EXPECT_EQ(id_of(run(files->create(where, {}))), "storage.escape") << target;
      EXPECT_EQ(id_of(run(files->create(where, appending))), "storage.escape") << target;
      EXPECT_EQ(id_of(run(files->create(where, in_place(0)))), "storage.escape") << target;
      EXPECT_EQ(id_of(run(files->set_modified(where, {}))), "storage.escape") << target;
      EXPECT_EQ(id_of(run(files->set_mode(where, 0))), "storage.escape") << target;
      EXPECT_EQ(id_of(run(files->available(where))), "storage.escape") << target;
    }
    auto below = at("/l/passwd");
    EXPECT_EQ(id_of(run(files->look(below))), "storage.escape") << target;
    EXPECT_EQ(id_of(run(files->list(below))), "storage.escape") << target;
    EXPECT_EQ(id_of(run(files->make_directory(below))), "storage.escape") << target;
    EXPECT_EQ(id_of(run(files->remove_directory(below))), "storage.escape") << target;
    EXPECT_EQ(id_of(run(files->remove(below))), "storage.escape") << target;
    EXPECT_EQ(id_of(run(files->rename(below, at("/x")))), "storage.escape") << target;
    EXPECT_EQ(id_of(run(files->rename(at("/d"), below))), "storage.escape") << target;
    EXPECT_EQ(id_of(run(files->create(below, exclusively))), "storage.escape") << target;
    EXPECT_EQ(run(files->look(at("/l"))).value().target, target) << "the link itself lies inside";
    EXPECT_EQ(list("/l").size(), 1u);
    ASSERT_TRUE(run(files->remove(at("/l"))));
  }
}

TEST_P(storage_contract, links_in_a_circle) {
  subject->add_link(at("/a"), "b");
  subject->add_link(at("/b"), "a");
  EXPECT_EQ(stat_id("/a"), "storage.not_found");
  EXPECT_EQ(id_of(run(files->open(at("/a")))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->create(at("/a"), {}))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->create(at("/a"), appending))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->create(at("/a/f"), {}))), "storage.not_found");
  EXPECT_EQ(list("/").size(), 2u);
}

TEST_P(storage_contract, errors_have_words) {
  auto missing = run(files->stat(at("/missing")));
  ASSERT_FALSE(missing);
  EXPECT_FALSE(missing.error().cause.empty());
  EXPECT_THAT(missing.error().cause, testing::Not(testing::HasSubstr("/")));
}

// --- links, copies, whole trees, room
// ----------------------------------------------------------------------------------

TEST_P(storage_contract, a_link_leads_from_any_folder_to_any_other) {
  for (auto folder : {"/a", "/a/b", "/c"}) ASSERT_TRUE(run(files->make_directory(at(folder))));
  int number = 0;
  for (std::string to : {"/f", "/a/f", "/a/b/f", "/c/f"}) {
    put(to, to);
    for (std::string from : {"/", "/a/", "/a/b/", "/c/"}) {
      const auto link = from + "link" + std::to_string(number++);
      ASSERT_TRUE(run(files->make_link(at(link), at(to))));
      EXPECT_EQ(get(link), to) << link;
      EXPECT_EQ(run(files->look(at(link)))->facts.type, kind::link);
      EXPECT_FALSE(run(files->look(at(link)))->target.starts_with("/"));
    }
  }
  ASSERT_TRUE(run(files->make_link(at("/a/b/top"), path())));
  EXPECT_EQ(get("/a/b/top/c/f"), "/c/f");
  ASSERT_TRUE(run(files->make_link(at("/a/here"), at("/a"))));
  EXPECT_EQ(get("/a/here/f"), "/a/f");
  ASSERT_TRUE(run(files->make_link(at("/nowhere"), at("/missing"))));
  EXPECT_EQ(stat_id("/nowhere"), "storage.not_found");
  EXPECT_EQ(id_of(run(files->make_link(at("/f"), at("/c")))), "storage.exists");
  EXPECT_EQ(id_of(run(files->make_link(at("/nowhere"), at("/c")))), "storage.exists");
  EXPECT_EQ(id_of(run(files->make_link(path(), at("/c")))), "storage.exists");
  EXPECT_EQ(id_of(run(files->make_link(at("/missing/x"), at("/c")))), "storage.not_found");
}

TEST_P(storage_contract, a_copy_is_what_was_copied) {
  std::string bytes;
  while (bytes.size() < 700'000) bytes += std::to_string(bytes.size());
  put("/f", bytes);
  for (auto way : {how::replace, how::exclusive, how::append}) {
    for (std::string before : {"", "before", "x"}) {
      auto from = run(files->open(at("/f")));
      auto to = begin("/copy", {.how = way});
      ASSERT_TRUE(from && to);
      if (!before.empty()) write(*to, before);
      for (std::uint64_t offset = 1;;) {
        auto count = run(to->copy(**from, offset, 300'000));
        ASSERT_TRUE(count) << count.error().cause;
        if (*count == 0) break;
        offset += *count;
      }
      write(*to, "after");
      ASSERT_TRUE(run(to->commit()));
      EXPECT_TRUE(get("/copy") == before + bytes.substr(1) + "after");
      ASSERT_TRUE(run(files->remove(at("/copy"))));
    }
  }
}

TEST_P(storage_contract, a_copy_that_is_given_up_leaves_nothing) {
  put("/f", std::string(500'000, 'f'));
  put("/copy", "old");
  auto from = run(files->open(at("/f")));
  auto to = begin("/copy");
  ASSERT_TRUE(run(to->copy(**from, 0, 300'000)));
  drop(std::move(to));
  EXPECT_EQ(get("/copy"), "old");
  EXPECT_EQ(names("/").size(), 2u);
}

TEST_P(storage_contract, a_tree_goes_with_all_that_is_in_it) {
  for (auto folder : {"/kept", "/t", "/t/a", "/t/a/b", "/t/empty"}) ASSERT_TRUE(run(files->make_directory(at(folder))));
  put("/kept/f", "kept");
  for (int i = 0; i < 700; ++i) put("/t/a/" + std::to_string(i), "");
  put("/t/a/b/f", "f");
  subject->add_link(at("/t/out"), "../kept");
  subject->add_link(at("/t/a/file"), "../../kept/f");
  subject->add_link(at("/t/nowhere"), "missing");
  auto going = run(files->remove_tree(at("/t")));
  ASSERT_TRUE(going) << going.error().cause;
  EXPECT_EQ(get("/t/a/b/f"), "f") << "nothing is removed yet";
  std::size_t all = 0, times = 0;
  for (;; ++times) {
    auto count = run((*going)->next());
    ASSERT_TRUE(count) << count.error().cause;
    all += *count;
    if (*count == 0) break;
  }
  EXPECT_EQ(all, 700u + 1 + 3 + 4);
  EXPECT_GT(times, 1u) << "a piece at a time";
  EXPECT_EQ(stat_id("/t"), "storage.not_found");
  EXPECT_EQ(get("/kept/f"), "kept") << "links are not followed";
}

TEST_P(storage_contract, a_deep_tree_goes_as_well) {
  std::string folder = "/t";
  ASSERT_TRUE(run(files->make_directory(at(folder))));
  for (int depth = 0; depth < 30; ++depth) {
    for (std::string name : {"/a", "/b", "/c"}) {
      ASSERT_TRUE(run(files->make_directory(at(folder + name))));
      put(folder + name + "/f", "");
    }
    folder += "/b";
  }
  auto going = run(files->remove_tree(at("/t")));
  ASSERT_TRUE(going);
  std::size_t all = 0;
  for (;;) {
    auto count = run((*going)->next());
    ASSERT_TRUE(count) << count.error().cause;
    if (*count == 0) break;
    all += *count;
  }
  EXPECT_EQ(all, 1u + 30 * 6);
  EXPECT_EQ(names("/").size(), 0u);
}

TEST_P(storage_contract, trees_that_cannot_go) {
  put("/f", "");
  ASSERT_TRUE(run(files->make_directory(at("/d"))));
  subject->add_link(at("/link"), "d");
  EXPECT_EQ(id_of(run(files->remove_tree(path()))), "storage.denied");
  EXPECT_EQ(id_of(run(files->remove_tree(at("/missing")))), "storage.not_found");
  EXPECT_EQ(id_of(run(files->remove_tree(at("/f")))), "storage.not_directory");
  EXPECT_EQ(id_of(run(files->remove_tree(at("/link")))), "storage.not_directory");
  EXPECT_EQ(names("/").size(), 3u);
}

TEST_P(storage_contract, room_that_is_set_aside_is_no_part_of_a_file) {
  put("/f", "0123456789");
  for (auto way : {how::replace, how::append, how::at, how::within}) {
    put("/f", "new", {.how = way, .reserve = 100'000});
    EXPECT_LE(facts("/f").size, 20u);
  }
  drop(begin("/f", {.how = how::append, .reserve = 100'000}));
  EXPECT_EQ(get("/f"), "new") << "replaced, appended, cut at 0, written over";
  EXPECT_EQ(id_of(run(files->create(at("/g"), {.reserve = ~std::uint64_t{0}}))), "storage.full");
  EXPECT_EQ(stat_id("/g"), "storage.not_found");
  auto held = run(files->reserve(path(), 100'000));
  if (held) {
    EXPECT_EQ(names("/").size(), 1u) << "it has no name";
    auto back = [](reservation& what) -> task<result<void>> {
      co_await what.give_back();
      co_return result<void>{};
    };
    EXPECT_TRUE(run(back(**held)));
  } else {
    EXPECT_EQ(held.error().id, "storage.unsupported");
  }
  EXPECT_THAT(id_of(run(files->reserve(path(), ~std::uint64_t{0}))),
              testing::AnyOf("storage.full", "storage.unsupported"));
}

// --- several sessions
// --------------------------------------------------------------------------------------------------

TEST_P(storage_contract, sessions_share_the_files) {
  auto other = subject->open(runner.on);
  put("/f", "bytes");
  auto file = run(other->open(at("/f")));
  ASSERT_TRUE(file);
  other.reset();
  EXPECT_EQ(read(**file), "bytes") << "what is open outlives the session's storage";
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(storage_contract);

}  // namespace ferry::storage
