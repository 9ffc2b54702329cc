// ftp, ftps and ftpes URLs (RFC 1738 §3.2): where a server is, and what there is meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ferry::client {

enum class scheme : std::uint8_t {
  ftp,   // in clear
  ftps,  // TLS from the first byte
  ftpes  // AUTH TLS
};

std::string_view name_of(scheme how);
std::uint16_t default_port(scheme how);

// A server and who logs in there.
struct site {
  scheme how = scheme::ftp;
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 21;
  std::string user = "anonymous";
  std::string password = "anonymous@";
  std::string account{};  // for servers that answer 332
};

struct url {
  enum class data_type : std::uint8_t { unsaid, ascii, image, directory };

  scheme how = scheme::ftp;
  std::optional<std::string> user;
  std::optional<std::string> password;
  std::string host;
  std::uint16_t port = 21;
  // Decoded, as it is sent to the server: relative to the folder of the login, absolute when the URL has %2F (or a
  // second slash) first, empty for the folder of the login itself.
  std::string path;
  // The last part of the path as a pattern (proto/glob.hpp), where what was written as %2A stands for itself.
  std::string pattern;
  data_type type = data_type::unsaid;

  bool folder() const { return path.empty() || path.ends_with('/') || type == data_type::directory; }
  site where() const;        // anonymous when no user is named
  std::string text() const;  // the URL again, without the password
};

// Errors: url.malformed, url.scheme, url.host, url.type, url.control (CR, LF or NUL in a decoded part, which no
// command can carry)
result<url> parse_url(std::string_view text);

}  // namespace ferry::client
