// What a load balancer says ahead of a connection that it passes on: whose it is, and what that peer dialled. The PROXY
// protocol of HAProxy (proxy-protocol.txt), versions 1 (a line, §2.1) and 2 (binary, §2.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::proto {

inline constexpr std::size_t proxy_header_max = 8192;  // bytes: of version 2 with what it may carry besides addresses

struct proxy_end {
  bool v6 = false;
  std::array<std::uint8_t, 16> address{};  // as on the wire; of IPv4 the first four
  std::uint16_t port = 0;

  friend bool operator==(const proxy_end&, const proxy_end&) = default;
};

struct proxy_header {
  // Both, or neither: then the connection is the balancer's own (LOCAL), or one that has no addresses of IP.
  std::optional<proxy_end> from, to;

  friend bool operator==(const proxy_header&, const proxy_header&) = default;
};

// Takes a header piece by piece, and nothing that stands behind it.
class proxy_header_reader {
 public:
  enum class status : std::uint8_t { more, done, malformed };

  // How many bytes are still of the header for sure: as many may be read of the connection, no more. 0: not `more`.
  std::size_t wants() const;
  status push(std::string_view bytes);  // at most wants()
  const proxy_header& header() const { return header_; }

 private:
  status read_line();
  status read_binary();

  status status_ = status::more;
  std::string so_far_;
  proxy_header header_;
};

std::string format_proxy_v1(const proxy_header& what);
std::string format_proxy_v2(const proxy_header& what);

}  // namespace ferry::proto
