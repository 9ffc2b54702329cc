// One file from a server to another (RFC 959 §5.2, known as FXP). One of them listens, the other connects to it; the
// session with each only says so, and no byte of the file comes here.
//
// Errors besides those of session:
//   copy.blocked      no way led from one to the other; the cause tells of each
//   copy.unprotected  one of the two protects its data connections and the other does not
//   copy.tls          both do, and neither can be the TLS client that one of them must be (CPSV, SSCN)
//   data.short, data.lost, verify.size, verify.longer (than the source: nothing to go on from), verify.digest,
//   verify.unsupported
#pragma once

#include <optional>
#include <string>

#include "client/listing.hpp"
#include "client/observer.hpp"
#include "client/session.hpp"

namespace ferry::client {

// How the two come together.
struct fxp_way {
  enum class handshake : std::uint8_t {
    none,      // in the clear
    cpsv,      // the one that listens begins it, by CPSV
    listener,  // the same by SSCN ON
    dialler    // the one that connects begins it, by SSCN ON
  };
  bool source_listens = false;
  handshake begins = handshake::none;

  friend bool operator==(const fxp_way&, const fxp_way&) = default;
};

// What is known of two servers, from file to file.
struct fxp_route {
  std::optional<fxp_way> worked;
  std::optional<error> apart;  // no way leads from one to the other
  bool silent_source = false;  // it says nothing to RETR before it is connected
};

// The ways that these two may have, the likeliest first. Errors: copy.unprotected, copy.tls
result<std::vector<fxp_way>> fxp_ways(const session& from, const session& to);

struct copy_options {
  std::optional<entry> known;    // of the source, from a listing
  bool fallback = false;         // where no way leads from one to the other, the file passes through here
  bool continue_target = false;  // what has the name already is the beginning of the file
};

// Sizes and digests of both are compared afterwards, as settings.verify of `from` says. Retries as settings.retry says.
// The sessions are two, also where the server is one.
net::task<result<file_facts>> copy(session& from, std::string source, session& to, std::string target, fxp_route& route,
                                   copy_options options = {});

}  // namespace ferry::client
