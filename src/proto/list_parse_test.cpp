#include "proto/list_parse.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ferry::proto {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using kind = entry_kind;
using precision = time_precision;

const file_time now = sys_days(2026y / 7 / 4) + 12h + 34min + 56s;

struct row {
  const char* line;
  list_entry expected;
};

file_time at(int y, unsigned m, unsigned d, std::chrono::seconds clock = 0s) {
  return sys_days(std::chrono::year(y) / std::chrono::month(m) / std::chrono::day(d)) + clock;
}

void check(list_form form, std::initializer_list<row> rows) {
  for (const auto& r : rows) {
    list_parser parser(now);
    const auto entry = parser.line(r.line);
    ASSERT_TRUE(entry) << r.line;
    EXPECT_EQ(entry->name, r.expected.name) << r.line;
    EXPECT_EQ(entry->kind, r.expected.kind) << r.line;
    EXPECT_EQ(entry->size, r.expected.size) << r.line;
    EXPECT_EQ(entry->modified, r.expected.modified) << r.line;
    EXPECT_EQ(entry->precision, r.expected.precision) << r.line;
    EXPECT_EQ(entry->target, r.expected.target) << r.line;
    EXPECT_EQ(entry->mode, r.expected.mode) << r.line;
    EXPECT_EQ(entry->owner, r.expected.owner) << r.line;
    EXPECT_EQ(entry->group, r.expected.group) << r.line;
    EXPECT_EQ(parser.form(), form) << r.line;
  }
}

constexpr auto none = std::nullopt;

TEST(list_parse, unix) {
  check(
      list_form::unix,
      {
          {"-rw-r--r--   1 ann  staff   1234 Jul  3 12:34 file",
           {"file", kind::file, 1234, at(2026, 7, 3, 12h + 34min), precision::minute, "", 0644, "ann", "staff"}},
          {"-rw-r--r--   1 ann  staff   1234 Jul  5 12:34 file",
           {"file", kind::file, 1234, at(2026, 7, 5, 12h + 34min), precision::minute, "", 0644, "ann", "staff"}},
          {"-rw-r--r--   1 ann  staff   1234 Aug  1 12:34 file",
           {"file", kind::file, 1234, at(2025, 8, 1, 12h + 34min), precision::minute, "", 0644, "ann", "staff"}},
          {"-rw-r--r--   1 ann  staff   1 Feb 29 12:34 leap",
           {"leap", kind::file, 1, at(2024, 2, 29, 12h + 34min), precision::minute, "", 0644, "ann", "staff"}},
          {"drwxr-xr-x   2 ann  staff   4096 Jan 31  2020 a dir/",
           {"a dir", kind::directory, 4096, at(2020, 1, 31), precision::day, "", 0755, "ann", "staff"}},
          {"lrwxrwxrwx   1 0 0 3 Jan 31 2020 l -> t -> u",
           {"l", kind::link, 3, at(2020, 1, 31), precision::day, "t -> u", 0777, "0", "0"}},
          {"-rwsr-Sr-t+  1 1000 1000 5 Jan 31 2020  leading space",
           {" leading space", kind::file, 5, at(2020, 1, 31), precision::day, "", 07745, "1000", "1000"}},
          {"-rw-r--r--.  1 ann  5 Jan 31 2020 no group",
           {"no group", kind::file, 5, at(2020, 1, 31), precision::day, "", 0644, "ann", ""}},
          {"-rw-r--r--   ann  staff  5 Jan 31 2020 no links",
           {"no links", kind::file, 5, at(2020, 1, 31), precision::day, "", 0644, "ann", "staff"}},
          {"-rw-r--r--  1 ann Domain Users  5 Jan 31 2020 x",
           {"x", kind::file, 5, at(2020, 1, 31), precision::day, "", 0644, "ann", "Domain Users"}},
          {"crw-rw----   1 root tty  4,  64 Jan 31 2020 ttyS0",
           {"ttyS0", kind::other, none, at(2020, 1, 31), precision::day, "", 0660, "root", "tty"}},
          {"brw-rw----   1 root disk 8,0 Jan 31 2020 sda",
           {"sda", kind::other, none, at(2020, 1, 31), precision::day, "", 0660, "root", "disk"}},
          {"-rw-r--r--   1 ann staff 5 2020-01-31 12:34 iso",
           {"iso", kind::file, 5, at(2020, 1, 31, 12h + 34min), precision::minute, "", 0644, "ann", "staff"}},
          {"-rw-r--r--   1 ann staff 5 2020-01-31 12:34:56.123456789 +0100 full iso",
           {"full iso", kind::file, 5, at(2020, 1, 31, 12h + 34min + 56s), precision::second, "", 0644, "ann",
            "staff"}},
          {"-rw-r--r--   1 ann staff 5 01-31 12:34 short iso",
           {"short iso", kind::file, 5, at(2026, 1, 31, 12h + 34min), precision::minute, "", 0644, "ann", "staff"}},
          {"-rw-r--r--   1 ann staff 5 31 Jan 12:34 day first",
           {"day first", kind::file, 5, at(2026, 1, 31, 12h + 34min), precision::minute, "", 0644, "ann", "staff"}},
          {"-rw-r--r--   1 ann staff 5 31. Dez 2020 deutsch",
           {"deutsch", kind::file, 5, at(2020, 12, 31), precision::day, "", 0644, "ann", "staff"}},
          {"-rw-r--r--   1 ann staff 5 Jan 31 12:34:56 2020 BSD -T",
           {"BSD -T", kind::file, 5, at(2020, 1, 31, 12h + 34min + 56s), precision::second, "", 0644, "ann", "staff"}},
          {"drwxrwxr-x               folder        2 May 10  1996 network",
           {"network", kind::directory, 2, at(1996, 5, 10), precision::day, "", 0775, "folder", ""}},
          {"-rw-r--r--   1 ann staff 5 Jan 31 2020 4096 Jan 1 2020 x",
           {"4096 Jan 1 2020 x", kind::file, 5, at(2020, 1, 31), precision::day, "", 0644, "ann", "staff"}},
      });
}

