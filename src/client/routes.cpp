#include "client/routes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/folders.hpp"
#include "client/limits.hpp"

namespace ferry::client {

std::optional<rung> routes::best(std::string_view host) const {
  auto at = hosts_.find(host);
  return at == hosts_.end() ? std::nullopt : std::optional(at->second.way);
}

void routes::worked(std::string_view host, rung way) {
  if (host.empty() || host.find_first_of(" \r\n\t") != host.npos) return;
  auto [at, fresh] = hosts_.try_emplace(std::string(host), known{way, 0});
  changed_ |= fresh || at->second.way != way;
  at->second = {way, ++clock_};
  if (hosts_.size() <= limit::remembered_hosts) return;
  hosts_.erase(std::ranges::min_element(hosts_, {}, [](const auto& one) { return one.second.age; }));
}

// One host a line, the one used longest ago first: "EPSV ftp.example.org".
void routes::load(const std::string& file) {
  std::ifstream in(file);
  std::size_t taken = 0;
  for (std::string line; std::getline(in, line) && (taken += line.size()) <= limit::route_file;) {
    for (auto way : {rung::epsv, rung::pasv, rung::eprt, rung::port}) {
      if (line.starts_with(name_of(way)) && line.size() > 5 && line[4] == ' ') worked(line.substr(5), way);
    }
  }
  changed_ = false;
}

result<void> routes::save(const std::string& file) {
  std::vector<std::pair<std::uint64_t, std::string>> lines;
  for (const auto& [host, how] : hosts_) lines.emplace_back(how.age, fmt::format("{} {}\n", name_of(how.way), host));
  std::ranges::sort(lines);

  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), failed);
  const auto fresh = fmt::format("{}.{}", file, ::getpid());
  std::ofstream out(fresh, std::ios::trunc);
  for (const auto& [age, line] : lines) out << line;
  out.close();
  if (out) std::filesystem::rename(fresh, file, failed);
  if (!out || failed) {
    std::error_code ignored;
    std::filesystem::remove(fresh, ignored);
    return fail("routes.save", fmt::format("{} cannot be written", file), "see whether its folder may be written");
  }
  changed_ = false;
  return {};
}

std::string routes::default_file() { return state_folder("ferry") + "/routes"; }

}  // namespace ferry::client
