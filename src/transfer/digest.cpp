#include "transfer/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "proto/text.hpp"

namespace ferry::transfer {
namespace {

constexpr std::array algorithms = std::to_array<digest_algorithm>({
    {"SHA-512", "XSHA512", 128},
    {"SHA-256", "XSHA256", 64},
    {"SHA-1", "XSHA1", 40},
    {"MD5", "XMD5", 32},
    {"CRC32", "XCRC", 8},
});

std::string hexadecimal(std::span<const unsigned char> bytes) {
  std::string out;
  for (auto one : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", one);
  return out;
}

class evp_digester final : public digester {
 public:
  using method = std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)>;

  evp_digester(const digest_algorithm& how, method by)
      : how_(how), by_(std::move(by)), context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), by_.get(), nullptr);
  }
  void add(std::span<const char> bytes) override { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  digest finish() override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> value;
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), value.data(), &size);
    return {std::string(how_.name), hexadecimal({value.data(), size})};
  }

 private:
  const digest_algorithm& how_;
  const method by_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

class crc_digester final : public digester {
 public:
  void add(std::span<const char> bytes) override {
    if (bytes.empty()) return;  // zlib starts anew when it is given no address
    value_ = ::crc32_z(value_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  }
  digest finish() override { return {"CRC32", fmt::format("{:08x}", value_)}; }

 private:
  uLong value_ = 0;
};

}  // namespace

std::span<const digest_algorithm> digest_algorithms() { return algorithms; }

const digest_algorithm* find_digest(std::string_view name) {
  auto at =
      std::ranges::find_if(algorithms, [&](const auto& one) { return proto::equal_ignoring_case(one.name, name); });
  return at == algorithms.end() ? nullptr : &*at;
}

std::unique_ptr<digester> make_digester(std::string_view algorithm) {
  auto* how = find_digest(algorithm);
  if (!how) return nullptr;
  if (how->name == "CRC32") return std::make_unique<crc_digester>();
  // OpenSSL knows them by the same names; one that forbids an algorithm does not give it.
  evp_digester::method by(EVP_MD_fetch(nullptr, how->name.data(), nullptr), &EVP_MD_free);
  return by ? std::make_unique<evp_digester>(*how, std::move(by)) : nullptr;
}

net::task<result<std::size_t>> add_piece(net::loop& on, digester& into, storage::source& file, std::uint64_t offset,
                                         std::span<char> piece) {
  auto count = co_await file.read(offset, piece);
  if (count && *count > 0) {
    auto add = [&] { into.add(piece.first(*count)); };
    co_await on.offload(add);
  }
  co_return count;
}

}  // namespace ferry::transfer
