#include "net/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "net/key_pin.hpp"

#include <boost/asio/ip/address.hpp>
#include <ctime>
#include <memory>

namespace ferry::net {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_pointer = std::unique_ptr<BIO, freed_by<BIO_free>>;
using extension_pointer = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& each : names) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(each, no_address);
    if (!out.empty()) out += ',';
    out += (no_address ? "DNS:" : "IP:") + each;
  }
  return out;
}

bool extend(X509* what, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, what, what, nullptr, nullptr, 0);
  extension_pointer made(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return made && X509_add_ext(what, made.get(), -1) == 1;
}

result<certificate_pointer> read_certificate(const std::string& file) {
  bio_pointer from(BIO_new_file(file.c_str(), "r"));
  certificate_pointer read(from ? PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!read) return fail("tls.certificate", "no certificate can be read from " + file, "name a file in PEM form");
  return read;
}

}  // namespace

result<pem_pair> self_signed(const std::vector<std::string>& names, int days) {
  const auto failed = [] { return fail("certificate.failed", "OpenSSL cannot make a certificate for these names"); };
  if (names.empty()) return failed();
  key_pointer key(EVP_EC_gen("P-256"));
  certificate_pointer made(X509_new());
  if (!key || !made) return failed();
  unsigned char serial[16];
  RAND_bytes(serial, sizeof serial);
  serial[0] = (serial[0] & 0x7f) | 0x40;  // positive, and as long as it looks
  std::unique_ptr<BIGNUM, freed_by<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made.get()));
  X509_set_version(made.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_time_adj_ex(X509_getm_notAfter(made.get()), days, 0, nullptr);
  auto* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(names[0].c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_set_pubkey(made.get(), key.get());
  const bool extended = extend(made.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                        extend(made.get(), NID_subject_key_identifier, "hash") &&
                        extend(made.get(), NID_subject_alt_name, alternative_names(names));
  if (!extended || X509_sign(made.get(), key.get(), EVP_sha256()) == 0) return failed();
  bio_pointer certificate(BIO_new(BIO_s_mem()));
  bio_pointer secret(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), made.get());
  PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return pem_pair{text_of(certificate.get()), text_of(secret.get())};
}

result<std::string> pin_of(const std::string& file) {
  auto read = read_certificate(file);
  if (!read) return std::unexpected(read.error());
  return key_pin(read->get());
}

result<std::chrono::sys_seconds> valid_until(const std::string& file) {
  auto read = read_certificate(file);
  if (!read) return std::unexpected(read.error());
  std::tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(read->get()), &when) != 1) {
    return fail("tls.certificate", "the certificate in " + file + " has no date that can be read");
  }
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&when)));
}

}  // namespace ferry::net
