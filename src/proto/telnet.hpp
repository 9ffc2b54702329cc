// The Telnet layer under the control connection (RFC 854, RFC 1123 §4.1.2.10): commands are taken out of the stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ferry::proto {

// Passes data bytes on, removes Telnet commands, and remembers where it is between chunks. No option is ever agreed to.
class telnet_filter {
 public:
  static constexpr std::size_t max_subnegotiation = 256;  // a longer one is cut there: what follows is data again
  static constexpr std::size_t max_refusals = 96;         // bytes waiting in `refusals`; more offers get no answer

  // Appends the data of `in` to `data` (IAC IAC is the byte 0xFF), and to `refusals` what the peer is to be sent:
  // IAC DONT x for each IAC WILL x, IAC WONT x for each IAC DO x.
  // IAC before a byte that is no Telnet command (Latin-1 names from peers that know no Telnet) stays, as data.
  void feed(std::string_view in, std::string& data, std::string& refusals);

  // True when feed would only copy `in`.
  bool transparent(std::string_view in) const;

  // Interrupt Process or Data Mark came since the last clear: the Telnet Synch which goes with ABOR (RFC 959 §4.1.3).
  bool interrupted() const { return interrupted_; }
  std::size_t interrupted_at() const { return interrupted_at_; }  // how long `data` was when it came last
  void clear_interrupt() { interrupted_ = false; }

 private:
  enum class state : std::uint8_t { data, iac, option, subnegotiation, subnegotiation_iac, after_ip, after_ip_iac };

  void step(std::uint8_t byte, std::string& data, std::string& refusals);
  void command(std::uint8_t byte, std::string& data);

  void interrupt(const std::string& data);

  std::size_t interrupted_at_ = 0;
  std::uint16_t subnegotiation_ = 0;
  state state_ = state::data;
  std::uint8_t verb_ = 0;  // the WILL, WONT, DO or DONT whose option comes next
  bool interrupted_ = false;
};

}  // namespace ferry::proto
