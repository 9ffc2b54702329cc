// Everything about a session that needs no executor: what earlier commands have settled (RFC 959 §3, §5.3.1).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "accounts/accounts.hpp"
#include "proto/facts.hpp"
#include "proto/tvfs_path.hpp"
#include "storage/storage.hpp"
#include "transfer/parameters.hpp"

namespace ferry::server {

inline constexpr proto::fact_set offered_facts =
    proto::fact::type | proto::fact::size | proto::fact::modify | proto::fact::create | proto::fact::unique |
    proto::fact::perm | proto::fact::unix_mode | proto::fact::unix_owner | proto::fact::unix_group;
inline constexpr proto::fact_set default_facts = offered_facts & ~proto::fact::create;

// What RFC 2228 and 4217 have come to between the two ends.
struct protection {
  bool control = false;  // TLS is on
  bool cleared = false;  // it was, until CCC
  bool agreed = false;   // PBSZ
  bool data = false;     // PROT P
};

// Of a file's bytes, from `begin` to before `end`.
struct octet_range {
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;

  friend bool operator==(const octet_range&, const octet_range&) = default;
};

struct virtual_host;

struct state {
  const virtual_host* host = nullptr;                // of HOST; null: the server itself
  std::string user;                                  // of the last USER
  std::shared_ptr<const accounts::account> account;  // set: logged in
  std::shared_ptr<const accounts::account> home;     // of the login, wherever SMNT has led
  std::shared_ptr<const accounts::account> claimed;  // the password was right, and ACCT is missing
  bool acct_given = false;
  std::string password_given;  // of an anonymous login only
  unsigned login_failures = 0;

  proto::tvfs_path cwd;
  transfer::parameters parameters;              // TYPE, STRU, MODE
  bool pipelined = false;                       // OPTS MODE B PIPELINE: each upload takes a file from the connection
  std::uint64_t allocated = 0;                  // of ALLO, for the next upload: bytes
  std::shared_ptr<storage::reservation> room;   // where they will lie
  std::uint64_t restart = 0;                    // of REST, for the next transfer
  std::optional<octet_range> range;             // of RANG, for the next transfer or digest
  std::optional<proto::tvfs_path> rename_from;  // of RNFR, for the next command
  std::optional<proto::tvfs_path> copy_from;    // of SITE CPFR, for the next command
  bool epsv_all = false;
  bool utf8 = false;        // OPTS UTF8 ON, where names are in another charset otherwise
  bool begins_tls = false;  // SSCN ON: for files, this end is the TLS client of the data connection
  protection tls;
  proto::fact_set facts = default_facts;  // of OPTS MLST
  std::string_view digest = "SHA-256";    // of OPTS HASH

  bool logged_in() const { return account != nullptr; }
};

}  // namespace ferry::server
