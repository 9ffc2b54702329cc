#include "accounts/password_hash.hpp"

#include <crypt.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include "accounts/limits.hpp"

namespace ferry::accounts {
namespace {

constexpr std::string_view crypt_letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool sodium_ready() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

std::unexpected<error> bad_form(std::string_view kind) {
  return fail("accounts.hash.form", "this is not a complete " + std::string(kind) + " hash",
              "copy it whole, or make a new one with `ferryd passwd`");
}

std::unexpected<error> too_costly(std::string cause) {
  return fail("accounts.hash.cost", std::move(cause), "make a cheaper one, for example with `ferryd passwd`");
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_number(std::string_view& text, std::uint64_t& value) {
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return failed == std::errc{};
}

bool made_of(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

// "SALT$DIGEST" of crypt(5).
bool salt_and_digest(std::string_view text, std::size_t salt_max, std::size_t digest) {
  auto dollar = text.find('$');
  return dollar <= salt_max && text.size() == dollar + 1 + digest && made_of(text.substr(0, dollar), crypt_letters) &&
         made_of(text.substr(dollar + 1), crypt_letters);
}

// m=KIB,t=PASSES,p=LANES$SALT$DIGEST
result<void> check_argon2id(std::string_view rest) {
  std::uint64_t kib = 0, passes = 0, lanes = 0;
  if (!take(rest, "v=19$m=") || !take_number(rest, kib) || !take(rest, ",t=") || !take_number(rest, passes) ||
      !take(rest, ",p=") || !take_number(rest, lanes) || !take(rest, "$")) {
    return bad_form("argon2id");
  }
  auto dollar = rest.find('$');
  constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (dollar == std::string_view::npos || dollar < 11 || rest.size() - dollar - 1 < 22 ||
      !made_of(rest.substr(0, dollar), base64) || !made_of(rest.substr(dollar + 1), base64)) {
    return bad_form("argon2id");
  }
  if (lanes < 1 || lanes > 255 || passes < 1 || kib < 8 * lanes) return bad_form("argon2id");
  if (kib > limit::hash_memory / 1024) return too_costly("checking this hash takes more than 256 MiB of memory");
  if (passes > limit::hash_memory_passed / (kib * 1024)) return too_costly("checking this hash takes too many passes");
  return {};
}

result<void> check_sha_crypt(std::string_view rest, std::size_t digest) {
  if (take(rest, "rounds=")) {
    std::uint64_t rounds = 0;
    if (!take_number(rest, rounds) || !take(rest, "$")) return bad_form("SHA-crypt");
    if (rounds > limit::hash_rounds) return too_costly("this hash asks for more than 1,000,000 rounds");
  }
  if (!salt_and_digest(rest, 16, digest)) return bad_form("SHA-crypt");
  return {};
}

result<void> check_bcrypt(std::string_view rest) {
  std::uint64_t cost = 0;
  if (!take_number(rest, cost) || cost < 4 || !take(rest, "$") || rest.size() != 53 || !made_of(rest, crypt_letters)) {
    return bad_form("bcrypt");
  }
  if (cost > limit::hash_bcrypt_cost) return too_costly("this hash asks for a bcrypt cost above 14");
  return {};
}

// "jNR$SALT$DIGEST": N the logarithm of the blocks, R their size, each as one letter that counts from 1.
result<void> check_yescrypt(std::string_view rest) {
  if (!take(rest, "j") || rest.size() < 3 || rest[2] != '$') return bad_form("yescrypt");
  auto blocks = crypt_letters.find(rest[0]), size = crypt_letters.find(rest[1]);
  rest.remove_prefix(3);
  if (blocks == std::string_view::npos || size == std::string_view::npos || !salt_and_digest(rest, 86, 43)) {
    return bad_form("yescrypt");
  }
  if (blocks + 1 > 40 || (128ull * (size + 1)) << (blocks + 1) > limit::hash_memory) {
    return too_costly("checking this hash takes more than 256 MiB of memory");
  }
  return {};
}

}  // namespace

result<std::string> make_hash(std::string_view password) {
  if (password.empty())
    return fail("accounts.password", "the password is empty", "choose one with at least one letter");
  if (password.size() > limit::password || password.find('\0') != std::string_view::npos) {
    return fail("accounts.password", "the password is longer than 511 bytes or holds a NUL", "choose a shorter one");
  }
  std::array<char, crypto_pwhash_argon2id_STRBYTES> out;
  if (!sodium_ready() || crypto_pwhash_argon2id_str(out.data(), password.data(), password.size(),
                                                    crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                                    crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) != 0) {
    return fail("accounts.memory", "hashing a password takes 64 MiB of memory, and they are not to be had",
                "raise the memory limit of this process");
  }
  return std::string(out.data());
}

result<void> check_hash(std::string_view hash) {
  if (locked(hash)) return {};
  auto rest = hash;
  if (take(rest, "$argon2id$")) return check_argon2id(rest);
  if (take(rest, "$5$")) return check_sha_crypt(rest, 43);
  if (take(rest, "$6$")) return check_sha_crypt(rest, 86);
  if (take(rest, "$y$")) return check_yescrypt(rest);
  for (auto bcrypt : {"$2a$", "$2b$", "$2y$"}) {
    if (take(rest, bcrypt)) return check_bcrypt(rest);
  }
  if (rest.starts_with('$')) {
    return fail("accounts.hash.form", "this kind of hash is not known",
                "use argon2id, made by `ferryd passwd`; $5$, $6$, $y$ and $2b$ of crypt(5) work too");
  }
  return fail("accounts.hash.plain", "this is not a hash; a password in plain text is never accepted",
              "make its hash with `ferryd passwd`");
}

bool verify_password(const std::string& hash, const std::string& password) {
  if (locked(hash) || !check_hash(hash) || password.size() > limit::password || password.contains('\0')) return false;
  if (hash.starts_with("$argon2id$")) {
    return sodium_ready() && crypto_pwhash_argon2id_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  }
  auto room = std::make_unique<crypt_data>();  // 32 KiB: too large for a stack
  const char* got = crypt_r(password.c_str(), hash.c_str(), room.get());
  bool same = got && std::strlen(got) == hash.size() && sodium_memcmp(got, hash.data(), hash.size()) == 0;
  sodium_memzero(room.get(), sizeof(crypt_data));
  return same;
}

}  // namespace ferry::accounts
