#include "server/facts_of.hpp"

#include <fmt/format.h>

#include "server/gate.hpp"

namespace ferry::server {
namespace {

using accounts::right;

struct letter {
  char sign;
  right needs;
};

// RFC 3659 §7.5.5: what this login may try with it.
constexpr letter of_file[] = {
    {'a', right::append}, {'d', right::remove}, {'f', right::rename}, {'r', right::read}, {'w', right::write}};
constexpr letter of_folder[] = {{'c', right::write}, {'d', right::remove}, {'e', right::list},  {'f', right::rename},
                                {'l', right::list},  {'m', right::mkdir},  {'p', right::remove}};

template <std::size_t N>
std::string letters(const letter (&all)[N], const state& who, const proto::tvfs_path& where) {
  std::string out;
  for (const auto& each : all) {
    if (may(who, each.needs, where)) out += each.sign;
  }
  return out;
}

std::string type_of(storage::kind type) {
  switch (type) {
    case storage::kind::file: return "file";
    case storage::kind::directory: return "dir";
    case storage::kind::link: return "OS.unix=slink";
    case storage::kind::other: break;
  }
  return "OS.unix=special";
}

}  // namespace

proto::entry_facts facts_of(const storage::info& file, const state& who, const proto::tvfs_path& where) {
  proto::entry_facts out;
  out.type = type_of(file.type);
  if (file.type == storage::kind::file) out.size = file.size;
  out.modify = file.modified;
  out.create = file.created;
  out.unique = fmt::format("{:x}g{:x}", file.device, file.inode);
  out.perm = file.type == storage::kind::directory ? letters(of_folder, who, where) : letters(of_file, who, where);
  out.unix_mode = file.mode;
  out.unix_owner = fmt::format_int(file.owner).str();
  out.unix_group = fmt::format_int(file.group).str();
  return out;
}

}  // namespace ferry::server
