// Names, listings, numbers and disks at their limits.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "proto/command.hpp"
#include "server/test_support/running_server.hpp"
#include "support/slow_fs.hpp"

namespace ferry::server {
namespace {

using namespace test_support;
using support::wire;
using support::wire_socket;

std::string fetched(wire& client, const std::string& command) {
  auto data = client.passive();
  client.send(command);
  auto begun = client.read();
  EXPECT_EQ(begun.code, 150) << begun.text();
  auto out = data.receive_all();
  auto done = client.read();
  EXPECT_EQ(done.code, 226) << done.text();
  return out;
}

std::string line_of(std::string_view verb, const std::string& name) {
  return proto::format_command(verb, name).value();
}

// --- names (CVE-2024-48208, CVE-2019-20176) ---

TEST(hostile_name, of_255_times_any_byte_goes_through_every_listing) {
  temporary_folder folder;
  running_server served(in_folder(folder.path()));
  auto client = served.login();
  auto done = [&](const std::string& command) {
    client.send(command);
    return client.read().code;
  };
  for (int byte = 1; byte < 256; ++byte) {
    if (byte == '/') continue;
    SCOPED_TRACE(byte);
    const std::string name(255, static_cast<char>(byte));
    std::filesystem::create_directory(folder.path() + "/d");
    std::ofstream(folder.path() + "/d/" + name) << "x";
    const std::string shown = byte == '\r' || byte == '\n' ? std::string(255, '?') : name;
    EXPECT_TRUE(fetched(client, "LIST d\r\n").ends_with(" " + shown + "\r\n"));
    EXPECT_EQ(fetched(client, "NLST d\r\n"), "d/" + shown + "\r\n");
    auto facts = fetched(client, "MLSD d\r\n");
    EXPECT_TRUE(facts.starts_with("type=file;size=1;") && facts.ends_with("; " + shown + "\r\n")) << facts;
    EXPECT_EQ(done("STAT d\r\n"), 212);
    // Listings show what somebody else made; commands cannot name it.
    if ((byte < 0x20 && byte != '\r') || byte == 0x7F) {
      if (byte != '\n') EXPECT_EQ(done(line_of("DELE", "d/" + name)), 500);
      std::filesystem::remove_all(folder.path() + "/d");
      continue;
    }
    EXPECT_EQ(done(line_of("MLST", "d/" + name)), 250);
    EXPECT_EQ(done(line_of("SIZE", "d/" + name)), 213);
    EXPECT_EQ(done(line_of("DELE", "d/" + name)), 250);
    EXPECT_EQ(done(line_of("MKD", "d/" + name)), 257);
    EXPECT_EQ(done(line_of("CWD", "d/" + name)), 250);
    EXPECT_EQ(done("PWD\r\n"), 257);
    EXPECT_EQ(done("CWD /\r\n"), 250);
    EXPECT_EQ(done(line_of("RMD", "d/" + name)), 250);
  }
  EXPECT_EQ(done(line_of("MKD", std::string(256, 'x'))), 501);
}

// A folder's name stands alone on a line of LIST -R.
TEST(hostile_name, with_a_line_end_forges_no_line_of_a_recursive_listing) {
  temporary_folder folder;
  const std::string forged = "-rw-r--r--   1 0        0               5 Jan 01  2020 forged";
  std::filesystem::create_directories(folder.path() + "/d\r\n" + forged + "\n/below");
  running_server served(in_folder(folder.path()));
  auto client = served.login();
  for (std::string command : {"LIST -R", "NLST -R", "LIST", "NLST", "MLSD"}) {
    const auto got = fetched(client, command + "\r\n");
    EXPECT_NE(got.find("forged"), got.npos) << command;
    EXPECT_EQ(("\n" + got).find("\n" + forged), got.npos) << got;
    for (std::size_t at = 0; (at = got.find('\n', at)) != got.npos; ++at) EXPECT_EQ(got[at - 1], '\r') << got;
  }
}

TEST(hostile_name, of_a_path_of_4095_bytes_works_and_one_more_is_refused) {
  running_server served;
  std::string path;
  auto client = served.login();
  while (path.size() + 256 <= 4095 - 1) {
    path += "/" + std::string(255, 'x');
    ASSERT_EQ(client.ask("MKD " + path).code, 257);
  }
  path += "/" + std::string(4095 - path.size() - 1, 'y');
  ASSERT_EQ(path.size(), 4095u);
  EXPECT_EQ(client.ask("MKD " + path).code, 257);
  EXPECT_EQ(client.ask("MFMT 20240102030405 " + path).code, 213);
  EXPECT_EQ(client.ask("SITE UTIME 20240102030405 " + path).code, 200);
  EXPECT_EQ(client.ask("CWD " + path).code, 250);
  EXPECT_EQ(client.ask("PWD").lines[0], "\"" + path + "\" is the current folder.");
  EXPECT_EQ(client.ask("MLST").code, 250);
  EXPECT_EQ(client.ask("MKD z").code, 501);
  EXPECT_EQ(client.ask("CWD /").code, 250);
  EXPECT_EQ(client.ask("MKD " + path + "z").code, 501);
  EXPECT_TRUE(fetched(client, "LIST -R\r\n").ends_with("\r\n" + path.substr(1) + "/:\r\n"));
}

TEST(hostile_listing, options_of_4000_letters_are_read) {
  running_server served;
  served.stored.put("/a", "");
  auto client = served.login();
  for (char letter : {'l', 'a', 'R', 'z', '-', '%', '\xFE'}) {
    auto got = fetched(client, "LIST -" + std::string(4000, letter) + "\r\n");
    EXPECT_TRUE(got.ends_with(" a\r\n")) << letter << got;
  }
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "-l ";
  EXPECT_TRUE(fetched(client, "LIST " + many + "\r\n").ends_with(" a\r\n"));
}

// --- listings that cost (CVE-2011-0762, CVE-2011-0418, CVE-2002-0073) ---

TEST(hostile_listing, a_pattern_of_many_stars_costs_little) {
  running_server served;
  for (int i = 0; i < 200; ++i) served.stored.put("/" + std::string(245, 'a') + std::to_string(i), "");
  auto client = served.login();
  std::string stars;
  for (int i = 0; i < 120; ++i) stars += "*a";
  for (std::string verb : {"LIST ", "NLST "}) EXPECT_EQ(fetched(client, verb + stars + "*b\r\n"), "");
  EXPECT_EQ(client.ask("STAT " + stars + "*b").code, 212);
  EXPECT_EQ(std::ranges::count(fetched(client, "NLST " + std::string(200, '*') + "7\r\n"), '\n'), 20);
  std::string sets;
  for (int i = 0; i < 400; ++i) sets += "[!b";
  EXPECT_EQ(fetched(client, "NLST " + sets.substr(0, 255) + "\r\n"), "");
}

TEST(hostile_listing, is_cut_at_its_limits_and_says_so) {
  auto how = brisk();
  how.limit.list_entries = 100;
  how.limit.list_depth = 2;
  running_server served(in_memory(), how);
  served.stored.folder("/deep");
  served.stored.folder("/deep/1");
  served.stored.folder("/deep/1/2");
  served.stored.folder("/deep/1/2/3");
  served.stored.put("/deep/1/2/3/file", "");
  served.stored.folder("/wide");
  for (int i = 0; i < 300; ++i) served.stored.folder("/wide/" + std::to_string(i));
  auto client = served.login();
  EXPECT_EQ(fetched(client, "NLST -R deep\r\n").find("file"), std::string::npos);
  for (std::string command : {"LIST -R wide", "NLST wide/*", "LIST -R deep", "NLST -R deep"}) {
    auto data = client.passive();
    EXPECT_EQ(client.ask(command).code, 150);
    auto got = data.receive_all();
    EXPECT_LE(std::ranges::count(got, '\n'), 102) << command;
    EXPECT_NE(client.read().text().find("in part"), std::string::npos) << command;
  }
}

TEST(hostile_listing, over_the_control_connection_is_bounded) {
  running_server served;
  for (int i = 0; i < 3000; ++i) served.stored.put("/" + std::to_string(i), "");
  auto client = served.login();
  auto got = client.ask("STAT /");
  EXPECT_LE(got.lines.size(), limit::stat_lines + 2);
  EXPECT_NE(got.text().find("and more"), std::string::npos);
}

// --- numbers (CVE-2021-40524) ---

TEST(hostile_number, of_rest_is_an_offset_or_refused) {
  temporary_folder folder;
  running_server served(in_folder(folder.path()));
  const std::uint64_t two_gib = 1ull << 31;
  std::ofstream(folder.path() + "/sparse") << "x";
  std::filesystem::resize_file(folder.path() + "/sparse", 2 * two_gib + 5);
  auto client = served.login();
  for (std::uint64_t left : {0ull, 1ull, 5ull, 1000ull}) {
    EXPECT_EQ(client.ask("REST " + std::to_string(2 * two_gib + 5 - left)).code, 350);
    EXPECT_EQ(fetched(client, "RETR sparse\r\n").size(), left);
  }
  for (std::string at : {"4294967302", "9223372036854775807"}) {
    for (std::string verb : {"RETR", "STOR"}) {
      EXPECT_EQ(client.ask("REST " + at).code, 350);
      EXPECT_EQ(client.ask(verb + " sparse").code, 554) << at;
    }
  }
  for (std::string at : {"-1", "-0", "+1", "0x10", "1.5", "1e3", "9223372036854775808", "18446744073709551615",
                         "18446744073709551616", "99999999999999999999999999", " 1", "1 "}) {
    EXPECT_EQ(client.ask("REST " + at).code, 501) << at;
    EXPECT_EQ(client.ask("ALLO " + at).code, 501) << at;
    EXPECT_EQ(client.ask("ALLO 1 R " + at).code, 501) << at;
  }
  // What was refused is not remembered.
  served.stored.put("/small", "small");
  EXPECT_EQ(fetched(client, "RETR small\r\n"), "small");
  EXPECT_EQ(client.ask("ALLO 9223372036854775807").code, 452);
  EXPECT_EQ(std::filesystem::file_size(folder.path() + "/sparse"), 2 * two_gib + 5);
}

// --- disks ---

void fill_up(running_server& served, std::size_t size) {
  served.stored.put("/old", "old content");
  auto client = served.login();
  for (std::string verb : {"STOR old", "STOU"}) {
    SCOPED_TRACE(verb);
    auto data = client.passive();
    EXPECT_EQ(client.ask(verb).code, 150);
    try {
      data.send(std::string(size, 'x'));
    } catch (const support::wire_reset&) {
      // it may be told while it still sends
    }
    data.finish();
    EXPECT_EQ(client.read().code, 452);
    EXPECT_TRUE(data.ended());
    EXPECT_EQ(served.stored.get("/old"), "old content");
    EXPECT_EQ(served.stored.snapshot().size(), 1u);
  }
  EXPECT_EQ(client.ask("ALLO " + std::to_string(size)).code, 452);
  // There is room again.
  auto data = client.passive();
  EXPECT_EQ(client.ask("STOR new").code, 150);
  data.send("small");
  data.finish();
  EXPECT_EQ(client.read().code, 226);
}

TEST(full_disk, is_452_and_the_old_file_is_whole) {
  running_server served(in_memory({.capacity = 100000, .fault = {}, .now = {}}));
  fill_up(served, 200000);
}

TEST(full_disk, of_the_kernel_is_452_and_the_old_file_is_whole) {
  temporary_folder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "A SMALL FILE SYSTEM CANNOT BE MOUNTED HERE: a full disk was tested in memory only";
  }
  {
    running_server served(in_folder(folder.path()));
    fill_up(served, 32 << 20);
  }
  ::umount(folder.path().c_str());
}

// CVE class 2: one session's trouble is not another's. One loop serves both.
TEST(hanging_disk, of_one_session_does_not_delay_another) {
  auto disk = support::slow_fs::mount();
  if (!disk) GTEST_SKIP() << "FUSE MAY NOT BE USED HERE: a hanging disk was not tested";
  for (std::string name : {"a", "b", "c", "d"}) std::ofstream(disk->files() + "/" + name) << "slow";
  auto how = brisk();
  how.threads = 1;
  auto slow = in_folder(disk->path());
  auto fast = in_memory();
  running_server served(
      [&](net::loop& on, const accounts::account& whose) {
        return whose.name == "reader" ? slow(on, whose) : fast(on, whose);
      },
      how);
  served.stored.put("/file", "quick");
  auto other = served.login("alice");
  for (std::string command : {"RETR a", "SIZE b", "STAT c", "MLST d", "LIST", "MLSD"}) {
    SCOPED_TRACE(command);
    auto client = served.login("reader");
    auto data = client.passive();
    disk->hang();
    client.send_line(command);
    disk->await_waiting(1);
    EXPECT_EQ(other.ask("NOOP").code, 200);
    EXPECT_EQ(fetched(other, "RETR file\r\n"), "quick");
    disk->answer();
    auto said = client.read();
    if (said.code == 150) {
      EXPECT_FALSE(data.receive_all().empty());
      said = client.read();
    }
    EXPECT_EQ(said.code / 100, 2) << said.text();
  }
}

}  // namespace
}  // namespace ferry::server
