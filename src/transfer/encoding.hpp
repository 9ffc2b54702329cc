// One file on its way to the wire: TYPE, then STRU, then MODE (RFC 959 §3). Pure; a new one is made for each file.
//
// Records (STRU R): of text, lines are records, and the last one has an end even where the file's last line has none.
// Of TYPE I, the file holds its records as stream mode sends them (§3.4.1), without the code of the end of the file;
// so RFC 1123 §4.1.2.4 would have it.
#pragma once

#include <optional>

#include "base/limits.hpp"
#include "proto/mode.hpp"
#include "proto/record_stream.hpp"
#include "transfer/parameters.hpp"
#include "transfer/stage.hpp"

namespace ferry::transfer {

class encoding {
 public:
  // Stream mode, file structure.
  encoding(stages through = {}) : through_(std::move(through)) {}  // NOLINT: a chain of stages is one
  // `after_cr`: the byte before the first was a CR. `before`: what comes first.
  explicit encoding(const parameters& by, bool after_cr = false, stages before = {});
  // For what has lines that end with CR LF already: a listing.
  static encoding of_lines(const parameters& by);

  bool as_it_is() const { return through_.empty() && !by_; }  // nothing is changed or added
  bool blocks() const { return blocks_; }                     // nothing is changed, but blocks get their headers
  std::size_t slice() const { return slice_; }                // bytes that are worth one turn of the loop

  // Replaces bytes of the file by those for the wire; `last` ends it. Errors: data.structure. After one, `chunk` holds
  // what could be encoded before it.
  result<void> encode(std::string& chunk, bool last);

  // In modes B and C: the connection is kept for the next file. Between chunks there may be a marker, which says how
  // many bytes of the file lie before it, unless a restart would not be right there, and an end of a file that cannot
  // be finished.
  bool keeps_connection() const { return keeps_; }
  void mark(std::uint64_t position, std::string& out);
  void give_up(std::string& out) { by_->give_up(out); }

 private:
  result<void> frame(std::span<const char> in, std::string& out);
  result<void> frame_stored(std::span<const char> in, std::string& out);
  void frame_lines(std::span<const char> in, std::string& out);

  stages through_;
  std::unique_ptr<proto::mode_encoder> by_;
  std::optional<char> line_end_;                        // records of text end with it
  std::optional<proto::record_stream_decoder> stored_;  // records of TYPE I
  bool open_ = false;                                   // within a record
  bool keeps_ = false;
  bool blocks_ = false;
  std::size_t slice_ = 131072;  // less than a processor's cache: what goes through it is touched several times
};

}  // namespace ferry::transfer
