// One file to the server (STOR, APPE). Interrupted, it goes on where the server's SIZE says it stopped. Errors: as for
// get, and storage.changed (the local file changed meanwhile).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "client/observer.hpp"
#include "client/session.hpp"
#include "storage/storage.hpp"
#include "transfer/pump.hpp"

namespace ferry::client {

struct put_options {
  bool continue_target = false;  // what the server has under the name is the beginning of it (-c)
  bool append = false;           // APPE: behind what is there; never tried again
};

net::task<result<file_facts>> put(session& s, storage::storage& from, storage::path file, std::string remote,
                                  put_options options = {});

// A put() in steps, so that the next file can follow before the server has answered to this one. Each step asks for
// what the one behind it hears; between steps others take theirs, in the same order.
class pending_put {
 public:
  virtual ~pending_put() = default;
  virtual net::task<> open() = 0;         // first: looks at the file
  virtual bool may_go_ahead() const = 0;  // the server takes it (session::may_pipeline), and the file is small
  virtual net::task<> send_ahead() = 0;
  virtual net::task<> hear() = 0;
  virtual net::task<> settle() = 0;
  // What is left to do, be it all of it; another try, too.
  virtual net::task<result<file_facts>> carry_out() = 0;

  virtual bool went_ahead() const = 0;  // and was not heard of yet
  // The connection was lost before the server's answer: no failure of this file, where another has met with it.
  virtual bool lost() const = 0;
  virtual void begin_anew() = 0;
  virtual std::uint64_t size() const = 0;  // bytes
};
std::unique_ptr<pending_put> prepare_put(session& s, storage::storage& from, storage::path file, std::string remote,
                                         put_options options);

// Bytes that are made as they are wanted (standard input); not tried again once the first has been sent.
net::task<result<file_facts>> put(session& s, transfer::producer& from, std::string remote, put_options options = {});

}  // namespace ferry::client
