// One file on its way from the wire: MODE, then STRU, then TYPE (RFC 959 §3); encoding.hpp says what records are. Pure;
// a new one is made for each file.
#pragma once

#include <optional>

#include "proto/mode.hpp"
#include "proto/record_stream.hpp"
#include "transfer/parameters.hpp"
#include "transfer/stage.hpp"

namespace ferry::transfer {

class decoding {
 public:
  // Stream mode, file structure.
  decoding(stages through = {}) : through_(std::move(through)) {}  // NOLINT: a chain of stages is one
  explicit decoding(const parameters& by, stages further = {});    // which come last

  bool as_it_is() const { return through_.empty() && !by_; }  // nothing is changed or added
  bool framed() const { return by_ != nullptr; }    // the end of the file is told in the data, not by the connection's
  bool keeps_connection() const { return keeps_; }  // and what follows it is the next file

  // Unframed: replaces bytes from the wire by those of the file; `last` ends it.
  result<void> decode(std::string& chunk, bool last) { return run(through_, chunk, last); }

  // Framed: what came first in the bytes from the wire.
  enum class came : std::uint8_t {
    all,     // they are taken
    much,    // enough for now: about limit::transfer_buffer bytes; perhaps more, even without more input
    marker,  // a restart marker: marker()
    end      // the end of the file
  };
  // Takes from `in` and appends bytes of the file to `out`, also before an error. Errors: data.malformed,
  // data.page_type, data.given_up (the sender says that it could not finish the file).
  result<came> decode(std::span<const char>& in, std::string& out);
  bool ended() const { return ended_; }  // or given up: the next file begins behind it

  const std::string& marker() const { return marker_; }
  bool may_restart() const;                           // all that came is in the file
  std::uint64_t suspect() const { return suspect_; }  // bytes that the sender does not answer for

 private:
  result<came> gather(std::span<const char>& in, std::string& out);
  void put(std::string_view bytes, std::string& out);
  void end_record(std::string& out);

  stages through_;
  std::unique_ptr<proto::mode_decoder> by_;
  std::optional<char> line_end_;                        // records of text end with it
  std::optional<proto::record_stream_encoder> stored_;  // records of TYPE I
  bool keeps_ = false;
  bool ended_ = false;
  std::string marker_;
  std::uint64_t suspect_ = 0;
};

}  // namespace ferry::transfer
