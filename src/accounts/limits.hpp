// The limits of accounts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ferry::limit {

inline constexpr std::size_t user_name = 255;          // bytes
inline constexpr std::size_t password = 511;           // bytes; crypt(3) takes no more
inline constexpr std::size_t logins_waiting = 1024;    // for one of limits.password_checks
inline constexpr std::chrono::seconds login_wait{20};  // for it; then the client may try again

// What checking one hash may cost: a dearer one is refused when it is configured.
inline constexpr std::uint64_t hash_memory = 256ull << 20;       // bytes held
inline constexpr std::uint64_t hash_memory_passed = 1ull << 30;  // bytes written, in all its passes
inline constexpr std::uint64_t hash_rounds = 1'000'000;          // of $5$ and $6$: about 0.2 s
inline constexpr std::uint64_t hash_bcrypt_cost = 14;            // 2^14 rounds: about 0.7 s

}  // namespace ferry::limit
