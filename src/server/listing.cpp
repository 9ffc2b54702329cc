#include "server/listing.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "proto/facts.hpp"
#include "proto/glob.hpp"
#include "proto/list_line.hpp"
#include "proto/text.hpp"
#include "server/facts_of.hpp"
#include "server/gate.hpp"

namespace ferry::server {
namespace {

// "sub/*.txt" -> "sub/": what NLST sets before the names that it finds.
std::string folder_as_given(const std::string& path, bool pattern) {
  if (pattern) return path.substr(0, path.rfind('/') + 1);
  if (path.empty() || path.ends_with('/')) return path;
  return path + "/";
}

char list_type(storage::kind type) {
  switch (type) {
    case storage::kind::file: return '-';
    case storage::kind::directory: return 'd';
    case storage::kind::link: return 'l';
    case storage::kind::other: break;
  }
  return 'p';
}

}  // namespace

listing_producer::listing_producer(net::loop& on, storage::storage& files, const state& who, const argument& what,
                                   listing_form form, const limits& bounds)
    : on_(on),
      files_(files),
      who_(who),
      options_(what.options),
      pattern_(what.pattern),
      form_(form == listing_form::names && what.options.find('l') != std::string::npos ? listing_form::list : form),
      bounds_(bounds),
      until_(on.now() + bounds.list_time),
      written_at_(std::chrono::system_clock::now()),
      pattern_steps_(limit::pattern_steps),
      bounded_(option('R') || !pattern_.empty()) {
  current_ = {what.path, folder_as_given(what.as_given, !pattern_.empty()), 0};
}

net::task<result<void>> listing_producer::begin() {
  if (std::exchange(begun_, true)) co_return result<void>{};
  if (!pattern_.empty()) {
    // A name that only looks like a pattern is that name; the gate has seen the folder of the pattern only.
    auto literal = current_.where.child(pattern_);
    auto found = co_await files_.look(literal);
    if (found && may(who_, accounts::right::list, literal)) {
      current_.where = std::move(literal);
      pattern_.clear();
    }
  }
  if (form_ != listing_form::machine && pattern_.empty()) {
    auto found = co_await files_.stat(current_.where);
    if (!found) {
      // A link that leads nowhere is still a name.
      auto link = co_await files_.look(current_.where);
      if (!link || link->facts.type != storage::kind::link) co_return std::unexpected(found.error());
    }
    single_ = option('d') || !found || found->type != storage::kind::directory;
  }
  co_return co_await open(current_);
}

net::task<result<void>> listing_producer::open(folder next) {
  current_ = std::move(next);
  first_batch_ = true;
  if (single_) co_return result<void>{};
  const bool facts = form_ != listing_form::names || option('R') || option('t') || option('S');
  auto opened = co_await files_.list(current_.where, facts ? storage::detail::facts : storage::detail::names);
  if (!opened) co_return std::unexpected(opened.error());
  open_ = std::move(*opened);
  co_return result<void>{};
}

net::task<result<bool>> listing_producer::next(std::string& chunk) {
  chunk.clear();
  if (auto begun = co_await begin(); !begun) co_return std::unexpected(begun.error());
  std::vector<storage::entry> batch;
  while (chunk.empty()) {
    if (single_) {
      if (!first_batch_) co_return false;
      first_batch_ = false;
      auto itself = co_await files_.look(current_.where);
      if (!itself) co_return std::unexpected(itself.error());
      if (current_.shown.ends_with('/')) current_.shown.pop_back();
      itself->name = current_.shown.empty() ? std::string(".") : current_.shown;
      current_.shown.clear();
      append(chunk, *itself);
      break;
    }
    if (open_) {
      if (first_batch_ && option('R')) {
        if (current_.depth) chunk += "\r\n";
        proto::append_on_one_line(chunk, current_.shown);
        chunk += ":\r\n";
      }
      auto more = co_await fill(batch);
      if (!more) co_return std::unexpected(more.error());
      if (!*more) open_.reset();
      std::size_t below = pending_.size();
      for (const auto& each : batch) {
        if (cut_ || !wanted(each)) continue;
        append(chunk, each);
        if (option('R') && each.facts.type == storage::kind::directory) remember(each.name);
        if (bounded_ && (++listed_ >= bounds_.list_entries || pending_.size() >= limit::pending_folders ||
                         pending_bytes_ >= limit::pending_bytes)) {
          cut_ = true;
        }
      }
      std::reverse(pending_.begin() + static_cast<std::ptrdiff_t>(below), pending_.end());
      if (bounded_ && on_.now() >= until_) cut_ = true;
      if (cut_) {
        open_.reset();
        pending_.clear();
      }
      continue;
    }
    if (pending_.empty()) co_return false;
    auto below = std::move(pending_.back());
    pending_.pop_back();
    pending_bytes_ -= below.bytes();
    if (auto opened = co_await open(std::move(below)); !opened) open_.reset();  // it vanished, or may not be read
  }
  co_return true;
}

// A folder below the current one, to be listed after it.
void listing_producer::remember(const std::string& name) {
  auto path = current_.where.child(name);
  if (!may(who_, accounts::right::list, path)) return;
  if (current_.depth < bounds_.list_depth) {
    pending_.push_back({std::move(path), current_.shown + name + "/", current_.depth + 1});
    pending_bytes_ += pending_.back().bytes();
  } else {
    too_deep_ = true;
  }
}

// A batch; the first is the whole folder, sorted, where that is small enough. False with the last one.
net::task<result<bool>> listing_producer::fill(std::vector<storage::entry>& batch) {
  auto more = co_await open_->next(batch);
  if (!first_batch_ || form_ == listing_form::machine) co_return more;
  first_batch_ = false;
  std::vector<storage::entry> further;
  while (more && *more && batch.size() < limit::sorted_entries) {
    more = co_await open_->next(further);
    if (more) std::ranges::move(further, std::back_inserter(batch));
  }
  if (more && !*more) sort(batch);
  co_return more;
}

void listing_producer::sort(std::vector<storage::entry>& batch) const {
  auto by_name = [](const storage::entry& a, const storage::entry& b) { return a.name < b.name; };
  std::ranges::sort(batch, by_name);
  if (option('t'))
    std::ranges::stable_sort(batch, std::ranges::greater{}, [](const auto& e) { return e.facts.modified; });
  if (option('S')) std::ranges::stable_sort(batch, std::ranges::greater{}, [](const auto& e) { return e.facts.size; });
  if (option('r')) std::ranges::reverse(batch);
}

bool listing_producer::wanted(const storage::entry& each) {
  if (pattern_.empty()) return true;
  if (each.name.starts_with('.') && !pattern_.starts_with('.')) return false;
  const bool fits = proto::glob_match(pattern_, each.name, pattern_steps_);
  if (pattern_steps_ == 0) cut_ = true;
  return fits;
}

void listing_producer::append(std::string& chunk, const storage::entry& each) {
  switch (form_) {
    case listing_form::list: {
      char owner[16];
      char group[16];
      auto text = [](char(&into)[16], std::uint32_t number) {
        return std::string_view(into, std::to_chars(into, into + 16, number).ptr);
      };
      proto::append_list_line(chunk,
                              {.type = list_type(each.facts.type),
                               .mode = each.facts.mode,
                               .links = each.facts.links,
                               .owner = text(owner, each.facts.owner),
                               .group = text(group, each.facts.group),
                               .size = each.facts.size,
                               .modified = each.facts.modified,
                               .name = each.name,
                               .target = each.target},
                              written_at_);
      break;
    }
    case listing_form::names:
      proto::append_on_one_line(chunk, current_.shown);
      proto::append_on_one_line(chunk, each.name);
      break;
    case listing_form::machine:
      proto::append_facts_line(chunk, facts_of(each.facts, who_, current_.where.child(each.name)), who_.facts,
                               each.name);
      break;
  }
  chunk += "\r\n";
}

}  // namespace ferry::server
