#include "ferry/credentials.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/folders.hpp"
#include "ferry/netrc.hpp"
#include "shared/secrets.hpp"

namespace ferry::cli {
namespace {

constexpr std::size_t netrc_bytes = 1048576;

struct netrc_file {
  std::string text;
  bool readable_by_others = false;
};

// A file that is not there is empty, unless it was asked for.
result<netrc_file> read_netrc(const std::string& file, bool must_exist) {
  int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (!must_exist) return netrc_file{};
    return fail("netrc.file", file + ": " + std::strerror(errno), "name a file that holds logins");
  }
  netrc_file out;
  struct stat about{};
  out.readable_by_others = ::fstat(fd, &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  out.text.resize(netrc_bytes);
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < out.text.size(); size += static_cast<std::size_t>(count)) {
    count = ::read(fd, out.text.data() + size, out.text.size() - size);
    if (count < 0) count = 0;
  }
  ::close(fd);
  out.text.resize(size);
  return out;
}

result<std::optional<netrc_login>> netrc_login_of(const client::site& to, bool user_known, const options& given) {
  if (!given.netrc) return std::nullopt;
  bool named = !given.netrc_file.empty();
  auto file = named ? given.netrc_file : home_folder() + "/.netrc";
  auto read = read_netrc(file, named);
  if (!read) return std::unexpected(read.error());
  auto found = find_login(read->text, to.host, user_known ? to.user : "");
  // What others may read is not secret; what it holds for anonymous need not be.
  if (found && found->password && found->user != "anonymous" && found->user != "ftp" && read->readable_by_others) {
    return fail("netrc.permissions", file + " holds passwords and other users may read it", "run: chmod 600 " + file);
  }
  return found;
}

}  // namespace

result<login> log_in_as(const client::url& where, const options& given, console& out) {
  login who{.to = where.where()};
  auto& to = who.to;
  if (!given.account.empty()) to.account = given.account;
  if (where.password) {
    out.warn("a password in a URL can be seen by others; use ~/.netrc, --password-file or " +
             std::string(password_variable));
    return who;
  }
  bool user_known = where.user.has_value() || !given.user.empty();
  if (!where.user && !given.user.empty()) to.user = given.user;
  if (given.password_file.empty()) {
    auto found = netrc_login_of(to, user_known, given);
    if (!found) return std::unexpected(found.error());
    if (*found) {
      if (!(*found)->user.empty()) to.user = (*found)->user;
      if ((*found)->account && given.account.empty()) to.account = *(*found)->account;
      user_known = true;
      if ((*found)->password) {
        to.password = *(*found)->password;
        return who;
      }
    }
  }
  if (!user_known || to.user == "anonymous" || to.user == "ftp") return who;
  if (!given.password_file.empty()) {
    std::string warning;
    auto password = shared::password_from_file(given.password_file, warning);
    if (!warning.empty()) out.warn(warning);
    if (!password) return std::unexpected(password.error());
    to.password = *password;
    who.nameless = true;
    return who;
  }
  static const auto from_environment = shared::password_from_environment(password_variable);
  if (!from_environment.empty()) {
    to.password = from_environment;
    who.nameless = true;
    return who;
  }
  to.password.clear();
  if (!given.certificate.empty()) return who;
  if (auto asked = ask_password(to); !asked) return std::unexpected(asked.error());
  return who;
}

result<void> ask_password(client::site& of) {
  auto password = shared::ask_known_password(of.user + " at " + of.host, password_variable);
  if (!password) return std::unexpected(password.error());
  of.password = std::move(*password);
  return {};
}

}  // namespace ferry::cli
