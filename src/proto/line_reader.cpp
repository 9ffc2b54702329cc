#include "proto/line_reader.hpp"

#include <algorithm>

namespace ferry::proto {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

line_reader::event line_reader::next(std::string& line) {
  if (skipping_ && !skip()) return event::none;
  const auto end = bytes_.find('\n', scanned_);
  if (end == bytes_.npos) {
    scanned_ = bytes_.size();
    // One byte above the limit may still be the CR of the line's end.
    const bool may_fit = buffered() <= max_line_ || (buffered() == max_line_ + 1 && bytes_.back() == '\r');
    if (may_fit) return event::none;
    consume(buffered());
    skipping_ = true;
    return event::too_long;
  }
  std::string_view raw(bytes_.data() + start_, end - start_);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  const auto what = raw.size() > max_line_ ? event::too_long : decode(raw, line);
  consume(end + 1 - start_);
  return what;
}

// Drops the rest of an over-long line; false while its end has not come.
bool line_reader::skip() {
  const auto end = bytes_.find('\n', start_);
  skipping_ = end == bytes_.npos;
  consume(skipping_ ? buffered() : end + 1 - start_);
  return !skipping_;
}

void line_reader::consume(std::size_t count) {
  start_ += count;
  scanned_ = start_;
  if (start_ == bytes_.size()) {
    bytes_ = std::string();  // clear() would keep the memory, and ten thousand idle sessions would too
    start_ = scanned_ = 0;
  }
}

line_reader::event line_reader::decode(std::string_view raw, std::string& line) const {
  line.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool cr_nul = raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\0';
    if (!cr_nul && !keep_controls_ && is_control(raw[i])) return event::bad_byte;
    line += raw[i];
    if (cr_nul) ++i;
  }
  return event::line;
}

std::size_t line_reader::discard() {
  const auto count = buffered();
  consume(count);
  skipping_ = false;
  return count;
}

void control_decoder::push(std::string_view bytes) {
  if (telnet_.transparent(bytes)) return lines_.push(bytes);
  std::string data;
  telnet_.feed(bytes, data, refusals_);
  if (telnet_.interrupted()) {
    mark_ = lines_.buffered() + telnet_.interrupted_at();
    telnet_.clear_interrupt();
  }
  lines_.push(data);
}

line_reader::event control_decoder::next(std::string& line) {
  const auto before = lines_.buffered();
  const auto what = lines_.next(line);
  const auto taken = before - lines_.buffered();
  urgent_ = mark_ && *mark_ < taken && what != line_reader::event::none;
  if (urgent_) {
    mark_.reset();
  } else if (mark_) {
    *mark_ -= std::min(*mark_, taken);
  }
  return what;
}

std::size_t control_decoder::discard() {
  telnet_ = {};
  mark_.reset();
  return lines_.discard();
}

}  // namespace ferry::proto
