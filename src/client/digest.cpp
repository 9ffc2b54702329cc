#include "client/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "proto/text.hpp"

namespace ferry::client {
namespace {

// "SHA-256*;SHA-1;MD5": the algorithms of FEAT's HASH, the one in use with a star.
std::optional<std::string> selected(std::string_view offered) {
  while (!offered.empty()) {
    auto one = offered.substr(0, offered.find(';'));
    offered.remove_prefix(std::min(one.size() + 1, offered.size()));
    if (one.ends_with('*') && transfer::find_digest(one.substr(0, one.size() - 1)))
      return std::string(one.substr(0, one.size() - 1));
  }
  return std::nullopt;
}

std::string_view verb_for(const session& s, const transfer::digest_algorithm& how) {
  auto offered = s.offers().find("HASH");
  auto in_use = offered ? selected(*offered) : std::nullopt;
  const bool by_hash = in_use && proto::equal_ignoring_case(*in_use, how.name) && !s.lacks("HASH");
  return by_hash ? "HASH" : how.verb;
}

// The word that is a digest of this length: servers put it before or behind the range and the name.
std::optional<std::string> digest_in(std::string_view text, std::size_t digits) {
  while (!text.empty()) {
    auto word = text.substr(0, text.find_first_of(" \n\t"));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty() || !std::ranges::all_of(word, [](unsigned char c) { return std::isxdigit(c) != 0; })) continue;
    std::string out(word);
    // CRC32 comes without its leading zeros from some.
    if (digits == 8 && out.size() < digits && out.size() > 3) out.insert(0, digits - out.size(), '0');
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    if (out.size() == digits) return out;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> digest_offered(const session& s) {
  if (auto offered = s.offers().find("HASH"); offered && !s.lacks("HASH")) {
    if (auto name = selected(*offered)) return name;
  }
  for (const auto& one : transfer::digest_algorithms()) {
    if (s.offers().has(one.verb) && !s.lacks(one.verb)) return std::string(one.name);
  }
  return std::nullopt;
}

std::optional<std::string> digest_offered(const session& a, const session& b) {
  for (const auto& one : transfer::digest_algorithms()) {
    const auto gives = [&](const session& s) {
      const auto verb = verb_for(s, one);
      return verb == "HASH" || (s.offers().has(verb) && !s.lacks(verb));
    };
    if (gives(a) && gives(b)) return std::string(one.name);
  }
  return std::nullopt;
}

std::string_view digest_verb(const session& s, std::string_view algorithm) {
  auto* how = transfer::find_digest(algorithm);
  return how ? verb_for(s, *how) : std::string_view{};
}

net::task<result<digest>> digest_of(session& s, std::string path, std::string algorithm, std::uint64_t size) {
  auto* how = transfer::find_digest(algorithm);
  if (!how) co_return fail("digest.unsupported", fmt::format("digests by {} are not known here", algorithm));
  std::string verb(verb_for(s, *how));
  const auto limit = s.how().wait.reply + std::chrono::seconds(size / limit::digest_rate);
  auto said = co_await s.command(verb, path, limit);
  if (!said) co_return std::unexpected(said.error());
  if (said->code == 500 || said->code == 502 || said->code == 504) {
    s.learn_lack(verb);
    co_return fail("digest.unsupported", refusal(*said).cause);
  }
  if (!said->completion()) co_return std::unexpected(refusal(*said));
  // A file may be named like a digest, so its name is not looked at.
  std::string text = said->text();
  if (auto name = text.rfind(path);
      name != text.npos && name > 0 && text[name - 1] == ' ' && name + path.size() == text.size())
    text.resize(name);
  auto value = digest_in(text, how->digits);
  if (!value) co_return fail("digest.malformed", "the answer holds no digest: " + said->text());
  co_return digest{std::string(how->name), std::move(*value)};
}

net::task<result<digest>> digest_of(net::loop& on, storage::source& file, std::string algorithm, std::uint64_t length) {
  auto how = transfer::make_digester(algorithm);
  if (!how) co_return fail("digest.unsupported", fmt::format("digests by {} are not known here", algorithm));
  std::vector<char> chunk(limit::digest_chunk);
  for (std::uint64_t offset = 0; offset < length;) {
    auto want = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), length - offset));
    auto count = co_await transfer::add_piece(on, *how, file, offset, std::span(chunk).first(want));
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) co_return fail("storage.changed", "the file became shorter while it was read");
    offset += *count;
  }
  co_return how->finish();
}

namespace {

constexpr std::string_view leave_out = "leave out -c to move the whole file anew";

}  // namespace

error differing(const digest& here, const digest& there) {
  return {
      .id = "verify.digest",
      .cause = fmt::format("the {} of the two ends differ: {} here, {} there", here.algorithm, here.value, there.value),
      .advice = "the file was damaged on its way, or changed meanwhile: try again"};
}

std::unexpected<error> not_the_beginning(std::string_view file, const error& why) {
  return fail("verify.beginning", fmt::format("{} is not the beginning of the other file: {}", file, why.cause),
              std::string(leave_out));
}

std::unexpected<error> longer(std::string_view file, std::uint64_t size, std::uint64_t whole) {
  return fail("verify.longer",
              fmt::format("{} has {} bytes and cannot be the beginning of a file of {}", file, size, whole),
              std::string(leave_out));
}

}  // namespace ferry::client
