// Who may log in, and what they may then do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"
#include "proto/charset.hpp"
#include "proto/tvfs_path.hpp"

namespace ferry::accounts {

// The rights a command may need. Words in configuration files are these names.
enum class right : std::uint16_t {
  none = 0,
  list = 1,     // LIST NLST MLSD MLST STAT path, CWD
  read = 2,     // RETR SIZE MDTM HASH, SITE CPFR
  write = 4,    // STOR STOU, SITE CPTO, SITE SYMLINK
  append = 8,   // APPE, REST + STOR
  remove = 16,  // DELE RMD RMDA ("delete" in words)
  rename = 32,  // RNFR RNTO
  mkdir = 64,   // MKD
  chmod = 128   // SITE CHMOD, SITE UTIME, MFMT, MFF
};

class rights {
 public:
  constexpr rights() = default;
  constexpr rights(right one) : bits_(static_cast<std::uint16_t>(one)) {}
  static constexpr rights all() { return rights(std::uint16_t{255}); }
  static constexpr rights read_only() { return rights(right::list) | right::read; }

  constexpr bool holds(rights all_of) const { return (bits_ & all_of.bits_) == all_of.bits_; }
  constexpr bool holds_any(rights of) const { return (bits_ & of.bits_) != 0; }
  friend constexpr rights operator|(rights a, rights b) { return rights(std::uint16_t(a.bits_ | b.bits_)); }
  friend constexpr bool operator==(rights, rights) = default;

 private:
  constexpr explicit rights(std::uint16_t bits) : bits_(bits) {}
  std::uint16_t bits_ = 0;
};

// One of the words above; "all" and "read-only" stand for their sets. Error: accounts.right
result<rights> parse_right(std::string_view word);

// The rights below one folder. Of the rules that cover a path the one with the longest folder decides.
struct rule {
  proto::tvfs_path folder;
  rights allow;
};

struct account {
  std::string name;
  bool anonymous = false;
  std::string root;  // a folder of this machine
  rights allow;      // where no rule covers the path
  std::vector<rule> rules;
  // What ACCT may name (RFC 959 §4.1.1); without any, nobody is asked for it.
  std::vector<std::string> accts = {};
  bool acct_to_store = false;  // it is asked for when something is to be stored (532), not at the login (332)
  // Other roots, each with rights of its own, that the user may go to by its name (SMNT).
  std::vector<std::shared_ptr<const account>> mounts = {};
  std::shared_ptr<const proto::charset> charset = {};  // instead of the server's

  rights at(const proto::tvfs_path& path) const;
};

// What the TLS certificate of a client says, whose key the client has proved to hold. Empty where it showed none.
struct certificate {
  std::string name;  // the common name, where an authority that the server trusts vouches for it
  std::string key;   // "sha256//" and the base64 of the SHA-256 of the public key
};
inline constexpr std::string_view key_prefix = "sha256//";  // tells a key from a name
inline constexpr std::size_t key_size = 52;

// Who asks to be let in.
struct caller {
  net::address from;
  std::function<bool()> waits;  // false when it has left; empty: it waits
};

class directory {
 public:
  virtual ~directory() = default;

  // True when `user` may come in without a password that is checked (anonymous, RFC 1635).
  virtual bool open_to(std::string_view user) const = 0;

  // The account of a user whom this certificate lets in without a password; none: a password is asked for.
  virtual std::shared_ptr<const account> admits(std::string_view user, const certificate& shown) const = 0;

  // The account, or accounts.refused: which says neither whether the user exists nor how long that took to find out.
  virtual net::task<result<std::shared_ptr<const account>>> login(net::loop& on, std::string user, std::string password,
                                                                  caller who) = 0;
};

}  // namespace ferry::accounts
