#include "ferry/netrc.hpp"

#include <algorithm>

#include "proto/text.hpp"

namespace ferry::cli {
namespace {

// Words between white space; one in double quotes may hold spaces, and \ takes the character behind it as it is.
class words {
 public:
  explicit words(std::string_view text) : rest_(text) {}

  std::optional<std::string> next() {
    while (!rest_.empty() && (space(rest_[0]) || rest_[0] == '#')) {
      if (rest_[0] == '#') {
        skip_line();
      } else {
        rest_.remove_prefix(1);
      }
    }
    if (rest_.empty()) return std::nullopt;
    bool quoted = rest_[0] == '"';
    if (quoted) rest_.remove_prefix(1);
    std::string out;
    while (!rest_.empty() && (quoted ? rest_[0] != '"' : !space(rest_[0]))) {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      out += rest_[0];
      rest_.remove_prefix(1);
    }
    if (quoted && !rest_.empty()) rest_.remove_prefix(1);
    return out;
  }

  // A macro ends at an empty line.
  void skip_macro() {
    auto end = rest_.find("\n\n");
    rest_ = end == rest_.npos ? std::string_view() : rest_.substr(end);
  }

 private:
  static bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }
  std::string_view rest_;
};

}  // namespace

std::optional<netrc_login> find_login(std::string_view text, std::string_view host, std::string_view user) {
  words from(text);
  std::optional<netrc_login> current;
  auto fits = [&] { return current && (user.empty() || current->user.empty() || current->user == user); };
  while (auto word = from.next()) {
    if (*word == "machine" || *word == "default") {
      if (fits()) return current;
      auto named = *word == "machine" ? from.next() : std::optional<std::string>(host);
      current.reset();
      if (named && proto::equal_ignoring_case(*named, host)) current.emplace();
    } else if (*word == "macdef") {
      from.skip_macro();
    } else if (*word == "login" || *word == "password" || *word == "account") {
      auto value = from.next();
      if (!current || !value) continue;
      if (*word == "login") current->user = *value;
      if (*word == "password") current->password = *value;
      if (*word == "account") current->account = *value;
    }
  }
  return fits() ? current : std::nullopt;
}

}  // namespace ferry::cli
