// The accounts of a configuration: a list of users, and anonymous.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "accounts/accounts.hpp"
#include "accounts/password_hash.hpp"
#include "net/turnstile.hpp"

namespace ferry::accounts {

struct user {
  account who;
  std::string hash;                            // in order by check_hash; or empty: no password lets the user in
  std::vector<std::string> certificates = {};  // the names, or keys, of those that do: certificate::name, ::key
};

// 1 to 255 bytes without control characters: what USER may name and a configuration may hold.
bool possible_name(std::string_view name);

class static_directory : public directory {
 public:
  // Blocks; called on worker threads.
  using verifier = std::function<bool(const std::string& hash, const std::string& password)>;

  // `anonymous`, when there is one, comes in as "anonymous" or "ftp". Outlives every loop that login() ran on.
  static_directory(std::vector<user> users, std::optional<account> anonymous, std::size_t checks_at_once,
                   verifier verify = verify_password);
  // One whose checks wait in the same queue as those of `other`.
  static_directory(std::vector<user> users, std::optional<account> anonymous, const static_directory& other);

  bool open_to(std::string_view user) const override;
  std::shared_ptr<const account> admits(std::string_view user, const certificate& shown) const override;
  // Errors: accounts.refused, and accounts.busy when too many wait (limit::logins_waiting), when its turn did not come
  // in time (limit::login_wait), or when nobody waits for the answer any more.
  net::task<result<std::shared_ptr<const account>>> login(net::loop& on, std::string user, std::string password,
                                                          caller who) override;

 private:
  static_directory(std::vector<user> users, std::optional<account> anonymous, std::shared_ptr<net::turnstile> checks,
                   verifier verify);
  struct known {
    std::shared_ptr<const account> who;
    std::string hash;
    std::vector<std::string> certificates;
  };
  const known* find(std::string_view name) const;
  const std::string& decoy(std::string_view name) const;

  std::map<std::string, known, std::less<>> users_;
  std::shared_ptr<const account> anonymous_;
  std::vector<std::string> decoys_;
  std::string decoy_key_;
  verifier verify_;
  std::shared_ptr<net::turnstile> checks_;
};

}  // namespace ferry::accounts
