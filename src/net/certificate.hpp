// A certificate for a start: signed by itself, so that clients must be told to trust it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace ferry::net {

struct pem_pair {
  std::string certificate;
  std::string key;
};

// For these names and addresses, valid from now on for `days`. ECDSA on P-256, which every TLS 1.2 client takes.
// Errors: certificate.failed
result<pem_pair> self_signed(const std::vector<std::string>& names, int days);

// The pin of the certificate in a PEM file, in the form of tls_client_options::pin. Errors: tls.certificate
result<std::string> pin_of(const std::string& file);

// The last second in which the certificate in a PEM file is valid. Errors: tls.certificate
result<std::chrono::sys_seconds> valid_until(const std::string& file);

}  // namespace ferry::net