TEST(list_parse, dos) {
  check(list_form::dos,
        {
            {"02-25-99  03:07PM       <DIR>          a dir",
             {"a dir", kind::directory, none, at(1999, 2, 25, 15h + 7min), precision::minute, "", none, "", ""}},
            {"02-25-2026  12:07AM              1,234 a file",
             {"a file", kind::file, 1234, at(2026, 2, 25, 7min), precision::minute, "", none, "", ""}},
            {"02-25-2026  12:07PM  5 x",
             {"x", kind::file, 5, at(2026, 2, 25, 12h + 7min), precision::minute, "", none, "", ""}},
            {"2020-02-25  15:07      5 x",
             {"x", kind::file, 5, at(2020, 2, 25, 15h + 7min), precision::minute, "", none, "", ""}},
            {"02/25/20  03:07 PM  5 x",
             {"x", kind::file, 5, at(2020, 2, 25, 15h + 7min), precision::minute, "", none, "", ""}},
            {"25.02.20  15:07  1.234 x",
             {"x", kind::file, 1234, at(2020, 2, 25, 15h + 7min), precision::minute, "", none, "", ""}},
            {"02-25-100  15:07  5 x",
             {"x", kind::file, 5, at(2000, 2, 25, 15h + 7min), precision::minute, "", none, "", ""}},
            {"02-25-20  03:07PM  <JUNCTION>  j [C:\\a b]",
             {"j", kind::link, none, at(2020, 2, 25, 15h + 7min), precision::minute, "C:\\a b", none, "", ""}},
        });
}

TEST(list_parse, machine_forms) {
  check(list_form::mlsd,
        {{"type=file;size=5;modify=20200131123456;UNIX.mode=0644;UNIX.owner=ann;UNIX.group=g; a name",
          {"a name", kind::file, 5, at(2020, 1, 31, 12h + 34min + 56s), precision::second, "", 0644, "ann", "g"}},
         {"Type=OS.unix=slink:/t;Size=5; l", {"l", kind::link, 5, none, precision::second, "/t", none, "", ""}},
         {"type=dir; d", {"d", kind::directory, none, none, precision::second, "", none, "", ""}}});
  check(list_form::eplf,
        {{"+i8388621.48594,m825718503,r,s280,\tdjb.html",
          {"djb.html", kind::file, 280, file_time(825718503s), precision::second, "", none, "", ""}},
         {"+i8388621.50690,m824255907,/,\t514",
          {"514", kind::directory, none, file_time(824255907s), precision::second, "", none, "", ""}}});
}

