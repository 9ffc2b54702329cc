// What a decoder of a transmission mode makes of bytes, as text: for tests and fuzz targets.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "proto/mode.hpp"

namespace ferry::proto {

// Data as it is; "<R>" the end of a record, "<F>" of the file, "<G>" given up, "<M:text>" a marker, "<?>" data in
// doubt before it, "<!>" malformed: the last. `chunk`: bytes at a time.
inline std::string story(mode_decoder& of, std::string_view in, std::size_t chunk) {
  using kind = mode_piece::kind;
  std::string out;
  bool doubtful = false;
  for (; !in.empty(); in.remove_prefix(std::min(chunk, in.size()))) {
    std::span<const char> left = in.substr(0, chunk);
    for (;;) {
      const auto before = left.size();
      const auto piece = of.next(left);
      if (left.size() > before) std::abort();
      if (piece.what == kind::suspect_data && !doubtful) out += "<?>";
      if (piece.what != kind::none) doubtful = piece.what == kind::suspect_data;
      switch (piece.what) {
        case kind::data:
        case kind::suspect_data:
          if (piece.bytes.empty()) std::abort();
          out += piece.bytes;
          continue;
        case kind::end_of_record: out += "<R>"; continue;
        case kind::end_of_file: out += "<F>"; continue;
        case kind::given_up: out += "<G>"; continue;
        case kind::marker: out += "<M:" + std::string(piece.bytes) + ">"; continue;
        case kind::malformed: return out + "<!>";
        case kind::none: break;
      }
      if (!left.empty()) std::abort();
      break;
    }
  }
  return out;
}

}  // namespace ferry::proto
