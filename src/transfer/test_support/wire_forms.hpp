// Files as they stand on the wire, whole and in pieces: for tests and fuzz targets of encoding and decoding.
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "transfer/decoding.hpp"
#include "transfer/encoding.hpp"

namespace ferry::transfer {

// Every way by which a file may go.
inline std::vector<parameters> every_way() {
  std::vector<parameters> out;
  for (auto type : {data_type::ascii, data_type::ebcdic, data_type::image}) {
    for (auto structure : {data_structure::file, data_structure::record, data_structure::page}) {
      for (auto mode :
           {transfer_mode::stream, transfer_mode::block, transfer_mode::compressed, transfer_mode::deflate}) {
        out.push_back({.type = type, .structure = structure, .mode = mode});
      }
    }
  }
  return out;
}

inline std::string name_of(const parameters& by) {
  return {"AEI"[static_cast<int>(by.type)], "FRP"[static_cast<int>(by.structure)], "SBCZ"[static_cast<int>(by.mode)]};
}

struct passed {
  std::string bytes;
  std::string_view failure;  // the id of the error
  std::string left;          // of the input, behind the end of the file
  std::string markers;       // each in brackets, with how many bytes of the file came before it

  friend bool operator==(const passed&, const passed&) = default;
  friend std::ostream& operator<<(std::ostream& to, const passed& what) {
    return to << "'" << what.bytes << "' " << what.failure << " " << what.markers << " '" << what.left << "'";
  }
};

// A file through an encoding, `chunk` bytes at a time.
inline passed encoded(encoding how, std::string_view file, std::size_t chunk) {
  passed out;
  for (bool last = false; !last; file.remove_prefix(std::min(chunk, file.size()))) {
    std::string piece(file.substr(0, chunk));
    last = file.size() <= chunk;
    auto done = how.encode(piece, last);
    out.bytes += piece;
    if (!done) {
      out.failure = done.error().id;
      break;
    }
  }
  return out;
}

// What came over a connection through a decoding, `chunk` bytes at a time; then the connection ends.
inline passed decoded(decoding how, std::string_view wire, std::size_t chunk) {
  passed out;
  for (bool last = false; !last;) {
    const auto piece = wire.substr(0, chunk);
    wire.remove_prefix(piece.size());
    last = wire.empty();
    if (!how.framed()) {
      std::string bytes(piece);
      auto done = how.decode(bytes, last);
      out.bytes += bytes;
      if (!done) {
        out.failure = done.error().id;
        return out;
      }
      continue;
    }
    std::span<const char> in = piece;
    for (;;) {
      auto came = how.decode(in, out.bytes);
      if (!came || *came == decoding::came::end) {
        if (!came) out.failure = came.error().id;
        // Behind what is malformed lies nothing of interest.
        if (came || out.failure == "data.given_up") out.left = std::string(in.begin(), in.end()).append(wire);
        return out;
      }
      if (*came == decoding::came::all) break;
      if (*came == decoding::came::marker) {
        out.markers +=
            "[" + how.marker() + "=" + std::to_string(out.bytes.size()) + (how.may_restart() ? "" : "?") + "]";
      }
    }
  }
  if (how.framed()) out.failure = "data.truncated";
  return out;
}

}  // namespace ferry::transfer
