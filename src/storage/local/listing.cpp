#include "storage/local/listing.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "storage/errors.hpp"
#include "storage/limits.hpp"
#include "storage/local/name_reader.hpp"
#include "storage/local/retire.hpp"

namespace ferry::storage::local {
namespace {

// The entries of a folder. Blocks.
class folder_reader {
 public:
  folder_reader(fd folder, detail what) : names_(std::move(folder)), what_(what) {}

  // Fewer entries than `most` only at the end. The strings that `batch` holds are used again.
  result<void> fill(std::vector<entry>& batch, std::size_t most) {
    std::size_t count = 0;
    while (count < most) {
      auto name = names_.next();
      if (!name) return std::unexpected(name.error());
      if (!*name) break;
      if (count == batch.size()) batch.emplace_back();
      auto told = tell(**name, batch[count]);
      if (!told) return std::unexpected(told.error());
      if (*told) ++count;
    }
    batch.resize(count);
    return {};
  }

 private:
  // False when the entry is not to be told of.
  result<bool> tell(const dirent64& found, entry& out) {
    std::string_view name = found.d_name;
    if (name == "." || name == ".." || hidden(name)) return false;
    out.name.assign(name);
    out.target.clear();
    auto type = kind_of(found);
    if (what_ == detail::names && type) {
      out.facts = info();
      out.facts.type = *type;
      return true;
    }
    auto facts = facts_of(names_.folder(), out.name);
    // Vanished, or a mount that does not answer: the rest of the folder can still be told of.
    if (!facts) return false;
    out.facts = *facts;
    if (facts->type != kind::link) return true;
    auto text = link_text(names_.folder(), out.name);
    if (!text) return false;
    out.target = std::move(*text);
    return true;
  }

  name_reader names_;
  detail what_;
};

class local_listing final : public listing {
 public:
  local_listing(net::loop& on, std::unique_ptr<folder_reader> rest, std::vector<entry> first)
      : loop_(on), rest_(std::move(rest)), first_(std::move(first)) {}

  ~local_listing() override {
    if (rest_) retire(loop_, std::move(rest_));
  }

  task<result<bool>> next(std::vector<entry>& batch) override {
    if (!first_.empty()) {
      batch = std::exchange(first_, {});
      co_return true;
    }
    if (rest_) {
      auto read = [&] { return read_on(batch); };
      auto done = co_await loop_.offload(read);
      if (!done) co_return std::unexpected(done.error());
    } else {
      batch.clear();
    }
    co_return !batch.empty();
  }

 private:
  result<void> read_on(std::vector<entry>& batch) {
    auto done = rest_->fill(batch, limit::listing_batch);
    if (!done || batch.size() < limit::listing_batch) rest_.reset();
    return done;
  }

  net::loop& loop_;
  std::unique_ptr<folder_reader> rest_;  // empty at the end
  std::vector<entry> first_;
};

struct beginning {
  std::unique_ptr<folder_reader> rest;
  std::vector<entry> first;
};

result<beginning> begin(const root_folder& root, const path& at, detail what) {
  auto folder = walk(root, relative(at), O_RDONLY | O_DIRECTORY, reach::full);
  beginning out;
  if (!folder) {
    auto itself = walk(root, relative(at), O_PATH | O_NOFOLLOW, reach::full);
    if (!itself) return std::unexpected(folder.error());
    auto only = entry_of(itself->get(), std::string(at.name()));
    if (!only || only->facts.type == kind::directory) return std::unexpected(folder.error());
    out.first.push_back(std::move(*only));
    return out;
  }
  out.rest = std::make_unique<folder_reader>(std::move(*folder), what);
  if (auto filled = out.rest->fill(out.first, limit::listing_first); !filled) return std::unexpected(filled.error());
  if (out.first.size() < limit::listing_first) out.rest.reset();
  return out;
}

}  // namespace

result<entry> entry_of(int folder, std::string name) {
  auto facts = facts_of(folder, "");
  if (!facts) return std::unexpected(facts.error());
  entry out{std::move(name), *facts, {}};
  if (facts->type != kind::link) return out;
  auto text = link_text(folder, "");
  if (!text) return std::unexpected(text.error());
  out.target = std::move(*text);
  return out;
}

task<result<std::unique_ptr<listing>>> make_listing(net::loop& on, std::shared_ptr<const root_folder> root, path folder,
                                                    detail what) {
  auto work = [&] { return begin(*root, folder, what); };
  auto begun = co_await on.offload(work);
  if (!begun) co_return std::unexpected(begun.error());
  co_return std::make_unique<local_listing>(on, std::move(begun->rest), std::move(begun->first));
}

bool remove_stale_uploads(const place& at, std::chrono::seconds so_long) {
  fd folder(::openat(at.folder.get(), at.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return false;
  name_reader names(std::move(folder));
  bool removed = false;
  const auto before = std::chrono::system_clock::now() - so_long;
  for (auto name = names.next(); name && *name; name = names.next()) {
    const char* text = (*name)->d_name;
    if (!hidden(text)) continue;
    auto facts = facts_of(names.folder(), text);
    if (facts && facts->modified < before && ::unlinkat(names.folder(), text, 0) == 0) removed = true;
  }
  return removed;
}

}  // namespace ferry::storage::local
