#include "proto/proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace ferry::proto {
namespace {

using status = proxy_header_reader::status;

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);  // of version 2
constexpr std::string_view word = "PROXY ";
constexpr std::string_view shortest_line = "PROXY UNKNOWN\r\n";
constexpr std::size_t longest_line = 107;
constexpr std::size_t fixed_part = 16;  // of version 2
constexpr unsigned char version_2_local = 0x20, version_2_proxy = 0x21, tcp4 = 0x11, tcp6 = 0x21;
constexpr unsigned char last_family = 3, last_transport = 2;  // AF_UNIX, DGRAM

unsigned number(std::string_view bytes) {
  return static_cast<unsigned char>(bytes[0]) * 256u + static_cast<unsigned char>(bytes[1]);
}

// Whether one of the two is the beginning of the other.
bool agrees(std::string_view a, std::string_view b) {
  const auto size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t out = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  if (wrong != std::errc{} || end != text.data() + text.size() || leading_zero) return std::nullopt;
  return out;
}

std::optional<proxy_end> parse_end(std::string_view address, std::string_view port, bool v6) {
  proxy_end out{.v6 = v6};
  const std::string text(address);
  const auto number = parse_port(port);
  if (!number || ::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), out.address.data()) != 1) return std::nullopt;
  out.port = *number;
  return out;
}

std::string show(const proxy_end& one) {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(one.v6 ? AF_INET6 : AF_INET, one.address.data(), text, sizeof text);
  return text;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin <= line.size();) {
    const auto end = std::min(line.find(' ', begin), line.size());
    out.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::size_t proxy_header_reader::wants() const {
  if (status_ != status::more) return 0;
  // Version 1 has no shorter line, and version 2 is longer. Behind that a line ends where it ends.
  if (so_far_.size() < shortest_line.size()) return shortest_line.size() - so_far_.size();
  if (!so_far_.starts_with(signature)) return so_far_.ends_with('\r') ? 1 : 2;
  if (so_far_.size() < fixed_part) return fixed_part - so_far_.size();
  return fixed_part + number(std::string_view(so_far_).substr(14)) - so_far_.size();
}

status proxy_header_reader::push(std::string_view bytes) {
  so_far_ += bytes;
  if (status_ == status::more) status_ = agrees(so_far_, signature) ? read_binary() : read_line();
  return status_;
}

status proxy_header_reader::read_line() {
  if (!agrees(so_far_, word)) return status::malformed;
  const auto end = so_far_.find_first_of("\r\n");
  const bool ends = so_far_.ends_with("\r\n");
  if (end < so_far_.size() - (ends ? 2 : so_far_.ends_with('\r'))) return status::malformed;
  if (so_far_.size() > longest_line) return status::malformed;
  if (!ends) return so_far_.size() < longest_line ? status::more : status::malformed;
  const auto line = std::string_view(so_far_).substr(0, so_far_.size() - 2);
  const auto words = words_of(line);
  if (words[1] == "UNKNOWN") return status::done;
  const bool v6 = words[1] == "TCP6";
  if (words.size() != 6 || (!v6 && words[1] != "TCP4")) return status::malformed;
  header_.from = parse_end(words[2], words[4], v6);
  header_.to = parse_end(words[3], words[5], v6);
  return header_.from && header_.to ? status::done : status::malformed;
}

status proxy_header_reader::read_binary() {
  if (so_far_.size() < fixed_part) return status::more;
  const std::string_view in = so_far_;
  const auto kind = static_cast<unsigned char>(in[12]), family = static_cast<unsigned char>(in[13]);
  const std::size_t size = number(in.substr(14));
  if (kind != version_2_local && kind != version_2_proxy) return status::malformed;
  const bool known = (family >> 4) <= last_family && (family & 0xf) <= last_transport;
  if (kind == version_2_proxy && !known) return status::malformed;
  if (fixed_part + size > proxy_header_max) return status::malformed;
  if (in.size() < fixed_part + size) return status::more;
  if (kind == version_2_local || (family != tcp4 && family != tcp6)) return status::done;
  const bool v6 = family == tcp6;
  const std::size_t each = v6 ? 16 : 4;
  if (size < 2 * each + 4) return status::malformed;
  const auto body = in.substr(fixed_part);
  proxy_end from{.v6 = v6}, to{.v6 = v6};
  std::copy_n(body.begin(), each, from.address.begin());
  std::copy_n(body.begin() + static_cast<std::ptrdiff_t>(each), each, to.address.begin());
  from.port = static_cast<std::uint16_t>(number(body.substr(2 * each)));
  to.port = static_cast<std::uint16_t>(number(body.substr(2 * each + 2)));
  header_ = {from, to};
  return status::done;
}

std::string format_proxy_v1(const proxy_header& what) {
  if (!what.from || !what.to) return std::string(shortest_line);
  return std::string(word) + (what.from->v6 ? "TCP6 " : "TCP4 ") + show(*what.from) + ' ' + show(*what.to) + ' ' +
         std::to_string(what.from->port) + ' ' + std::to_string(what.to->port) + "\r\n";
}

std::string format_proxy_v2(const proxy_header& what) {
  std::string body;
  const bool known = what.from && what.to;
  const auto add_number = [](std::string& out, std::size_t n) {
    out += static_cast<char>(n >> 8);
    out += static_cast<char>(n & 0xff);
  };
  if (known) {
    const std::size_t each = what.from->v6 ? 16 : 4;
    for (const auto* end : {&*what.from, &*what.to}) {
      body.append(reinterpret_cast<const char*>(end->address.data()), each);
    }
    add_number(body, what.from->port);
    add_number(body, what.to->port);
  }
  std::string out(signature);
  out += static_cast<char>(known ? version_2_proxy : version_2_local);
  out += static_cast<char>(!known ? 0 : what.from->v6 ? tcp6 : tcp4);
  add_number(out, body.size());
  return out + body;
}

}  // namespace ferry::proto
