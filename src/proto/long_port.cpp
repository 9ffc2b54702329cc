#include "proto/long_port.hpp"

#include "proto/text.hpp"

namespace ferry::proto {
namespace {

class numbers {
 public:
  explicit numbers(std::string_view text) : text_(text) {}

  std::optional<std::uint8_t> next() {
    if (!first_) {
      if (!text_.starts_with(',')) return std::nullopt;
      text_.remove_prefix(1);
    }
    first_ = false;
    const auto value = take_decimal(text_, 255, 3);
    if (!value) return std::nullopt;
    return static_cast<std::uint8_t>(*value);
  }

  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
  bool first_ = true;
};

std::optional<long_port> take(std::string_view& text) {
  numbers in(text);
  const auto family = in.next();
  const auto length = in.next();
  if (!family || !length || (*family == 4 && *length != 4) || (*family == 6 && *length != 16)) return std::nullopt;
  long_port value{*family, {}, 0};
  for (int i = 0; i < *length; ++i) {
    const auto byte = in.next();
    if (!byte) return std::nullopt;
    value.address.push_back(*byte);
  }
  if (in.next() != 2) return std::nullopt;
  const auto high = in.next();
  const auto low = in.next();
  if (!high || !low) return std::nullopt;
  value.port = static_cast<std::uint16_t>(*high << 8 | *low);
  if (value.port == 0) return std::nullopt;
  text = in.rest();
  return value;
}

}  // namespace

std::optional<long_port> parse_lprt(std::string_view argument) {
  auto value = take(argument);
  return argument.empty() ? value : std::nullopt;
}

std::string format_lprt(const long_port& value) {
  std::string out;
  append_decimal(out, static_cast<unsigned>(value.family));
  out += ',';
  append_decimal(out, value.address.size());
  for (const auto byte : value.address) {
    out += ',';
    append_decimal(out, byte);
  }
  out += ",2,";
  append_decimal(out, value.port >> 8);
  out += ',';
  append_decimal(out, value.port & 0xFF);
  return out;
}

std::optional<long_port> parse_228(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i]) || (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == ','))) continue;
    auto rest = text.substr(i);
    if (auto value = take(rest)) return value;
  }
  return std::nullopt;
}

std::string format_228(const long_port& value) { return "Entering Long Passive Mode (" + format_lprt(value) + ")."; }

}  // namespace ferry::proto