TEST(list_parse, other_systems) {
  check(list_form::netware,
        {{"d [R----F--] supervisor            512       Jan 16 18:53    login",
          {"login", kind::directory, 512, at(2026, 1, 16, 18h + 53min), precision::minute, "", none, "supervisor", ""}},
         {"- [RWCEAFMS] rhesus 214059 Oct 20  2020    a b.exe",
          {"a b.exe", kind::file, 214059, at(2020, 10, 20), precision::day, "", none, "rhesus", ""}}});
  check(list_form::as400,
        {{"QSYS            77824 02/23/00 15:09:55 *DIR       QOpenSys/",
          {"QOpenSys", kind::directory, none, at(2000, 2, 23, 15h + 9min + 55s), precision::second, "", none, "QSYS",
           ""}},
         {"PEP   5 02/23/00 15:09:55 *STMF      f",
          {"f", kind::file, 5, at(2000, 2, 23, 15h + 9min + 55s), precision::second, "", none, "PEP", ""}}});
  check(list_form::vms,
        {{"README.TXT;4       18/20   10-DEC-1997 19:11:54 [SYSTEM] (RWED,RWED,RE,)",
          {"README.TXT;4", kind::file, none, at(1997, 12, 10, 19h + 11min + 54s), precision::second, "", none, "SYSTEM",
           ""}},
         {"CORE.DIR;1          1/3   8-SEP-1996 16:09 [GRP,ANN] (RWE,RWE,RE,RE)",
          {"CORE", kind::directory, none, at(1996, 9, 8, 16h + 9min), precision::minute, "", none, "ANN", "GRP"}},
         {"SECRET.DAT;1       %RMS-E-PRV, insufficient privilege",
          {"SECRET.DAT;1", kind::file, none, none, precision::second, "", none, "", ""}}});
  check(list_form::mvs, {{"WPTA01 3290   2004/03/04  1    3  FB      80  3125  PO  SPZ.NETD",
                          {"SPZ.NETD", kind::directory, none, at(2004, 3, 4), precision::day, "", none, "", ""}},
                         {"WPTA01 3290   **NONE**    1   15  U    6144  6144  PS  'A.B'",
                          {"A.B", kind::file, none, none, precision::second, "", none, "", ""}},
                         {"Migrated                                                SDPROG.X",
                          {"SDPROG.X", kind::file, none, none, precision::second, "", none, "", ""}},
                         {"Pseudo Directory                                        SPOOL",
                          {"SPOOL", kind::directory, none, none, precision::second, "", none, "", ""}}});
}

TEST(list_parse, vms_name_on_its_own_line) {
  list_parser parser(now);
  EXPECT_FALSE(parser.line("Directory SYS$SYSDEVICE:[ANN]"));
  EXPECT_FALSE(parser.line(""));
  EXPECT_FALSE(parser.line("A_VERY_LONG_NAME_INDEED.TXT;12"));
  const auto entry = parser.line("                   213/216  29-JAN-1996 03:33:12  [ANN] (RWED,RWED,,)");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->name, "A_VERY_LONG_NAME_INDEED.TXT;12");
  EXPECT_EQ(entry->modified, at(1996, 1, 29, 3h + 33min + 12s));
  EXPECT_FALSE(parser.line("Total of 1 file, 213/216 blocks."));
  EXPECT_EQ(parser.unparsed(), 0u);
}

TEST(list_parse, mvs_members_after_their_header) {
  list_parser parser(now);
  EXPECT_FALSE(parser.line(" Name     VV.MM   Created       Changed      Size  Init   Mod   Id"));
  const auto entry = parser.line(" ADATAB    01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->name, "ADATAB");
  EXPECT_EQ(entry->modified, at(2002, 10, 11, 9h + 37min));
  EXPECT_EQ(entry->owner, "KIL001");
  EXPECT_EQ(parser.line("BARE")->name, "BARE");
  EXPECT_EQ(parser.form(), list_form::mvs_members);
}

TEST(list_parse, dots_headers_and_strangers) {
  list_parser parser(now);
  EXPECT_FALSE(parser.line("total 12"));
  EXPECT_FALSE(parser.line("drwxr-xr-x 2 a b 4096 Jan 31 2020 ."));
  EXPECT_FALSE(parser.line("drwxr-xr-x 2 a b 4096 Jan 31 2020 .."));
  EXPECT_FALSE(parser.line("type=cdir; /here"));
  EXPECT_EQ(parser.unparsed(), 0u);
  EXPECT_FALSE(parser.line("ls: cannot open directory"));
  EXPECT_FALSE(parser.line("-rw-r--r-- 1 a b 5 Jan 31 2020"));
  EXPECT_FALSE(parser.line("-rw-r--r-- 1 a b 5 Jan 31 2020 "));
  EXPECT_FALSE(parser.line("-rw-r--r-- 1 a b 5 Foo 31 2020 x"));
  EXPECT_FALSE(parser.line("-rw-r--r-- 1 a b 5 Jan 32 2020 x"));
  EXPECT_FALSE(parser.line("13-32-20 12:00 5 x"));
  EXPECT_EQ(parser.unparsed(), 6u);
}

TEST(list_parse, line_ends_are_taken_off) {
  list_parser parser(now);
  EXPECT_EQ(parser.line("-rw-r--r-- 1 a b 5 Jan 31 2020 x\r\n")->name, "x");
}

// The classes of row 4: names at NAME_MAX of every byte, lines of any length.
TEST(list_parse, long_names_of_every_byte) {
  for (int c = 0; c < 256; ++c) {
    if (c == '\r' || c == '\n') continue;
    list_parser parser(now);
    const auto name = "x" + std::string(255, static_cast<char>(c));
    const auto entry = parser.line("-rw-r--r-- 1 a b 5 Jan 31 2020 " + name);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->name, name);
  }
  list_parser parser(now);
  EXPECT_FALSE(parser.line(std::string(1 << 20, '-')));
  EXPECT_FALSE(parser.line(std::string(1 << 20, ' ')));
}

}  // namespace
}  // namespace ferry::proto
