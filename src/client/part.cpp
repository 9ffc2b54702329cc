#include "client/part.hpp"

#include <fmt/format.h>

#include "client/limits.hpp"
#include "proto/timestamp.hpp"

namespace ferry::client {
namespace {

constexpr std::string_view bytes_suffix = ".ferry-part";
constexpr std::string_view facts_suffix = ".ferry-from";
constexpr std::size_t longest_name = 255;

storage::path hidden(const storage::path& target, std::string_view suffix) {
  return target.parent().child(fmt::format(".{}{}", target.name(), suffix));
}

}  // namespace

part::part(storage::storage& in, storage::path target, std::string from, const entry& what)
    : in_(in),
      target_(std::move(target)),
      bytes_(hidden(target_, bytes_suffix)),
      facts_(hidden(target_, facts_suffix)),
      from_(std::move(from)),
      what_(what) {}

bool part::possible(const storage::path& target) { return target.name().size() + bytes_suffix.size() < longest_name; }

std::string part::record() const {
  return fmt::format("{}\n{}\n{}\n", from_, what_.size.value_or(0),
                     what_.modified ? proto::format_timestamp(*what_.modified, proto::fraction::milliseconds) : "?");
}

net::task<result<std::uint64_t>> part::resumable() {
  // Without a time the same size may be another file.
  if (!what_.modified || !what_.size) co_return 0;
  auto there = co_await in_.look(bytes_);
  if (!there || there->facts.type != storage::kind::file || there->facts.size > *what_.size) co_return 0;
  auto facts = co_await in_.open(facts_);
  if (!facts || (*facts)->about().size > limit::part_record) co_return 0;
  std::string said(static_cast<std::size_t>((*facts)->about().size), '\0');
  auto count = co_await (*facts)->read(0, said);
  if (!count || *count != said.size() || said != record()) co_return 0;
  co_return there->facts.size;
}

net::task<result<void>> part::begin() {
  const std::pair<storage::path, std::string> both[] = {{bytes_, {}}, {facts_, record()}};
  const storage::create_options anew{.how = storage::create_options::how::replace};
  for (const auto& [at, text] : both) {
    auto made = co_await in_.create(at, anew);
    if (!made) co_return std::unexpected(made.error());
    if (auto ok = co_await (*made)->write(text); !ok) co_return ok;
    if (auto ok = co_await (*made)->commit(); !ok) co_return ok;
  }
  co_return result<void>{};
}

net::task<result<std::unique_ptr<storage::sink>>> part::open(std::uint64_t offset) {
  const storage::create_options further{.how = storage::create_options::how::at, .offset = offset};
  co_return co_await in_.create(bytes_, further);
}

net::task<result<std::unique_ptr<storage::sink>>> part::segment(std::uint64_t offset) {
  const storage::create_options within{.how = storage::create_options::how::within, .offset = offset};
  co_return co_await in_.create(bytes_, within);
}

net::task<result<std::unique_ptr<storage::source>>> part::read() { co_return co_await in_.open(bytes_); }

net::task<result<void>> part::publish() {
  if (auto ok = co_await in_.rename(bytes_, target_); !ok) co_return ok;
  co_await in_.remove(facts_);
  co_return result<void>{};
}

net::task<> part::discard() {
  co_await in_.remove(bytes_);
  co_await in_.remove(facts_);
}

}  // namespace ferry::client
