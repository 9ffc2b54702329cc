// What the rules of a packet filter (nftables; iptables is translated to it) do to a new TCP connection to a port.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ferry::ferryd {

enum class passage : std::uint8_t {
  open,
  closed,
  unclear  // it depends on addresses, or on rules of a kind that is not read here
};

struct filter_answer {
  passage what = passage::open;
  std::string why;  // "chain inet filter input: policy drop, and no rule lets it in"; of what is open, empty
};

class packet_filter {
 public:
  // What `nft -j list ruleset` prints. Errors: filter.json
  static result<packet_filter> parse(std::string_view json);
  packet_filter(packet_filter&&) noexcept;
  packet_filter& operator=(packet_filter&&) noexcept;
  ~packet_filter();

  // Of a connection that comes in to this machine from another.
  filter_answer comes_in(std::uint16_t port, bool ipv4) const;

  // The kernel's FTP helper, in words; empty when no table names one.
  std::string ftp_helper() const;

  struct rules;

 private:
  explicit packet_filter(std::unique_ptr<rules> from);
  std::unique_ptr<rules> rules_;
};

}  // namespace ferry::ferryd
