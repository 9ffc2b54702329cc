// What a server tells its owner as it happens. No record ever holds a password.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/stream.hpp"

namespace ferry::server {

struct session_facts {
  std::uint64_t id = 0;  // unique while the server runs, from 1
  net::endpoint peer;
  std::string user;  // as given; empty before USER
  bool anonymous = false;
  std::string password_given;   // of anonymous only, by custom an e-mail address (xferlog shows it); otherwise empty
  bool by_certificate = false;  // no password was asked for
  std::string tls;              // version and cipher of the control connection; empty: in the clear
};

struct transfer_facts {
  std::string_view verb;  // RETR, STOR, APPE, STOU, LIST...
  std::string path;       // canonical, as the client sees it
  bool ascii = false;
  std::uint64_t offset = 0;  // where it began
  std::uint64_t bytes = 0;   // of the file or listing, that moved in this transfer
  std::chrono::nanoseconds took{};
  std::string data_peer;  // the other end of the data connection, where that is not the client's address (FXP)
  int code = 0;           // the final reply: 226, 250 on success
  std::string error;      // the id of what went wrong; empty on success
  std::string cause;
};

enum class refusal : std::uint8_t { connection, login, command };

// Thread-safe: sessions of every loop call it. It must return soon.
class journal {
 public:
  virtual ~journal() = default;
  virtual void note(std::string_view text) = 0;  // what is served, what is in force
  virtual void connected(const session_facts& who) = 0;
  virtual void logged_in(const session_facts& who) = 0;
  virtual void transferred(const session_facts& who, const transfer_facts& what) = 0;
  // `what`: the command line without secrets ("PASS" alone), or why a connection was turned away; `reply`: what was
  // said
  virtual void refused(const session_facts& who, refusal kind, std::string_view what, std::string_view reply) = 0;
  virtual void changed(const session_facts& who, std::string_view verb,
                       std::string_view path) = 0;  // DELE, MKD, RNTO...
  virtual void closed(const session_facts& who, std::string_view why) = 0;
};

}  // namespace ferry::server
