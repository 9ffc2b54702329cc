// How a file goes over the data connection: what TYPE, STRU and MODE have settled (RFC 959 §3, §4.1.2). Both ends keep
// theirs in one of these.
#pragma once

#include <cstdint>

namespace ferry::transfer {

enum class data_type : std::uint8_t { ascii, ebcdic, image };                   // image: L 8 as well
enum class data_format : std::uint8_t { non_print, telnet, carriage_control };  // of the first two
enum class data_structure : std::uint8_t { file, record, page };
enum class transfer_mode : std::uint8_t {
  stream,
  block,
  compressed,
  deflate
};  // the last: draft-preston-ftpext-deflate

struct parameters {
  data_type type = data_type::ascii;
  data_format format = data_format::non_print;
  data_structure structure = data_structure::file;
  transfer_mode mode = transfer_mode::stream;
  int level = 6;  // of deflate: 0 to 9

  bool text() const { return type != data_type::image; }
  // What is sent are the bytes of the file, and nothing else is said about it.
  bool plain() const { return type == data_type::image && structure == data_structure::file; }
  // The end of a file is told in the data: the connection serves the next file, too (§3.3), and there are restart
  // markers (§3.5).
  bool keeps_connection() const { return mode == transfer_mode::block || mode == transfer_mode::compressed; }

  friend bool operator==(const parameters&, const parameters&) = default;
};

}  // namespace ferry::transfer
