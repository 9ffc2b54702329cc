#include "proto/telnet.hpp"

namespace ferry::proto {
namespace {

constexpr std::uint8_t se = 240, data_mark = 242, interrupt_process = 244, sb = 250;
constexpr std::uint8_t will = 251, wont = 252, do_ = 253, dont = 254, iac = 255;

}  // namespace

bool telnet_filter::transparent(std::string_view in) const {
  return state_ == state::data && in.find(static_cast<char>(iac)) == in.npos;
}

void telnet_filter::feed(std::string_view in, std::string& data, std::string& refusals) {
  while (!in.empty()) {
    if (state_ == state::data) {
      const auto plain = in.substr(0, in.find(static_cast<char>(iac)));
      data += plain;
      in.remove_prefix(plain.size());
      if (in.empty()) return;
    }
    step(static_cast<std::uint8_t>(in.front()), data, refusals);
    in.remove_prefix(1);
  }
}

void telnet_filter::step(std::uint8_t byte, std::string& data, std::string& refusals) {
  switch (state_) {
    case state::data:
      if (byte == iac) {
        state_ = state::iac;
      } else {
        data += static_cast<char>(byte);
      }
      return;
    case state::iac: command(byte, data); return;
    case state::option:
      if ((verb_ == will || verb_ == do_) && refusals.size() + 3 <= max_refusals) {
        refusals += static_cast<char>(iac);
        refusals += static_cast<char>(verb_ == will ? dont : wont);
        refusals += static_cast<char>(byte);
      }
      state_ = state::data;
      return;
    case state::subnegotiation:
      if (byte == iac) {
        state_ = state::subnegotiation_iac;
      } else if (++subnegotiation_ >= max_subnegotiation) {
        state_ = state::data;
      }
      return;
    case state::subnegotiation_iac:
      state_ = byte == se || ++subnegotiation_ >= max_subnegotiation ? state::data : state::subnegotiation;
      return;
    // A Synch's last bytes travel as urgent data, of which the receiving kernel may have taken one away: what is left
    // of IAC DM right after IAC IP is a lone DM or a lone IAC. Neither is the start of a command line.
    case state::after_ip:
      state_ = byte == iac ? state::after_ip_iac : state::data;
      if (byte != iac && byte != data_mark) data += static_cast<char>(byte);
      return;
    case state::after_ip_iac:
      state_ = state::data;
      if (byte < se) {
        data += static_cast<char>(byte);
      } else {
        command(byte, data);
      }
      return;
  }
}

void telnet_filter::command(std::uint8_t byte, std::string& data) {
  state_ = state::data;
  switch (byte) {
    case iac: data += static_cast<char>(iac); return;
    case will:
    case wont:
    case do_:
    case dont:
      verb_ = byte;
      state_ = state::option;
      return;
    case sb:
      subnegotiation_ = 0;
      state_ = state::subnegotiation;
      return;
    case interrupt_process:
      interrupt(data);
      state_ = state::after_ip;
      return;
    case data_mark: interrupt(data); return;
    default:
      if (byte < se) {
        data += static_cast<char>(iac);
        data += static_cast<char>(byte);
      }
  }
}

void telnet_filter::interrupt(const std::string& data) {
  interrupted_ = true;
  interrupted_at_ = data.size();
}

}  // namespace ferry::proto
