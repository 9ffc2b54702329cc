#include "accounts/static_directory.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "accounts/limits.hpp"

namespace ferry::accounts {
namespace {

// Of a password that nobody kept.
constexpr const char* nobodys_hash =
    "$argon2id$v=19$m=65536,t=2,p=1$VqhgsBaWz7IhPvmr/gWMig$NKDwhkKq5sXWV9NBSL03/EweetU1btu+Ph7l5Gl4YUM";

std::unexpected<error> refused() {
  return fail("accounts.refused", "login incorrect", "check the user name and the password");
}

}  // namespace

bool possible_name(std::string_view name) {
  auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() <= limit::user_name && std::ranges::none_of(name, control);
}

static_directory::static_directory(std::vector<user> users, std::optional<account> anonymous,
                                   std::size_t checks_at_once, verifier verify)
    : static_directory(
          std::move(users), std::move(anonymous),
          std::make_shared<net::turnstile>(std::max<std::size_t>(checks_at_once, 1), limit::logins_waiting),
          std::move(verify)) {}

static_directory::static_directory(std::vector<user> users, std::optional<account> anonymous,
                                   const static_directory& other)
    : static_directory(std::move(users), std::move(anonymous), other.checks_, other.verify_) {}

static_directory::static_directory(std::vector<user> users, std::optional<account> anonymous,
                                   std::shared_ptr<net::turnstile> checks, verifier verify)
    : decoy_key_(crypto_shorthash_KEYBYTES, '\0'), verify_(std::move(verify)), checks_(std::move(checks)) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  if (anonymous) anonymous_ = std::make_shared<const account>(std::move(*anonymous));
  for (auto& each : users) {
    if (!each.hash.empty() && !locked(each.hash)) decoys_.push_back(each.hash);
    auto name = each.who.name;
    users_.try_emplace(std::move(name), std::make_shared<const account>(std::move(each.who)), std::move(each.hash),
                       std::move(each.certificates));
  }
  if (decoys_.empty()) decoys_.emplace_back(nobodys_hash);
  randombytes_buf(decoy_key_.data(), decoy_key_.size());
}

const static_directory::known* static_directory::find(std::string_view name) const {
  auto at = users_.find(name);
  return at == users_.end() ? nullptr : &at->second;
}

bool static_directory::open_to(std::string_view user) const {
  return anonymous_ && (user == "anonymous" || user == "ftp") && !find(user);
}

std::shared_ptr<const account> static_directory::admits(std::string_view user, const certificate& shown) const {
  const known* found = find(user);
  if (!found || locked(found->hash)) return nullptr;
  const bool his = std::ranges::any_of(found->certificates, [&](const std::string& one) {
    return !one.empty() && one == (one.starts_with(key_prefix) ? shown.key : shown.name);
  });
  return his ? found->who : nullptr;
}

// Hashes differ in what they cost. An unknown name always meets the same one of them, as a known name does: so the
// time that a refusal takes tells nothing, even of users whose hashes came from elsewhere.
const std::string& static_directory::decoy(std::string_view name) const {
  unsigned char digest[crypto_shorthash_BYTES];
  crypto_shorthash(digest, reinterpret_cast<const unsigned char*>(name.data()), name.size(),
                   reinterpret_cast<const unsigned char*>(decoy_key_.data()));
  std::uint64_t value = 0;
  std::memcpy(&value, digest, sizeof value);
  return decoys_[value % decoys_.size()];
}

net::task<result<std::shared_ptr<const account>>> static_directory::login(net::loop& on, std::string user,
                                                                          std::string password, caller who) {
  if (open_to(user)) co_return anonymous_;

  const known* found = possible_name(user) ? find(user) : nullptr;
  bool may_pass = found && !found->hash.empty() && !locked(found->hash) && !password.empty() &&
                  password.size() <= limit::password && password.find('\0') == std::string::npos;
  if (!may_pass) password.assign(1, '-');  // the work is done all the same, and its answer ignored
  const std::string& hash = may_pass ? found->hash : decoy(user);

  auto place = co_await checks_->enter(on, who.from, on.now() + limit::login_wait);
  if (!place || (who.waits && !who.waits())) {
    co_return fail("accounts.busy", "too many users are logging in at this moment", "try again in a few seconds");
  }
  // The worker keeps the place until it is done, even if the session ends first.
  auto check = [this, held = std::move(place), hash, password = std::move(password)]() mutable {
    bool verified = verify_(hash, password);
    sodium_memzero(password.data(), password.size());
    held.reset();
    return verified;
  };
  bool right = co_await on.offload(std::move(check));
  if (!right || !may_pass) co_return refused();
  co_return found->who;
}

}  // namespace ferry::accounts
