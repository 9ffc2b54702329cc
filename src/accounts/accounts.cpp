#include "accounts/accounts.hpp"

#include <array>

namespace ferry::accounts {
namespace {

struct word {
  std::string_view name;
  rights means;
};

constexpr std::array words{
    word{"list", right::list},     word{"read", right::read},
    word{"write", right::write},   word{"append", right::append},
    word{"delete", right::remove}, word{"rename", right::rename},
    word{"mkdir", right::mkdir},   word{"chmod", right::chmod},
    word{"all", rights::all()},    word{"read-only", rights::read_only()},
};

}  // namespace

result<rights> parse_right(std::string_view text) {
  for (const auto& each : words) {
    if (each.name == text) return each.means;
  }
  std::string known;
  for (const auto& each : words) known.append(known.empty() ? "" : ", ").append(each.name);
  return fail("accounts.right", "\"" + std::string(text) + "\" is not a right", "use " + known);
}

rights account::at(const proto::tvfs_path& path) const {
  const rule* nearest = nullptr;
  for (const auto& each : rules) {
    if (!path.within(each.folder)) continue;
    if (!nearest || each.folder.text().size() > nearest->folder.text().size()) nearest = &each;
  }
  return nearest ? nearest->allow : allow;
}

}  // namespace ferry::accounts
