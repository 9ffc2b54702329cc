// One file from the server (RETR). It comes under a temporary name and takes its own when size and digest are right;
// a large one that is interrupted goes on later where it stopped, if size and time on the server are still the same.
//
// Errors besides those of session and storage: verify.size, verify.digest, verify.unsupported (verification::digest
// and the server has none), verify.beginning and verify.longer (-c: the target, which is left as it was), data.reset,
// data.stalled, data.short, data.aborted
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "client/listing.hpp"
#include "client/observer.hpp"
#include "client/session.hpp"
#include "storage/storage.hpp"
#include "transfer/pump.hpp"

namespace ferry::client {

struct get_options {
  std::optional<entry> known;    // from a listing: no need to ask for size and time
  bool continue_target = false;  // the file that has the name already is the beginning of it (-c)
};

// `into` is rooted where nothing of the server may lead out of; `to` lies in a folder that exists. Retries as
// settings.retry says.
net::task<result<file_facts>> get(session& s, std::string remote, storage::storage& into, storage::path to,
                                  get_options options = {});

// A get() that may be asked for before its turn comes, so that its file follows the one before without a pause.
class pending_get {
 public:
  virtual ~pending_get() = default;
  // The commands leave with the next that does. What they bring comes in the order that they were asked in: so must
  // carry_out() be called.
  virtual void ask_ahead() = 0;
  virtual std::size_t asks() const = 0;  // bytes of those commands
  virtual net::task<result<file_facts>> carry_out() = 0;
};

// Null where that is not possible: the server does not take it (session::may_pipeline), or the file is large, of
// unknown size, or to be continued.
std::unique_ptr<pending_get> prepare_get(session& s, const std::string& remote, storage::storage& into,
                                         const storage::path& to, const get_options& options);

// The bytes from `offset` on into any sink (standard output): what came cannot be taken back, so it is tried again only
// from where it stopped. The sink is not committed.
net::task<result<file_facts>> get(session& s, std::string remote, storage::sink& into, std::uint64_t offset = 0);

}  // namespace ferry::client
