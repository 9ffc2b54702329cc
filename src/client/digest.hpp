// Digests (transfer/digest.hpp) asked of a server by HASH or by the command of the algorithm.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/session.hpp"
#include "storage/storage.hpp"
#include "transfer/digest.hpp"

namespace ferry::client {

using transfer::digest;
using transfer::digester;
using transfer::make_digester;

// The algorithm this server gives digests by, the strongest that both know; nothing when it has none.
std::optional<std::string> digest_offered(const session& s);

// The same of two servers: the strongest that both give.
std::optional<std::string> digest_offered(const session& a, const session& b);

// The command that gives it: HASH or the algorithm's own.
std::string_view digest_verb(const session& s, std::string_view algorithm);

// Of a whole file of the server; the wait grows with `size`. Errors: digest.unsupported, digest.malformed
net::task<result<digest>> digest_of(session& s, std::string path, std::string algorithm, std::uint64_t size = 0);

// Of the first `length` bytes of a file of this machine, computed on a worker where the storage allows it.
net::task<result<digest>> digest_of(net::loop& on, storage::source& file, std::string algorithm, std::uint64_t length);

// The errors of ends that differ: verify.digest; and of a file that was to be the beginning of another (-c):
// verify.beginning with that cause, verify.longer. Neither of these passes.
error differing(const digest& here, const digest& there);
std::unexpected<error> not_the_beginning(std::string_view file, const error& why);
std::unexpected<error> longer(std::string_view file, std::uint64_t size, std::uint64_t whole);

}  // namespace ferry::client
