// What a client tells its owner as it happens: for -v, for events, for drawings of a session. No event holds a
// password. Called on the loop; must return soon and must not call back into the session.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "client/settings.hpp"
#include "net/stream.hpp"
#include "proto/reply.hpp"
#include "transfer/progress.hpp"

namespace ferry::client {

struct data_facts {
  rung way = rung::epsv;
  net::endpoint local;
  net::endpoint peer;
  std::string verb;         // RETR, STOR, MLSD...
  bool kept = false;        // the connection was open: it served a transfer before
  std::uint64_t bytes = 0;  // on the wire
  duration took{};
  bool resumed = false;  // the TLS session of the control connection
};

// How sure it is that both ends hold the same file.
enum class proof : std::uint8_t { none, size, digest };
std::string_view name_of(proof how);

// One file's way from or to the server, or from one to another.
struct file_facts {
  enum class direction : std::uint8_t { download, upload, copy };
  direction way = direction::download;
  std::string remote;
  std::string local;                  // of a copy: on the other server
  std::optional<std::uint64_t> size;  // of the whole file
  std::uint64_t offset = 0;           // where the last try began
  std::uint64_t bytes = 0;            // on the wire, all tries together
  std::uint64_t content = 0;          // of the file, the same
  unsigned tries = 0;
  duration took{};
  proof verified = proof::none;
  std::string algorithm;  // of the digest: "SHA-256"
};

// `session` numbers the control connections of one client, from 1.
class observer {
 public:
  virtual ~observer() = default;

  virtual void connecting(unsigned /*session*/, const net::endpoint& /*to*/) {}
  virtual void connected(unsigned /*session*/, const net::endpoint& /*local*/, const net::endpoint& /*peer*/) {}
  virtual void secured(unsigned /*session*/, std::string_view /*TLS version and cipher*/) {}
  virtual void closed(unsigned /*session*/, const error* /*why; null: in order*/) {}

  virtual void command(unsigned /*session*/, std::string_view /*line, the password masked*/) {}
  virtual void reply(unsigned /*session*/, const proto::reply& /*what*/) {}

  virtual void data_tried(unsigned /*session*/, rung /*way*/) {}
  virtual void data_failed(unsigned /*session*/, rung /*way*/, const error& /*why*/) {}
  virtual void data_opened(unsigned /*session*/, const data_facts& /*what*/) {}
  virtual void data_closed(unsigned /*session*/, const data_facts& /*what*/) {}

  // Both may be looked at until file_ended: size and offset are filled in when they are known.
  virtual void file_started(unsigned /*session*/, const file_facts& /*what*/, const transfer::progress& /*moved*/) {}
  virtual void file_ended(unsigned /*session*/, const file_facts& /*what*/, const error* /*why; null: done*/) {}

  virtual void retrying(unsigned /*session*/, const error& /*why*/, unsigned /*next try*/,
                        std::chrono::milliseconds /*after*/) {}
  virtual void note(unsigned /*session*/, std::string_view /*one sentence*/) {}  // what a user should know
};

}  // namespace ferry::client
