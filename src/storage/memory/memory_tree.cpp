#include "storage/memory/memory_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>

#include "storage/errors.hpp"
#include "storage/limits.hpp"

namespace ferry::storage {
namespace memory {
namespace {

// Puts the parts of `text` in front of what is still to be walked.
void put_first(std::deque<std::string>& parts, std::string_view text) {
  std::deque<std::string> found;
  while (!text.empty()) {
    auto slash = std::min(text.find('/'), text.size());
    if (slash > 0) found.emplace_back(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  parts.insert(parts.begin(), found.begin(), found.end());
}

constexpr std::size_t name_max = 255;

}  // namespace

std::size_t content::read(std::uint64_t offset, std::span<char> into) const {
  if (offset >= bytes_.size()) return 0;
  return bytes_.copy(into.data(), into.size(), offset);
}

bool content::write(std::uint64_t offset, std::span<const char> from) {
  std::uint64_t end = offset + from.size();
  if (!reserve(end)) return false;
  if (end > bytes_.size()) bytes_.resize(end);
  std::ranges::copy(from, bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
  return true;
}

void content::cut(std::uint64_t size) {
  bytes_.resize(size);
  give_back();
}

bool content::reserve(std::uint64_t size) {
  if (size <= counted_) return true;
  const auto growth = size - counted_;
  if (growth > meter_->capacity || meter_->used.fetch_add(growth) > meter_->capacity - growth) {
    if (growth <= meter_->capacity) meter_->used -= growth;
    return false;
  }
  counted_ = size;
  return true;
}

void content::give_back() {
  meter_->used -= counted_ - bytes_.size();
  counted_ = bytes_.size();
}

info facts_of(const node& n) {
  info out = n.facts;
  out.size = n.file ? n.file->size() : n.target.size();
  return out;
}

entry entry_of(std::string name, const node& n) { return {std::move(name), facts_of(n), n.target}; }

}  // namespace memory

using memory::node;
using memory::node_ptr;
using memory::spot;

memory_tree::memory_tree(memory_options options)
    : options_(std::move(options)),
      room_(std::make_shared<memory::meter>(options_.capacity)),
      root_(make(kind::directory, 0755)) {}

file_time memory_tree::now() const {
  return options_.now ? options_.now() : file_time(std::chrono::system_clock::now());
}

node_ptr memory_tree::make(kind type, std::uint16_t mode) {
  auto out = std::make_shared<node>();
  out->facts.type = type;
  out->facts.mode = mode & 0777;
  out->facts.inode = ++last_inode_;
  out->facts.modified = now();
  out->facts.created = out->facts.modified;
  if (type == kind::file) out->file = std::make_shared<memory::content>(room_);
  return out;
}

void memory_tree::put(node& folder, const std::string& name, node_ptr what) {
  folder.children[name] = std::move(what);
  folder.facts.modified = now();
}

void memory_tree::drop(node& folder, const std::string& name) {
  auto gone = folder.children.find(name);
  gone->second->removed = true;
  folder.children.erase(gone);
  folder.facts.modified = now();
}

result<spot> memory_tree::walk(const path& at, bool follow) const {
  std::deque<std::string> left;
  memory::put_first(left, at.relative());
  spot here{{root_}, {}, {}};
  int links = 0;
  while (!left.empty()) {
    auto part = std::move(left.front());
    left.pop_front();
    if (part == ".") continue;
    if (part == "..") {
      if (here.folders.size() == 1) return walk_failure(EXDEV);
      here.folders.pop_back();
      continue;
    }
    if (part.size() > memory::name_max) return failure(ENAMETOOLONG);
    auto child = here.folder().children.find(part);
    if (child == here.folder().children.end()) {
      if (!left.empty() || here.folder().removed) return failure(ENOENT);
      here.name = std::move(part);
      return here;
    }
    const node_ptr& found = child->second;
    if (found->facts.type == kind::link && (follow || !left.empty())) {
      if (++links > limit::links_followed) return failure(ELOOP);
      if (found->target.starts_with('/')) return walk_failure(EXDEV);
      memory::put_first(left, found->target);
    } else if (left.empty()) {
      here.name = std::move(part);
      here.found = found;
      return here;
    } else if (found->facts.type == kind::directory) {
      here.folders.push_back(found);
    } else {
      return failure(ENOTDIR);
    }
  }
  here.found = here.folders.back();
  return here;
}

result<spot> memory_tree::find(const path& at, bool follow) const {
  auto there = walk(at, follow);
  if (there && !there->found) return failure(ENOENT);
  return there;
}

std::shared_ptr<memory_tree> make_memory_tree(memory_options options) {
  return std::make_shared<memory_tree>(std::move(options));
}

result<void> add_link(memory_tree& tree, const path& at, std::string target) {
  auto work = [&]() -> result<void> {
    auto there = tree.walk(at, false);
    if (!there) return std::unexpected(there.error());
    if (there->found) return failure(EEXIST);
    auto link = tree.make(kind::link, 0777);
    link->target = std::move(target);
    tree.put(there->folder(), there->name, std::move(link));
    return {};
  };
  return tree.perform("add_link", at, work);
}

}  // namespace ferry::storage
