#include "net/client_hello.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <optional>

namespace ferry::net {
namespace {

using bytes = std::span<const unsigned char>;

// What follows a length of two bytes; it is taken from `from`.
std::optional<bytes> take(bytes& from) {
  if (from.size() < 2) return std::nullopt;
  const std::size_t size = from[0] * 256u + from[1];
  if (from.size() - 2 < size) return std::nullopt;
  auto out = from.subspan(2, size);
  from = from.subspan(2 + size);
  return out;
}

void keep_name(bytes ticket, std::vector<tls_session_name::key>& into) {
  tls_session_name::key name;
  if (ticket.size() < name.size()) return;
  std::copy_n(ticket.begin(), name.size(), name.begin());
  into.push_back(name);
}

bytes extension(SSL* ssl, unsigned type) {
  const unsigned char* at = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &at, &size) != 1) return {};
  return {at, size};
}

}  // namespace

int client_hello::look(ssl_st* ssl, int*, void*) {
  auto& self = *static_cast<client_hello*>(SSL_get_app_data(ssl));
  keep_name(extension(ssl, TLSEXT_TYPE_session_ticket), self.tickets_);
  // RFC 8446 §4.2.11: identities, each with its age in four bytes.
  auto psk = extension(ssl, TLSEXT_TYPE_psk);
  auto identities = take(psk).value_or(bytes{});
  while (auto identity = take(identities)) {
    keep_name(*identity, self.tickets_);
    identities = identities.subspan(std::min<std::size_t>(4, identities.size()));
  }
  const unsigned char* id = nullptr;
  const auto size = SSL_client_hello_get0_session_id(ssl, &id);
  self.session_id_.assign(reinterpret_cast<const char*>(id), size);
  self.status_ = status::done;
  return SSL_CLIENT_HELLO_RETRY;  // it is answered elsewhere
}

client_hello::client_hello() {
  static SSL_CTX* const reader = [] {
    auto* out = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_client_hello_cb(out, look, nullptr);
    return out;
  }();
  ssl_ = SSL_new(reader);
  in_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_, in_, BIO_new(BIO_s_mem()));
  SSL_set_app_data(ssl_, this);
  SSL_set_accept_state(ssl_);
}

client_hello::~client_hello() { SSL_free(ssl_); }

client_hello::status client_hello::push(std::span<const char> given) {
  if (status_ != status::more || given.empty()) return status_;
  BIO_write(in_, given.data(), static_cast<int>(given.size()));
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_);
  if (status_ == status::more && SSL_get_error(ssl_, returned) != SSL_ERROR_WANT_READ) status_ = status::not_tls;
  return status_;
}

bool client_hello::resumes(const tls_session_name& which) const {
  return std::ranges::find(tickets_, which.ticket) != tickets_.end() ||
         (!which.session_id.empty() && which.session_id == session_id_);
}

}  // namespace ferry::net
