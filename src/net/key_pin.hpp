// "sha256//" and the base64 of the SHA-256 of a certificate's public key, as curl writes a pin; empty without one.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace ferry::net {

std::string key_pin(const X509* certificate);

}  // namespace ferry::net
