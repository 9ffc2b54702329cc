#include "client/url.hpp"

#include <fmt/format.h>

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "proto/text.hpp"

namespace ferry::client {
namespace {

namespace urls = boost::urls;

std::unexpected<error> malformed(std::string cause) {
  return fail("url.malformed", std::move(cause), "write it as ftp://user@host:port/path");
}

void encode_byte(std::string& out, char c) { fmt::format_to(std::back_inserter(out), "%{:02X}", std::uint8_t(c)); }

// What people type is nearly a URL: a space, a '?' or '#', bytes of UTF-8, an '@' in the user's name. FTP has no
// queries and no fragments, so all of these can only be meant as themselves.
std::string tidy(std::string_view text, std::size_t authority) {
  const std::size_t path = std::min(text.find('/', authority), text.size());
  const std::size_t last_at = text.substr(0, path).rfind('@');
  std::string out(text.substr(0, authority));
  for (std::size_t i = authority; i < text.size(); ++i) {
    char c = text[i];
    bool plain = urls::pchars(c) || c == '%' || c == '/';
    if (c == '@' && i < path) plain = i == last_at;
    if ((c == '[' || c == ']') && i < path) plain = last_at == text.npos || i > last_at;
    plain ? out.push_back(c) : encode_byte(out, c);
  }
  return out;
}

bool unsendable(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

std::optional<scheme> scheme_named(std::string_view text) {
  for (auto one : {scheme::ftp, scheme::ftps, scheme::ftpes}) {
    if (proto::equal_ignoring_case(text, name_of(one))) return one;
  }
  return std::nullopt;
}

// ";type=a" at the end, in any case; RFC 1738 §3.2.2. False when it is another.
bool take_type(std::string& path, url::data_type& type) {
  auto at = path.rfind(';');
  if (at == path.npos || !proto::equal_ignoring_case(std::string_view(path).substr(at, 6), ";type=")) return true;
  switch (path.size() == at + 7 ? proto::to_upper(path.back()) : '\0') {
    case 'A': type = url::data_type::ascii; break;
    case 'I': type = url::data_type::image; break;
    case 'D': type = url::data_type::directory; break;
    default: return false;
  }
  path.resize(at);
  return true;
}

// `written` is the path as it stands in the URL, without its type.
std::string pattern_of(std::string_view written) {
  while (written.ends_with('/')) written.remove_suffix(1);
  written.remove_prefix(written.rfind('/') + 1);
  std::string out;
  for (; !written.empty(); written.remove_prefix(1)) {
    if (written.front() != '%' || written.size() < 3) {
      out += written.front();
      continue;
    }
    const char c = urls::pct_string_view(written.substr(0, 3)).decode().front();
    written.remove_prefix(2);
    if (c == '/') {
      out.clear();
      continue;
    }
    if (std::string_view("*?[]\\").contains(c)) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string_view name_of(scheme how) {
  switch (how) {
    case scheme::ftp: return "ftp";
    case scheme::ftps: return "ftps";
    case scheme::ftpes: return "ftpes";
  }
  return {};
}

std::uint16_t default_port(scheme how) { return how == scheme::ftps ? 990 : 21; }

result<url> parse_url(std::string_view text) {
  auto mark = text.find("://");
  if (mark == text.npos) return malformed("the URL does not begin with ftp://");
  url out;
  auto how = scheme_named(text.substr(0, mark));
  if (!how) return fail("url.scheme", "the URL is not one of FTP", "use ftp://, ftpes:// or ftps://");
  out.how = *how;

  const auto tidied = tidy(text, mark + 3);
  auto parsed = urls::parse_uri(tidied);
  if (!parsed) return malformed("the URL is malformed: " + parsed.error().message());
  const urls::url_view view = *parsed;
  out.port = default_port(out.how);
  if (view.has_port()) {
    const auto port = proto::parse_decimal(std::string_view(view.port()), 65535);
    if (!port || *port == 0) return malformed("the port is not a number of 1 to 65535");
    out.port = static_cast<std::uint16_t>(*port);
  }
  out.host = view.host_address();  // a name, or an address without brackets
  if (out.host.empty()) return fail("url.host", "the URL names no host", "write it as ftp://host/path");
  if (view.has_userinfo()) {
    out.user = view.user();
    if (view.has_password()) out.password = view.password();
  }
  std::string encoded(view.encoded_path());
  if (encoded.starts_with('/')) encoded.erase(0, 1);
  if (!take_type(encoded, out.type)) return fail("url.type", "the URL's type is none of a, i and d");
  out.path = urls::pct_string_view(encoded).decode();
  auto written = text.substr(std::min(text.find('/', mark + 3), text.size()));
  if (out.type != url::data_type::unsaid) written = written.substr(0, written.rfind(';'));
  out.pattern = pattern_of(written);
  for (const auto* part :
       {&out.host, &out.path, out.user ? &*out.user : nullptr, out.password ? &*out.password : nullptr}) {
    if (part && unsendable(*part)) {
      return fail("url.control", "the URL holds a line's end or a NUL, which FTP cannot send",
                  "name the file otherwise");
    }
  }
  return out;
}

site url::where() const {
  site out{.how = how, .host = host, .port = port};
  if (user && !user->empty()) {
    out.user = *user;
    out.password = password.value_or("");
  }
  return out;
}

std::string url::text() const {
  auto encoded = [](std::string_view part, const auto& allowed) { return urls::encode(part, allowed); };
  std::string out = fmt::format("{}://", name_of(how));
  if (user) out += encoded(*user, urls::unreserved_chars) + "@";
  out += host.contains(':') ? fmt::format("[{}]", host) : host;
  if (port != default_port(how)) out += fmt::format(":{}", port);
  out += '/';
  std::string_view rest = path;
  if (rest.starts_with('/')) {
    out += "%2F";
    rest.remove_prefix(1);
  }
  out += encoded(rest, urls::pchars - ';' + '/');
  switch (type) {
    case data_type::unsaid: break;
    case data_type::ascii: out += ";type=a"; break;
    case data_type::image: out += ";type=i"; break;
    case data_type::directory: out += ";type=d"; break;
  }
  return out;
}

}  // namespace ferry::client
