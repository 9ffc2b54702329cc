#include "net/key_pin.hpp"

#include <openssl/evp.h>

namespace ferry::net {

std::string key_pin(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : 0;
  if (size <= 0) return {};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_size = 0;
  EVP_Digest(der, static_cast<std::size_t>(size), digest, &digest_size, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  unsigned char text[2 * EVP_MAX_MD_SIZE];
  const int length = EVP_EncodeBlock(text, digest, static_cast<int>(digest_size));
  return "sha256//" + std::string(reinterpret_cast<char*>(text), static_cast<std::size_t>(length));
}

}  // namespace ferry::net
