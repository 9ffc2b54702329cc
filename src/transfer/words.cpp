#include "transfer/words.hpp"

namespace ferry::transfer {

std::string_view in_words(data_type type, data_format format) {
  static constexpr std::string_view text[2][3] = {
      {"A N: text, lines end with CR LF", "A T: text with Telnet format controls", "A C: text with carriage control"},
      {"E N: text in EBCDIC, lines end with NL", "E T: text in EBCDIC with format controls",
       "E C: text in EBCDIC with carriage control"}};
  if (type == data_type::image) return "I: bytes as they are";
  return text[static_cast<int>(type)][static_cast<int>(format)];
}

std::string_view in_words(data_structure structure) {
  switch (structure) {
    case data_structure::file: return "F: a file is a run of bytes";
    case data_structure::record: return "R: a file is made of records";
    case data_structure::page: return "P: a file is made of pages";
  }
  return {};
}

std::string_view in_words(transfer_mode mode) {
  switch (mode) {
    case transfer_mode::stream: return "S: a stream of bytes";
    case transfer_mode::block: return "B: blocks";
    case transfer_mode::compressed: return "C: compressed";
    case transfer_mode::deflate: return "Z: deflated";
  }
  return {};
}

}  // namespace ferry::transfer
