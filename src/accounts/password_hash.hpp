// Hashes of passwords. New ones are argon2id; those that crypt(5) makes ($5$ $6$ $y$ $2a$ $2b$ $2y$) may be brought
// along.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ferry {
namespace limit {

inline constexpr std::size_t password = 511;                     // bytes; crypt(3) takes no more
inline constexpr std::uint64_t hash_memory = 256ull << 20;       // bytes that checking one hash may hold
inline constexpr std::uint64_t hash_memory_passed = 1ull << 30;  // and write, in all its passes
inline constexpr std::uint64_t hash_rounds = 1'000'000;          // of $5$ and $6$: about 0.2 s
inline constexpr std::uint64_t hash_bcrypt_cost = 14;            // 2^14 rounds: about 0.7 s

}  // namespace limit

namespace accounts {

// argon2id at libsodium's interactive cost (64 MiB, two passes). Takes about 0.1 s.
// Errors: accounts.password (empty, over-long or holding a NUL), accounts.memory
result<std::string> make_hash(std::string_view password);

// A hash that verify_password understands and that costs no more than the limits above; or one that is locked.
// Errors: accounts.hash.plain (looks like a password), accounts.hash.form, accounts.hash.cost. `cause` never shows it.
result<void> check_hash(std::string_view hash);

// "!" in front, alone or before a hash, as usermod --lock writes it: no password is the right one.
inline bool locked(std::string_view hash) { return hash.starts_with('!'); }

// Blocks for as long as the hash costs; false too for what check_hash refuses. Compares in constant time.
bool verify_password(const std::string& hash, const std::string& password);

}  // namespace accounts
}  // namespace ferry
