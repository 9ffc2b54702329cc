// Hashes of passwords. New ones are argon2id; those that crypt(5) makes ($5$ $6$ $y$ $2a$ $2b$ $2y$) may be brought
// along.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ferry::accounts {

// argon2id at libsodium's interactive cost (64 MiB, two passes). Takes about 0.1 s.
// Errors: accounts.password (empty, over-long or holding a NUL), accounts.memory
result<std::string> make_hash(std::string_view password);

// A hash that verify_password understands and that costs no more than accounts/limits.hpp allows; or one that is
// locked. Errors: accounts.hash.plain (looks like a password), accounts.hash.form, accounts.hash.cost. `cause` never
// shows it.
result<void> check_hash(std::string_view hash);

// "!" in front, alone or before a hash, as usermod --lock writes it: no password is the right one.
inline bool locked(std::string_view hash) { return hash.starts_with('!'); }

// Blocks for as long as the hash costs; false too for what check_hash refuses. Compares in constant time.
bool verify_password(const std::string& hash, const std::string& password);

}  // namespace ferry::accounts
