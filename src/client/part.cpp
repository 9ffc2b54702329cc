#include "client/part.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/limits.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"

namespace ferry::client {
namespace {

constexpr std::string_view bytes_suffix = ".ferry-part";
constexpr std::string_view record_suffix = ".ferry-from";
constexpr std::size_t longest_name = 255;

storage::path hidden(const storage::path& target, std::string_view suffix) {
  return target.parent().child(fmt::format(".{}{}", target.name(), suffix));
}

std::string_view take_line(std::string_view& text) {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// "0-4096", lines of it.
std::optional<std::vector<range>> parse_ranges(std::string_view text, std::uint64_t size) {
  std::vector<range> out;
  while (!text.empty()) {
    auto line = take_line(text);
    auto dash = line.find('-');
    if (dash == line.npos) return std::nullopt;
    auto first = proto::parse_offset(line.substr(0, dash)), end = proto::parse_offset(line.substr(dash + 1));
    if (!first || !end || *first > *end || *end > size) return std::nullopt;
    out.push_back({*first, *end});
  }
  return out;
}

}  // namespace

std::string origin(const session& s, std::string_view remote) {
  const auto& from = s.where();
  return url{.how = from.how, .host = from.host, .port = from.port, .path = std::string(remote)}.text();
}

std::vector<range> gaps(std::vector<range> held, std::uint64_t size) {
  std::ranges::sort(held, {}, &range::first);
  std::vector<range> out;
  std::uint64_t at = 0;
  for (const auto& each : held) {
    if (each.first > at) out.push_back({at, each.first});
    at = std::max(at, each.end);
  }
  if (at < size) out.push_back({at, size});
  return out;
}

part::part(storage::storage& in, storage::path target, std::string from, const entry& what)
    : in_(in),
      target_(std::move(target)),
      bytes_(hidden(target_, bytes_suffix)),
      record_(hidden(target_, record_suffix)),
      from_(std::move(from)),
      what_(what) {}

bool part::possible(const storage::path& target) { return target.name().size() + bytes_suffix.size() < longest_name; }

std::string part::facts() const {
  return fmt::format("{}\n{}\n{}\n", from_, what_.size.value_or(0),
                     what_.modified ? proto::format_timestamp(*what_.modified, proto::fraction::milliseconds) : "?");
}

net::task<result<std::string>> part::record() {
  auto file = co_await in_.open(record_);
  if (!file) co_return std::unexpected(file.error());
  if ((*file)->about().size > limit::part_record) co_return fail("storage.failed", "this is no record of ferry's");
  std::string said(static_cast<std::size_t>((*file)->about().size), '\0');
  auto count = co_await (*file)->read(0, said);
  if (!count) co_return std::unexpected(count.error());
  said.resize(*count);
  co_return said;
}

net::task<result<std::vector<range>>> part::held() {
  std::vector<range> none;
  // Without a time the same size may be another file.
  if (!what_.modified || !what_.size) co_return none;
  auto there = co_await in_.look(bytes_);
  if (!there || there->facts.type != storage::kind::file || there->facts.size > *what_.size) co_return none;
  auto said = co_await record();
  if (!said || !said->starts_with(facts())) co_return none;
  const auto rest = std::string_view(*said).substr(facts().size());
  if (rest.empty()) co_return std::vector<range>{{0, there->facts.size}};
  auto ranges = parse_ranges(rest, there->facts.size);
  co_return ranges.value_or(none);
}

net::task<result<void>> part::write(storage::path at, std::string text) {
  const storage::create_options anew{.how = storage::create_options::how::replace};
  auto made = co_await in_.create(at, anew);
  if (!made) co_return std::unexpected(made.error());
  if (auto ok = co_await (*made)->write(text); !ok) co_return ok;
  co_return co_await (*made)->commit();
}

// The bytes are cut before the record says that all of them are held.
net::task<result<std::unique_ptr<storage::sink>>> part::in_order(std::uint64_t offset) {
  const storage::create_options further{.how = storage::create_options::how::at, .offset = offset};
  if (offset == 0) {
    std::string nothing;
    if (auto ok = co_await write(bytes_, std::move(nothing)); !ok) co_return std::unexpected(ok.error());
  } else {
    auto cut = co_await in_.create(bytes_, further);
    if (!cut) co_return cut;
    if (auto ok = co_await (*cut)->commit(); !ok) co_return std::unexpected(ok.error());
  }
  auto said = co_await record();
  if (!said || *said != facts()) {
    if (auto ok = co_await write(record_, facts()); !ok) co_return std::unexpected(ok.error());
  }
  co_return co_await in_.create(bytes_, further);
}

net::task<result<void>> part::begin() {
  std::string nothing;
  if (auto ok = co_await write(bytes_, std::move(nothing)); !ok) co_return ok;
  std::vector<range> none;
  co_return co_await keep(std::move(none));
}

net::task<result<void>> part::keep(std::vector<range> held) {
  if (held.empty()) held.emplace_back();
  auto text = facts();
  for (const auto& each : held) text += fmt::format("{}-{}\n", each.first, each.end);
  co_return co_await write(record_, std::move(text));
}

net::task<result<std::unique_ptr<storage::sink>>> part::segment(std::uint64_t offset) {
  const storage::create_options within{.how = storage::create_options::how::within, .offset = offset};
  co_return co_await in_.create(bytes_, within);
}

net::task<result<std::unique_ptr<storage::source>>> part::read() { co_return co_await in_.open(bytes_); }

net::task<result<void>> part::publish() {
  if (auto ok = co_await in_.rename(bytes_, target_); !ok) co_return ok;
  co_await in_.remove(record_);
  co_return result<void>{};
}

net::task<> part::discard() {
  co_await in_.remove(bytes_);
  co_await in_.remove(record_);
}

}  // namespace ferry::client
