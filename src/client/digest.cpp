#include "client/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <vector>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "proto/text.hpp"

namespace ferry::client {
namespace {

struct algorithm_row {
  std::string_view name;     // of HASH
  std::string_view verb;     // of its own command
  std::string_view openssl;  // empty: not OpenSSL's
  std::size_t digits;
};

// The strongest first.
constexpr std::array algorithms = std::to_array<algorithm_row>({
    {"SHA-512", "XSHA512", "SHA512", 128},
    {"SHA-256", "XSHA256", "SHA256", 64},
    {"SHA-1", "XSHA1", "SHA1", 40},
    {"MD5", "XMD5", "MD5", 32},
    {"CRC32", "XCRC", "", 8},
});

const algorithm_row* find(std::string_view name) {
  auto at =
      std::ranges::find_if(algorithms, [&](const auto& one) { return proto::equal_ignoring_case(one.name, name); });
  return at == algorithms.end() ? nullptr : &*at;
}

std::string hexadecimal(std::span<const unsigned char> bytes) {
  std::string out;
  for (auto one : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", one);
  return out;
}

class evp_digester final : public digester {
 public:
  explicit evp_digester(const algorithm_row& how) : how_(how), context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_get_digestbyname(how.openssl.data()), nullptr);
  }
  void add(std::span<const char> bytes) override { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  digest finish() override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> value;
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), value.data(), &size);
    return {std::string(how_.name), hexadecimal({value.data(), size})};
  }

 private:
  const algorithm_row& how_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

class crc_digester final : public digester {
 public:
  void add(std::span<const char> bytes) override {
    value_ = ::crc32_z(value_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  }
  digest finish() override { return {"CRC32", fmt::format("{:08x}", value_)}; }

 private:
  uLong value_ = 0;
};

// "SHA-256*;SHA-1;MD5": the algorithms of FEAT's HASH, the one in use with a star.
std::optional<std::string> selected(std::string_view offered) {
  while (!offered.empty()) {
    auto one = offered.substr(0, offered.find(';'));
    offered.remove_prefix(std::min(one.size() + 1, offered.size()));
    if (one.ends_with('*') && find(one.substr(0, one.size() - 1))) return std::string(one.substr(0, one.size() - 1));
  }
  return std::nullopt;
}

std::string_view verb_for(const session& s, const algorithm_row& how) {
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

std::unique_ptr<digester> make_digester(std::string_view algorithm) {
  auto* how = find(algorithm);
  if (!how) return nullptr;
  if (how->openssl.empty()) return std::make_unique<crc_digester>();
  return std::make_unique<evp_digester>(*how);
}

std::optional<std::string> digest_offered(const session& s) {
  if (auto offered = s.offers().find("HASH"); offered && !s.lacks("HASH")) {
    if (auto name = selected(*offered)) return name;
  }
  for (const auto& one : algorithms) {
    if (s.offers().has(one.verb) && !s.lacks(one.verb)) return std::string(one.name);
  }
  return std::nullopt;
}

std::string_view digest_verb(const session& s, std::string_view algorithm) {
  auto* how = find(algorithm);
  return how ? verb_for(s, *how) : std::string_view{};
}

net::task<result<digest>> digest_of(session& s, std::string path, std::string algorithm, std::uint64_t size) {
  auto* how = find(algorithm);
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
  auto how = make_digester(algorithm);
  if (!how) co_return fail("digest.unsupported", fmt::format("digests by {} are not known here", algorithm));
  std::vector<char> chunk(limit::digest_chunk);
  for (std::uint64_t offset = 0; offset < length;) {
    auto want = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), length - offset));
    auto count = co_await file.read(offset, std::span(chunk).first(want));
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) co_return fail("storage.changed", "the file became shorter while it was read");
    auto add = [&] { how->add(std::span(chunk).first(*count)); };
    co_await on.offload(add);
    offset += *count;
  }
  co_return how->finish();
}

}  // namespace ferry::client
