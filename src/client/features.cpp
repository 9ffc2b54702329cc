#include "client/features.hpp"

#include <algorithm>
#include <array>

#include "proto/text.hpp"

namespace ferry::client {
namespace {

struct known_server {
  std::string_view mark;  // in the greeting
  quirks ways;
};

// Pipelining is for servers that are known to leave the control connection alone while data moves, or to let what
// comes meanwhile wait: others answer 450 or 500 before the 226 (ProFTPD, Pure-FTPd).
constexpr std::array servers = std::to_array<known_server>({
    {"ferryd", {.pipelines = true, .utf8 = true, .list_options = true}},
    {"vsFTPd", {.pipelines = true, .utf8 = true, .list_options = true}},
    {"ProFTPD", {.utf8 = true, .list_options = true}},
    {"Pure-FTPd", {.utf8 = true, .list_options = true}},
    {"pyftpdlib", {.utf8 = true}},
});

}  // namespace

std::optional<std::string_view> features::find(std::string_view name) const {
  for (std::string_view line : lines) {
    if (line.size() < name.size() || !proto::equal_ignoring_case(line.substr(0, name.size()), name)) continue;
    if (line.size() == name.size()) return std::string_view{};
    if (line[name.size()] == ' ') return line.substr(name.size() + 1);
  }
  return std::nullopt;
}

bool features::has_tls() const {
  return std::ranges::any_of(lines, [](const std::string& line) {
    const auto text = proto::to_upper(line);
    return text.starts_with("AUTH") && text.contains("TLS");
  });
}

features parse_features(const proto::reply& answer) {
  features out;
  if (answer.code != 211) return out;
  out.said = true;
  // The first and last lines are sentences; features are indented by a space, which some servers forget.
  for (std::size_t i = 1; i + 1 < answer.lines.size(); ++i) {
    std::string_view line = answer.lines[i];
    auto first = line.find_first_not_of(' ');
    if (first == line.npos) continue;
    line = line.substr(first, line.find_last_not_of(' ') - first + 1);
    out.lines.emplace_back(line);
  }
  return out;
}

quirks quirks_of(std::string_view greeting) {
  for (const auto& one : servers) {
    if (greeting.contains(one.mark)) return one.ways;
  }
  return {};
}

}  // namespace ferry::client
