// What the transmission modes make of a file (RFC 959 §3.4): data, the ends of records and of the file, and restart
// markers. Codecs carry their state across chunks, split anywhere; their memory is constant.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ferry::proto {

// Of a block, and of a string in compressed mode: bits that may stand together (§3.4.2).
namespace descriptor {

inline constexpr unsigned char end_of_record = 128;
inline constexpr unsigned char end_of_file = 64;
inline constexpr unsigned char suspect = 32;
inline constexpr unsigned char restart_marker = 16;
inline constexpr unsigned char unassigned = 15;

}  // namespace descriptor

inline constexpr std::size_t longest_marker = 127;  // bytes: what compressed mode holds in one string

// Whether a text may be a restart marker: printable, without a space (§3.4.2), and not too long.
bool is_restart_marker(std::string_view text);

// Towards the wire. Everything is appended to `out`; what is held back leaves with the next end or marker.
class mode_encoder {
 public:
  virtual ~mode_encoder() = default;
  virtual void data(std::span<const char> in, std::string& out) = 0;
  // The same, of the last bytes before the end, if there are any. Behind that of a file the next may begin.
  virtual void end_of_record(std::span<const char> last, std::string& out) = 0;
  virtual void end_of_file(std::span<const char> last, std::string& out) = 0;
  // Modes B and C; the others have no markers, and no way to end a file but in order.
  virtual void marker(std::string_view /*text*/, std::string& /*out*/) {}
  // The file ends here, unfinished: an empty block that is its end and suspect. A receiver that knows nothing of this
  // takes it for an end, and hears on the control connection that there was none.
  virtual void give_up(std::string& /*out*/) {}
};

struct mode_piece {
  enum class kind {
    none,  // all of the input has been taken
    data,
    suspect_data,  // data that the sender does not answer for
    end_of_record,
    marker,  // the text is in `bytes`
    end_of_file,
    given_up,  // the end of a file that its sender did not finish: mode_encoder::give_up
    malformed  // no more can be made of this connection
  };
  kind what = kind::none;
  std::string_view bytes;  // until the next call
};

// From the wire. Any bytes may come.
class mode_decoder {
 public:
  virtual ~mode_decoder() = default;
  // The next piece of `in`, which is moved behind it. Behind an end begins the next file.
  virtual mode_piece next(std::span<const char>& in) = 0;
};

}  // namespace ferry::proto
